#include "actors/inspect/json_writer.hpp"

#include "actors/inspect/clean_text.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace causeway {

namespace {

/// Which bytes stand in a JSON text as they are.
constexpr auto plain = [] {
  std::array<bool, 256> out{};
  for (int c = 0x20; c < 0x7f; ++c)
    out[static_cast<std::size_t>(c)] = c != '"' && c != '\\';
  return out;
}();

} // namespace

void json_writer::key(std::string_view name) {
  put_text(name, true);
  is_first_ = true;
}

void json_writer::value(std::string_view text) {
  put_text(text, false);
  is_first_ = false;
}

void json_writer::value(std::uint64_t x) {
  std::array<char, 20> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), x).ptr;
  put({text.data(), static_cast<std::size_t>(end - text.data())});
}

void json_writer::value(double x) {
  if (!std::isfinite(x))
    return value(nullptr);
  std::array<char, 32> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), x).ptr;
  put({text.data(), static_cast<std::size_t>(end - text.data())});
}

void json_writer::value(const boost::json::value& x) {
  put(clean_text(boost::json::serialize(x)));
}

void json_writer::begin(char bracket) {
  separate();
  out_ += bracket;
  is_first_ = true;
}

void json_writer::end(char bracket) {
  out_ += bracket;
  is_first_ = false;
}

void json_writer::separate() {
  if (!is_first_)
    out_ += ',';
  is_first_ = false;
}

void json_writer::put(std::string_view text) {
  separate();
  out_ += text;
}

// Room is made once, and each byte is copied and looked at in one go.
void json_writer::put_text(std::string_view text, bool is_key) {
  auto start = out_.size();
  out_.resize(start + text.size() + (is_first_ ? 2 : 3) + (is_key ? 1 : 0));
  auto* to = out_.data() + start;
  if (!is_first_)
    *to++ = ',';
  *to++ = '"';
  auto is_plain = true;
  for (auto c : text) {
    is_plain = is_plain && plain[static_cast<unsigned char>(c)];
    *to++ = c;
  }
  *to++ = '"';
  if (is_key)
    *to = ':';
  if (is_plain)
    return;
  out_.resize(start + (is_first_ ? 0 : 1));
  out_ += clean_text(boost::json::serialize(boost::json::string_view{text}));
  if (is_key)
    out_ += ':';
}

} // namespace causeway
