#pragma once

#include <string_view>

namespace causeway::config {

/// Bytes at the start of a text that are valid UTF-8 (RFC 3629 section 4);
/// the size of the text if all are.
std::size_t valid_utf8_prefix(std::string_view text);

} // namespace causeway::config
