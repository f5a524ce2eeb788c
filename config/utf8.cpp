#include "config/utf8.hpp"

namespace causeway::config {

namespace {

/// Size of the character that a text begins with, 0 if it is not valid.
std::size_t first_character(std::string_view text) {
  auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  auto tail = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first <= 0xdf)
    return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    // Neither overlong nor a surrogate.
    auto sound =
      (first != 0xe0 || byte(1) >= 0xa0) && (first != 0xed || byte(1) <= 0x9f);
    return sound && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    // Neither overlong nor above U+10FFFF.
    auto sound =
      (first != 0xf0 || byte(1) >= 0x90) && (first != 0xf4 || byte(1) <= 0x8f);
    return sound && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

} // namespace

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    auto size = first_character(text.substr(done));
    if (size == 0)
      break;
    done += size;
  }
  return done;
}

} // namespace causeway::config
