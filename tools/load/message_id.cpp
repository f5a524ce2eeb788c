/// Sequence number and time stamp of a message, in its id.
#include "tools/load/message_id.hpp"

#include <charconv>

namespace causeway::load {

namespace {

template <class T>
void append_number(std::string& out, T x) {
  char digits[24];
  auto result = std::to_chars(digits, digits + sizeof digits, x);
  out.append(digits, result.ptr);
}

// Reads a number and the mark behind it; at the end there is none.
template <class T>
bool take_number(std::string_view& text, T& x, bool last) {
  auto stop = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), stop, x);
  if (error != std::errc{} || (end == stop) != last || (!last && *end != '-'))
    return false;
  text.remove_prefix(end - text.data() + (last ? 0 : 1));
  return true;
}

} // namespace

void append_id(std::string& out, const message_id& x) {
  append_number(out, x.run);
  out += '-';
  append_number(out, x.sender);
  out += '-';
  append_number(out, x.number);
  out += '-';
  append_number(out, x.stamp);
}

std::optional<message_id> parse_id(std::string_view text) {
  message_id x;
  if (take_number(text, x.run, false) && take_number(text, x.sender, false)
      && take_number(text, x.number, false) && take_number(text, x.stamp, true))
    return x;
  return std::nullopt;
}

} // namespace causeway::load
