#pragma once

#include "protocol/element_parser.hpp"
#include "protocol/stream_element.hpp"

#include <optional>
#include <string_view>

namespace causeway::protocol {

/// Reads an element as nearly every stanza is written: names without prefix
/// but `xml:lang`, no XML declaration, CDATA, comment or entity beyond the five
/// that XML itself has, few levels, few attributes. That takes a tenth of what
/// a parser for all of XML does. nullopt: anything else, faults and broken
/// limits among it, which the parser then judges. `bytes` of the result is left
/// empty.
std::optional<stream_element> read_plain(
  std::string_view text, const xml_limits& limits);

} // namespace causeway::protocol
