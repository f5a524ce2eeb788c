#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Stream error conditions, RFC 6120 section 4.9.3.
enum class stream_error : std::uint8_t {
  /// XML that cannot be processed, e.g. text between stanzas.
  bad_format,
  /// A namespace prefix that the receiver cannot handle.
  bad_namespace_prefix,
  /// A newer stream of the same resource took over.
  conflict,
  /// The peer was silent for too long.
  connection_timeout,
  /// The `to` of the stream is no longer served here.
  host_gone,
  /// The `to` of the stream is not served here.
  host_unknown,
  /// A stanza that needs `to` or `from` lacks it, or it is not a JID.
  improper_addressing,
  /// The server failed; nothing the client did.
  internal_server_error,
  /// The `from` does not match the authenticated identity.
  invalid_from,
  /// The stream or its root element is in the wrong namespace.
  invalid_namespace,
  /// XML that is well formed and still no valid XMPP.
  invalid_xml,
  /// Stanzas before authentication, or by a resource that is not bound.
  not_authorized,
  /// XML that breaks the rules of XML or of XML namespaces.
  not_well_formed,
  /// A local rule, such as a limit, was broken.
  policy_violation,
  /// The server of the domain cannot be reached.
  remote_connection_failed,
  /// The server closes the stream so that it is negotiated anew.
  reset,
  /// The server lacks the resources to go on.
  resource_constraint,
  /// DTD, comment, processing instruction or unknown entity.
  restricted_xml,
  /// Another host serves the stream.
  see_other_host,
  /// The server is going down.
  system_shutdown,
  /// Something else, said by an application-specific element.
  undefined_condition,
  /// An encoding other than UTF-8, or bytes that are not UTF-8.
  unsupported_encoding,
  /// A mandatory stream feature that the client does not know.
  unsupported_feature,
  /// A first-level element that is not supported.
  unsupported_stanza_type,
  /// A stream version that is not supported.
  unsupported_version,
};

/// Number of conditions, for tests that walk all of them.
inline constexpr std::size_t stream_error_count = 25;

/// The element name of RFC 6120, e.g. "not-well-formed".
std::string_view to_string(stream_error x);

/// One standalone `<stream:error/>` (RFC 7395 section 3.5). `text` is left
/// out when empty; `application` is raw XML of an application-specific
/// condition, such as `<handled-count-too-high/>` of XEP-0198.
std::string to_xml(stream_error x, std::string_view text = {},
  std::string_view application = {});

} // namespace causeway::protocol
