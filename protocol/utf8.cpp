/// RFC 3629.
#include "protocol/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace causeway::protocol {

namespace {

// Takes the next code point off a text that is not empty.
char32_t take(std::u16string_view& text) {
  char32_t x = text.front();
  text.remove_prefix(1);
  if (x < 0xd800 || x > 0xdfff)
    return x;
  if (x > 0xdbff || text.empty() || (text.front() & 0xfc00) != 0xdc00)
    return 0xfffd;
  x = 0x10000 + ((x & 0x3ff) << 10) + (text.front() & 0x3ffu);
  text.remove_prefix(1);
  return x;
}

std::size_t size_of(std::u16string_view text) {
  std::size_t size = 0;
  while (!text.empty()) {
    auto x = take(text);
    size += 1u + (x >= 0x80) + (x >= 0x800) + (x >= 0x10000);
  }
  return size;
}

char* write(char* out, char32_t x) {
  auto tail = [x](unsigned shift) {
    return static_cast<char>(0x80 | (x >> shift & 0x3f));
  };
  if (x < 0x80) {
    *out++ = static_cast<char>(x);
    return out;
  }
  if (x < 0x800) {
    *out++ = static_cast<char>(0xc0 | x >> 6);
  } else if (x < 0x10000) {
    *out++ = static_cast<char>(0xe0 | x >> 12);
    *out++ = tail(6);
  } else {
    *out++ = static_cast<char>(0xf0 | x >> 18);
    *out++ = tail(12);
    *out++ = tail(6);
  }
  *out++ = tail(0);
  return out;
}

} // namespace

bool has_byte_above_f4(std::string_view text) {
  // A maximum without an early end: compilers make vector code of it.
  unsigned char top = 0;
  for (auto c : text)
    top = std::max(top, static_cast<unsigned char>(c));
  return top > 0xf4;
}

std::size_t sequence_length(std::string_view text) {
  auto at = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  auto tail = [at](std::size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  // RFC 3629 section 4: some first bytes narrow the second one.
  auto second = [at](unsigned least, unsigned most) {
    return at(1) >= least && at(1) <= most;
  };
  auto first = at(0);
  if (first < 0x80)
    return 1;
  if (first < 0xc2 || first > 0xf4)
    return 0;
  if (first < 0xe0)
    return tail(1) ? 2 : 0;
  if (first < 0xf0) {
    auto good = second(first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf)
                && tail(2);
    return good ? 3 : 0;
  }
  auto good = second(first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf)
              && tail(2) && tail(3);
  return good ? 4 : 0;
}

void append_utf8(std::string& out, std::u16string_view text) {
  // Most names and values are ASCII. The exact size first: short strings then
  // stay within the string object.
  char16_t all = 0;
  for (auto x : text)
    all |= x;
  auto old = out.size();
  if (all < 0x80) {
    out.resize(old + text.size());
    std::transform(text.begin(), text.end(), out.data() + old,
      [](char16_t x) { return static_cast<char>(x); });
    return;
  }
  out.resize(old + size_of(text));
  for (auto to = out.data() + old; !text.empty();)
    to = write(to, take(text));
}

} // namespace causeway::protocol
