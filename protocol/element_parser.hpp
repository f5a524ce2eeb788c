#pragma once

#include "protocol/element.hpp"
#include "protocol/result.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/stream_error.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::protocol {

/// Why an element was refused: the condition that the peer must hear, and a
/// detail for the operator's log.
struct xml_error {
  stream_error condition = stream_error::not_well_formed;
  std::string detail;
};

/// Limits on one first-level element, each against a known way to make a
/// parser work or remember too much.
struct xml_limits {
  /// Bytes of one first-level element.
  std::uint32_t max_bytes = 256 * 1024;
  /// Bytes of XML declaration and stream start tag (TCP streams only).
  std::uint32_t max_header_bytes = 8 * 1024;
  /// Nesting inside the first-level element: Xerces is quadratic in it.
  std::uint16_t max_depth = 64;
  /// Attributes of a start tag: Xerces is quadratic in them.
  std::uint16_t max_attributes = 32;
  /// Bytes of an element or attribute name.
  std::uint16_t max_name_bytes = 256;
  /// Start tags of one first-level element.
  std::uint32_t max_tags = 8192;
  /// Namespace declarations of one first-level element.
  std::uint16_t max_namespaces = 128;
};

/// For what is read back from a disk: it was checked when it came, by limits
/// that may have changed, and has grown since.
constexpr xml_limits no_limits() {
  xml_limits x;
  x.max_bytes = std::numeric_limits<std::uint32_t>::max();
  x.max_depth = std::numeric_limits<std::uint16_t>::max();
  x.max_attributes = std::numeric_limits<std::uint16_t>::max();
  x.max_tags = std::numeric_limits<std::uint32_t>::max();
  x.max_namespaces = std::numeric_limits<std::uint16_t>::max();
  return x;
}

/// Checks one WebSocket message (RFC 7395 section 3.3.3) and returns the
/// element that it holds. Uses a parser of the calling thread; never call it
/// from inside itself. `text` moves into the result's `bytes`.
result<stream_element, xml_error> parse_message(
  std::string text, const xml_limits& limits = {});

/// The same, into a new element, which then need not be moved.
result<void, xml_error> parse_message(
  std::string text, const xml_limits& limits, stream_element& to);

/// Reads the element that a message or its `bytes` hold as a tree. Mixed
/// content keeps its text and its children, not their order.
result<element, xml_error> parse_tree(
  std::string_view bytes, const xml_limits& limits = {});

/// The start tag of a stream, unescaped.
struct header_tag {
  std::string name;
  std::string ns;
  /// Without namespace declarations; names are qualified names.
  std::vector<attribute> attributes;
  /// Prefixes ("" for the default) with their namespaces.
  std::vector<std::pair<std::string, std::string>> declarations;
};

/// Reads the start tag that an `xml_framer` has found.
result<header_tag, xml_error> parse_header_tag(
  std::string_view tag, const xml_limits& limits = {});

} // namespace causeway::protocol
