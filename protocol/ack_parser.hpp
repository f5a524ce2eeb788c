#pragma once

#include "protocol/stream_element.hpp"

#include <optional>
#include <string_view>

namespace causeway::protocol {

/// Reads `<r/>` and `<a/>` of XEP-0198 section 4 as clients write them: the
/// namespace, for `<a/>` one `h` of digits, nothing else. A client with
/// Stream Management sends them as often as stanzas, and they need no XML
/// parser. nullopt: anything else, which the parser then judges. `bytes` of
/// the result is left empty.
std::optional<stream_element> parse_ack(std::string_view text);

} // namespace causeway::protocol
