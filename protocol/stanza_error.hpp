#pragma once

#include "protocol/stream_element.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Stanza error conditions, RFC 6120 section 8.3.3.
enum class stanza_error : std::uint8_t {
  /// The sender sent XML that does not fit the schema of its payload.
  bad_request,
  /// Something with that name or address exists.
  conflict,
  /// The recipient does not implement the feature.
  feature_not_implemented,
  /// The sender may not do that.
  forbidden,
  /// The recipient has moved for good.
  gone,
  /// The server failed.
  internal_server_error,
  /// The addressed item does not exist.
  item_not_found,
  /// An address that is not a JID.
  jid_malformed,
  /// The recipient refuses for a reason of its own.
  not_acceptable,
  /// Nobody may do that.
  not_allowed,
  /// The sender must authenticate first.
  not_authorized,
  /// A local rule, such as a limit, was broken.
  policy_violation,
  /// The recipient is away for now.
  recipient_unavailable,
  /// The recipient is elsewhere for now.
  redirect,
  /// The sender must register first.
  registration_required,
  /// The remote server does not exist.
  remote_server_not_found,
  /// The remote server did not answer.
  remote_server_timeout,
  /// The server lacks the resources.
  resource_constraint,
  /// The server or the recipient does not offer the service.
  service_unavailable,
  /// The sender must subscribe first.
  subscription_required,
  /// None of the others.
  undefined_condition,
  /// The stanza came at the wrong moment.
  unexpected_request,
};

/// Number of conditions, for tests that walk all of them.
inline constexpr std::size_t stanza_error_count = 22;

/// The element name of RFC 6120, e.g. "service-unavailable".
std::string_view to_string(stanza_error x);

/// The error type that RFC 6120 assigns: auth, cancel, continue, modify, wait.
std::string_view error_type(stanza_error x);

/// `<error type=..><CONDITION xmlns=../></error>`, with an optional text.
std::string error_child(stanza_error x, std::string_view text = {});

/// The error stanza that answers `x`: same kind and id, addresses swapped,
/// type "error" (RFC 6120 section 8.3.1). `from` is used where `x` has no
/// `to`. Returns an empty string for stanzas that must not be answered:
/// type "error", iq results.
std::string error_reply(const stream_element& x, stanza_error condition,
  std::string_view from = {}, std::string_view text = {});

} // namespace causeway::protocol
