#pragma once

#include <string>
#include <string_view>

namespace causeway::protocol {

/// Attributes of the `<open/>` that answers a client's (RFC 7395 section 3.4,
/// RFC 6120 section 4.7).
struct stream_header {
  /// The domain that serves the stream.
  std::string from;
  /// What the client said in `from`; left out when empty.
  std::string to;
  /// Unpredictable, unique per stream.
  std::string id;
  std::string lang = "en";
};

/// `<open .../>` as one self-closed element: some clients choke on an end tag.
std::string open_element(const stream_header& x);

/// `<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>`.
inline constexpr std::string_view close_element =
  "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";

} // namespace causeway::protocol
