#include "config/leaf_visitor.hpp"

#include <algorithm>

namespace causeway::config {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9');
}

// Nothing that YAML could read as something else, also between brackets.
bool is_plain(std::string_view text) {
  auto is_safe = [](char c) {
    return is_letter_or_digit(c)
           || std::string_view{"._/+=:-"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && text != "null" && text != "Null" && text != "NULL"
         && (is_letter_or_digit(text.front()) || text.front() == '/'
             || text.front() == '.')
         && text.back() != ':' && std::ranges::all_of(text, is_safe);
}

std::string show(milliseconds x) {
  return x.count() == 0 ? std::string{"0"} : format_duration(x);
}

} // namespace

std::string to_yaml_text(std::string_view text) {
  if (is_plain(text))
    return std::string{text};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 0xf];
      continue;
    }
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

void leaf_visitor::texts(
  std::string_view key, std::vector<std::string>& x, const key_facts& facts) {
  std::string list;
  for (auto& item : x)
    list += (list.empty() ? "" : ", ") + to_yaml_text(item);
  leaf(key, '[' + list + ']', "list", facts);
}

void leaf_visitor::duration(std::string_view key, milliseconds& x,
  milliseconds min, milliseconds max, const key_facts& facts) {
  leaf(key, show(x), show(min) + " to " + show(max), facts);
}

void leaf_visitor::duration(std::string_view key,
  std::optional<milliseconds>& x, milliseconds min, milliseconds max,
  const key_facts& facts) {
  leaf(key, x ? show(*x) : "default", show(min) + " to " + show(max), facts);
}

void leaf_visitor::word(std::string_view key, std::string& x,
  std::span<const std::string_view> words, const key_facts& facts) {
  leaf(key, to_yaml_text(x), list_words(words), facts);
}

std::string leaf_visitor::short_size(std::int64_t bytes) {
  auto text = format_size(bytes);
  if (text.size() > 1 && text.back() == 'B'
      && is_letter_or_digit(text[text.size() - 2])
      && text[text.size() - 2] <= '9')
    text.pop_back();
  return text;
}

std::string leaf_visitor::list_words(std::span<const std::string_view> words) {
  std::string list;
  for (auto word : words)
    list += (list.empty() ? "`" : ", `") + std::string{word} + '`';
  return list;
}

} // namespace causeway::config
