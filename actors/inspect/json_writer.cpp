#include "actors/inspect/json_writer.hpp"

#include "actors/inspect/clean_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace causeway {

namespace {

bool stands_as_it_is(char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

} // namespace

void json_writer::key(std::string_view name) {
  separate();
  put_text(name);
  out_ += ':';
  is_first_ = true;
}

void json_writer::value(std::string_view text) {
  separate();
  put_text(text);
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

void json_writer::put_text(std::string_view text) {
  if (!std::ranges::all_of(text, stands_as_it_is)) {
    out_ += clean_text(boost::json::serialize(boost::json::string_view{text}));
    return;
  }
  out_ += '"';
  out_ += text;
  out_ += '"';
}

} // namespace causeway
