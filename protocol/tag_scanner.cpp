/// XML 1.0 sections 2.7 and 3.1, as far as bytes can be read before a parser
/// has seen them.
#include "protocol/tag_scanner.hpp"

#include <algorithm>

namespace causeway::protocol {

namespace {

using namespace std::string_view_literals;

constexpr auto cdata_begin = "<![CDATA["sv;
constexpr auto cdata_end = "]]>"sv;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

} // namespace

attribute_place next_attribute(std::string_view bytes, std::size_t from) {
  auto none = attribute_place{from, from, {}, {}};
  // By hand: find_first_of calls a function for each byte.
  auto skip = [bytes](std::size_t at, auto stop) {
    while (at < bytes.size() && !stop(bytes[at]))
      ++at;
    return at;
  };
  auto begin = skip(from, [](char c) { return !is_space(c); });
  if (begin == bytes.size() || bytes[begin] == '/' || bytes[begin] == '>')
    return none;
  auto name_end =
    skip(begin, [](char c) { return is_space(c) || c == '=' || c == '>'; });
  auto quote =
    skip(name_end, [](char c) { return c == '\'' || c == '"' || c == '>'; });
  if (quote == bytes.size() || bytes[quote] == '>')
    return none;
  auto end = bytes.find(bytes[quote], quote + 1);
  if (end == bytes.npos)
    return none;
  return {from, end + 1, bytes.substr(begin, name_end - begin),
    bytes.substr(quote + 1, end - quote - 1)};
}

bool tag_scanner::next(tag& to) {
  pos_ = bytes_.find('<', pos_);
  while (pos_ != bytes_.npos && bytes_.substr(pos_).starts_with(cdata_begin)) {
    auto end = bytes_.find(cdata_end, pos_ + cdata_begin.size());
    pos_ = end == bytes_.npos ? end : bytes_.find('<', end);
  }
  if (pos_ == bytes_.npos)
    return false;
  to.begin = pos_;
  auto is_end = bytes_.substr(pos_ + 1).starts_with('/');
  auto begin = pos_ + (is_end ? 2 : 1);
  to.name_end =
    std::min(bytes_.find_first_of(" \t\r\n/>", begin), bytes_.size());
  to.name = bytes_.substr(begin, to.name_end - begin);
  pos_ = to.name_end;
  for (auto x = next_attribute(bytes_, pos_); !is_end && !x.name.empty();
       x = next_attribute(bytes_, pos_))
    pos_ = x.end;
  pos_ = std::min(bytes_.find('>', pos_), bytes_.size());
  auto is_empty = !is_end && pos_ > 0 && bytes_[pos_ - 1] == '/';
  to.what = is_end ? kind::end : is_empty ? kind::empty : kind::start;
  to.end = std::min(pos_ + 1, bytes_.size());
  return true;
}

} // namespace causeway::protocol
