#pragma once

#include "protocol/stream_error.hpp"

#include <optional>
#include <string_view>

namespace causeway::protocol {

/// Checks a complete `<?xml ... ?>` (XML 1.0 section 2.8): version 1.0 and, if
/// it names one, the encoding UTF-8 (RFC 6120 section 11.6). Nothing: good.
std::optional<stream_error> check_xml_declaration(std::string_view text);

} // namespace causeway::protocol
