#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Base64 of RFC 4648 section 4, in one line, with padding.
std::string to_base64(std::string_view bytes);

/// Strict inverse: no line breaks, padding required, unused bits zero.
/// Returns nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);

} // namespace causeway::protocol
