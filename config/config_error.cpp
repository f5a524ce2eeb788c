#include "config/config_error.hpp"

namespace causeway::config {

namespace {

constexpr std::size_t max_printable = 80;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

} // namespace

std::string to_string(const config_error& error) {
  auto text = error.file;
  if (error.line > 0)
    text +=
      ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
  if (!text.empty())
    text += ": ";
  if (!error.key.empty())
    text += error.key + ": ";
  return text + error.reason;
}

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  auto cut = text.size() > max_printable;
  if (cut) {
    auto size = max_printable;
    while (size > 0 && continues_character(text[size]))
      --size;
    text = text.substr(0, size);
  }
  std::string result;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += digits[byte >> 4];
      result += digits[byte & 0xf];
    } else {
      result += c;
    }
  }
  return cut ? result + "..." : result;
}

std::string in_quotes(std::string_view text) {
  return '"' + printable(text) + '"';
}

} // namespace causeway::config
