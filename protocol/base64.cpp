/// RFC 4648 section 4; RFC 6120 section 13.9.1 asks for the strict form.
#include "protocol/base64.hpp"

#include <cstdint>

namespace causeway::protocol {

namespace {

constexpr std::string_view alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

// The six bits of a character, or -1. No table: payloads are short.
int sextet(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

} // namespace

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    auto group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8
                 | byte_at(bytes, i + 2);
    out += alphabet[group >> 18];
    out += alphabet[group >> 12 & 63];
    out += i + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? alphabet[group & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  auto digits = text;
  while (text.size() - digits.size() < 2 && digits.ends_with('='))
    digits.remove_suffix(1);
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  auto bits = 0;
  for (auto c : digits) {
    auto value = sextet(c);
    if (value < 0)
      return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xff);
    }
  }
  // Bits that no byte took must be zero, or two texts would mean the same.
  if ((group & ((1u << bits) - 1)) != 0)
    return std::nullopt;
  return out;
}

} // namespace causeway::protocol
