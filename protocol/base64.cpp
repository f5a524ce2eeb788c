/// RFC 4648 sections 4 and 5; RFC 6120 section 13.9.1 asks for the strict form.
#include "protocol/base64.hpp"

#include <cstdint>

namespace causeway::protocol {

namespace {

// The last two of 64 digits; all others are the same in every alphabet.
constexpr std::string_view standard = "+/";
constexpr std::string_view url = "-_";

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

char digit(std::uint32_t value, std::string_view last) {
  constexpr std::string_view first =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return value < first.size() ? first[value] : last[value - first.size()];
}

// The six bits of a character, or -1. No table: payloads are short.
int sextet(char c, std::string_view last) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == last[0] ? 62 : c == last[1] ? 63 : -1;
}

std::string encode(
  std::string_view bytes, std::string_view last, std::string_view padding) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    auto group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8
                 | byte_at(bytes, i + 2);
    out += digit(group >> 18, last);
    out += digit(group >> 12 & 63, last);
    if (i + 1 < bytes.size())
      out += digit(group >> 6 & 63, last);
    else
      out += padding;
    if (i + 2 < bytes.size())
      out += digit(group & 63, last);
    else
      out += padding;
  }
  return out;
}

std::optional<std::string> decode(
  std::string_view digits, std::string_view last) {
  // One digit alone is less than a byte.
  if (digits.size() % 4 == 1)
    return std::nullopt;
  std::string out;
  out.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  auto bits = 0;
  for (auto c : digits) {
    auto value = sextet(c, last);
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

} // namespace

std::string to_base64(std::string_view bytes) {
  return encode(bytes, standard, "=");
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  auto digits = text;
  while (text.size() - digits.size() < 2 && digits.ends_with('='))
    digits.remove_suffix(1);
  return decode(digits, standard);
}

std::string to_base64url(std::string_view bytes) {
  return encode(bytes, url, {});
}

std::optional<std::string> from_base64url(std::string_view text) {
  return decode(text, url);
}

} // namespace causeway::protocol
