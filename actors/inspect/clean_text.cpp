#include "actors/inspect/clean_text.hpp"

#include "protocol/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace causeway {

namespace {

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

// U+0080 to U+009F are the two bytes C2 80 to C2 9F.
bool is_control(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2'
         && static_cast<unsigned char>(character[1]) < 0xa0;
}

std::string escape(std::string_view control) {
  std::array<char, 8> out;
  auto n = std::snprintf(out.data(), out.size(), "\\u%04x",
    static_cast<unsigned>(static_cast<unsigned char>(control[1])));
  return {out.data(), static_cast<std::size_t>(n)};
}

} // namespace

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto ascii = std::find_if_not(text.begin(), text.end(), is_ascii);
    auto plain = static_cast<std::size_t>(ascii - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty())
      break;
    auto character = text.substr(0, protocol::sequence_length(text));
    if (character.empty())
      out += "\ufffd";
    else if (is_control(character))
      out += escape(character);
    else
      out += character;
    text.remove_prefix(std::max<std::size_t>(character.size(), 1));
  }
  return out;
}

} // namespace causeway
