#pragma once

#include "protocol/element_parser.hpp"
#include "protocol/stream_element.hpp"

#include <string_view>

namespace causeway::protocol {

/// Reads an element as nearly every stanza is written: names without prefix
/// but a language, no XML declaration, CDATA, comment or entity beyond the five
/// that XML itself has, few levels, few attributes. That takes a tenth of what
/// a parser for all of XML does. False: anything else, faults and broken limits
/// among it, which the parser then judges; what `to` holds then means nothing.
/// `to` is new, and its `bytes` stay empty. `outer_ns` is what names without
/// prefix have where the element itself declares nothing.
bool read_plain(std::string_view text, const xml_limits& limits,
  stream_element& to, std::string_view outer_ns = {});

} // namespace causeway::protocol
