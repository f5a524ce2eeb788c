#pragma once

#include "protocol/element.hpp"
#include "protocol/stanza_error.hpp"
#include "protocol/stream_element.hpp"

#include <cstdint>
#include <string_view>

namespace causeway::protocol {

/// A stanza of the server's own making, ready to be routed.
element_ptr make_stanza(const element& x);

/// The stanza error that answers `x`, or null if `x` must not be answered.
/// `from` is used where `x` has no `to`.
element_ptr make_error_reply(
  const stream_element& x, stanza_error condition, std::string_view from = {});

/// In whose name the server answers an iq.
enum class addressee : std::uint8_t {
  /// A domain served here.
  domain,
  /// The bare JID of the sender's own account, or no addressee at all.
  own_account,
  /// Another account: existing or not, nothing is told (RFC 6120 section
  /// 13.11).
  other_account,
};

/// Answers an iq get or set with a result or an error: XEP-0199 ping, XEP-0030
/// disco#info and disco#items, XEP-0092 version, and the session request of
/// RFC 3921. Null for an iq that takes no answer.
element_ptr answer_iq(
  const stream_element& x, addressee to, std::string_view version);

} // namespace causeway::protocol
