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

/// The alphabet of section 5, which needs no escape in XML or in an URL,
/// without padding; and its strict inverse.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

} // namespace causeway::protocol
