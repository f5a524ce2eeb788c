#pragma once

#include "protocol/element_parser.hpp"
#include "protocol/result.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/upstream_stream.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::protocol {

/// What elements of a TCP stream take from its start tag, and what they must
/// carry themselves on a WebSocket (RFC 7395 section 3.3.3).
struct stream_context {
  /// The default namespace.
  std::string default_ns;
  /// Other prefixes that the start tag declares, with their namespaces.
  std::vector<std::pair<std::string, std::string>> prefixes;
  std::string lang;
};

/// What a start tag says.
struct parsed_header {
  upstream_header header;
  stream_context context;
};

/// Reads the start tag of a TCP stream (RFC 6120 section 4.8): must be
/// `stream` in the streams namespace, with `jabber:client` as the default.
result<parsed_header, xml_error> parse_header(std::string_view tag);

/// `<?xml version='1.0'?><stream:stream ...>` (RFC 6120 section 4.2).
std::string header_for(const stream_wish& x);

inline constexpr std::string_view stream_end = "</stream:stream>";

/// Checks an element of a TCP stream and makes it a standalone document: its
/// original bytes, and in its start tag the namespaces, and for stanzas the
/// `xml:lang`, that it took from the stream (G-40, G-42).
result<stream_element, xml_error> to_websocket(std::string_view bytes,
  const stream_context& context, const xml_limits& limits);

/// The same, into a new element, which then need not be moved.
result<void, xml_error> to_websocket(std::string_view bytes,
  const stream_context& context, const xml_limits& limits, stream_element& to);

/// The bytes of a client's element as they may stand inside a TCP stream: a
/// root without default namespace says so, since its unprefixed names would
/// take that of the stream (G-41). Usually those of `x`: then the result is
/// empty.
std::string to_tcp(const stream_element& x);

} // namespace causeway::protocol
