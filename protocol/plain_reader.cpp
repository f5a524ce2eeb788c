/// XML 1.0 sections 2 and 3, Namespaces in XML 1.0 section 3: what stanzas use
/// of them.
#include "protocol/plain_reader.hpp"

#include "protocol/element_builder.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace causeway::protocol {

namespace {

using namespace std::string_view_literals;

// What has more is for the parser, which does not compare all with all.
constexpr std::size_t most_attributes = 8;
constexpr std::size_t most_open = 16;

constexpr auto references =
  std::array{"&amp;"sv, "&lt;"sv, "&gt;"sv, "&quot;"sv, "&apos;"sv};

// What a byte may be part of, as bits.
enum : std::uint8_t {
  first_of_name = 1,
  of_name = 2,
  of_space = 4,
  of_value = 8,
  of_text = 16,
};

constexpr auto uses = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0x20; c < 0x7f; ++c)
    table[c] = of_value | of_text;
  for (unsigned c = '0'; c <= '9'; ++c)
    table[c] |= of_name;
  for (unsigned c = 'a'; c <= 'z'; ++c) {
    table[c] |= first_of_name | of_name;
    table[c - 'a' + 'A'] |= first_of_name | of_name;
  }
  table['_'] |= first_of_name | of_name;
  table['-'] |= of_name;
  table['.'] |= of_name;
  for (unsigned char c : "\t\r\n"sv)
    table[c] = of_space | of_text;
  table[' '] |= of_space;
  // Each has a meaning of its own in one place or the other.
  for (unsigned char c : "<&"sv)
    table[c] = 0;
  for (unsigned char c : "'\""sv)
    table[c] = of_text;
  table[']'] = of_value;
  return table;
}();

bool is(char c, std::uint8_t use) {
  return uses[static_cast<unsigned char>(c)] & use;
}

// Namespaces in XML 1.0 section 3.
bool is_reserved(std::string_view name_space) {
  return name_space == ns::xml || name_space == ns::xmlns;
}

// Whether a look for markup is all that text and values need. Without an early
// end: compilers make vector code of it.
bool is_simple(std::string_view text) {
  unsigned char odd = 0;
  for (auto x : text) {
    auto c = static_cast<unsigned char>(x);
    odd |= (c < 0x20) | (c > 0x7e) | (c == '&') | (c == ']');
  }
  return odd == 0;
}

struct raw_attribute {
  std::string_view name;
  std::string_view value;
};

class plain_reader {
 public:
  plain_reader(std::string_view text, const xml_limits& limits)
    : pos_{text.data()}, end_{text.data() + text.size()}, begin_{pos_},
      limits_{limits}, is_simple_{is_simple(text)} {}

  bool read() {
    if (static_cast<std::size_t>(end_ - begin_) > limits_.max_bytes
        || !skip('<') || !read_start())
      return false;
    while (open_ > 0)
      if (!skip_text() || !skip('<')
          || !(skip('/') ? read_end() : read_start()))
        return false;
    return pos_ == end_;
  }

  stream_element take() { return std::move(element_); }

 private:
  bool skip(char c) {
    if (pos_ == end_ || *pos_ != c)
      return false;
    ++pos_;
    return true;
  }

  const char* skip_all(std::uint8_t use) {
    while (pos_ != end_ && is(*pos_, use))
      ++pos_;
    return pos_;
  }

  std::string_view since(const char* from) const {
    return {from, static_cast<std::size_t>(pos_ - from)};
  }

  std::string_view rest() const {
    return {pos_, static_cast<std::size_t>(end_ - pos_)};
  }

  // Empty: there is none of this kind.
  std::string_view read_name() {
    auto from = pos_;
    if (pos_ == end_ || !is(*pos_, first_of_name))
      return {};
    skip_all(of_name);
    auto name = since(from);
    return name.size() > limits_.max_name_bytes ? ""sv : name;
  }

  // One character beyond ASCII.
  bool skip_sequence() {
    auto size = pos_ == end_ ? 0 : sequence_length(rest());
    // U+FFFE and U+FFFF are no characters of XML.
    if (size < 2 || (size == 3 && rest().substr(0, 2) == "\xef\xbf"sv))
      return false;
    pos_ += size;
    return true;
  }

  bool skip_reference() {
    auto found = std::ranges::find_if(
      references, [this](auto x) { return rest().starts_with(x); });
    if (found == references.end())
      return false;
    pos_ += found->size();
    return true;
  }

  // The next `c`, or the end.
  void skip_to(char c) { pos_ += std::min(rest().find(c), rest().size()); }

  // Up to the next tag.
  bool skip_text() {
    if (is_simple_)
      skip_to('<');
    for (;;) {
      if (skip_all(of_text) == end_)
        return false;
      switch (*pos_) {
      case '<': return true;
      case '&':
        if (!skip_reference())
          return false;
        break;
      case ']':
        if (rest().starts_with("]]>"))
          return false;
        ++pos_;
        break;
      default:
        if (!skip_sequence())
          return false;
      }
    }
  }

  // Each up to the closing quote.
  bool skip_simple_value(char quote) {
    auto from = pos_;
    skip_to(quote);
    return pos_ != end_ && since(from).find('<') == std::string_view::npos;
  }

  bool skip_value(char quote) {
    auto other = quote == '"' ? '\'' : '"';
    while (skip_all(of_value) != end_ && *pos_ != quote)
      if (!skip(other) && !skip_sequence())
        return false;
    return pos_ != end_;
  }

  bool read_value(std::string_view& to) {
    if (pos_ == end_ || (*pos_ != '\'' && *pos_ != '"'))
      return false;
    auto quote = *pos_++;
    auto from = pos_;
    if (!(is_simple_ ? skip_simple_value(quote) : skip_value(quote)))
      return false;
    to = since(from);
    ++pos_;
    return true;
  }

  bool read_attribute() {
    if (attribute_count_
        == std::min<std::size_t>(most_attributes, limits_.max_attributes))
      return false;
    auto& x = attributes_[attribute_count_];
    auto from = pos_;
    x.name = read_name();
    if (x.name == "xml" && skip(':') && read_name() == "lang")
      x.name = since(from);
    else if (x.name.empty() || (x.name.starts_with("xml") && x.name != "xmlns"))
      return false;
    auto earlier = all_attributes();
    if (std::ranges::find(earlier, x.name, &raw_attribute::name)
          != earlier.end()
        || x.name.size() > limits_.max_name_bytes || !skip('=')
        || !read_value(x.value))
      return false;
    ++attribute_count_;
    return true;
  }

  std::span<const raw_attribute> all_attributes() const {
    return {attributes_.data(), attribute_count_};
  }

  // After '<'.
  bool read_start() {
    if (++tags_ > limits_.max_tags
        || open_ == std::min<std::size_t>(most_open, limits_.max_depth))
      return false;
    auto name = read_name();
    if (name.empty() || name.starts_with("xml"))
      return false;
    auto name_end = pos_;
    attribute_count_ = 0;
    for (;;) {
      auto from = pos_;
      auto spaced = skip_all(of_space) != from;
      if (pos_ == end_)
        return false;
      if (*pos_ == '>' || *pos_ == '/')
        break;
      if (!spaced || !read_attribute())
        return false;
    }
    if (!note_start(name, static_cast<std::size_t>(name_end - begin_)))
      return false;
    names_[open_++] = name;
    if (skip('/'))
      --open_;
    return skip('>');
  }

  // After '</'.
  bool read_end() {
    auto& name = names_[--open_];
    if (!rest().starts_with(name))
      return false;
    pos_ += name.size();
    return skip('>');
  }

  bool note_start(std::string_view name, std::size_t name_end) {
    auto attributes = all_attributes();
    auto declared =
      std::ranges::find(attributes, "xmlns"sv, &raw_attribute::name);
    auto name_space = std::string_view{element_.ns};
    if (declared != attributes.end()) {
      name_space = declared->value;
      if (name_space.empty() || is_reserved(name_space)
          || ++namespaces_ > limits_.max_namespaces)
        return false;
    }
    if (open_ == 0) {
      element_.name_end = static_cast<std::uint32_t>(name_end);
      element_.has_default_ns = declared != attributes.end();
      element_.name = name;
      element_.ns = name_space;
      element_.kind = kind_of(name_space, name);
      note_attributes();
    } else if (open_ == 1 && ++element_.children == 1) {
      element_.child_name = name;
      element_.child_ns = name_space;
    }
    return true;
  }

  void note_attributes() {
    for (auto& x : all_attributes()) {
      if (x.name == "xmlns")
        continue;
      if (!element_.is_stanza())
        element_.attributes.push_back(
          {std::string{x.name}, std::string{x.value}});
      else if (auto to = find_field(x.name))
        *to = x.value;
    }
  }

  std::string* find_field(std::string_view attribute_name) {
    if (attribute_name == "to")
      return &element_.to;
    if (attribute_name == "from")
      return &element_.from;
    if (attribute_name == "id")
      return &element_.id;
    if (attribute_name == "type")
      return &element_.type;
    return attribute_name == "xml:lang" ? &element_.lang : nullptr;
  }

  const char* pos_;
  const char* end_;
  const char* begin_;
  const xml_limits& limits_;
  stream_element element_;
  /// Of the elements that are open.
  std::array<std::string_view, most_open> names_;
  std::size_t open_ = 0;
  /// Of the tag at hand.
  std::array<raw_attribute, most_attributes> attributes_;
  std::size_t attribute_count_ = 0;
  std::uint32_t tags_ = 0;
  std::uint32_t namespaces_ = 0;
  const bool is_simple_;
};

} // namespace

std::optional<stream_element> read_plain(
  std::string_view text, const xml_limits& limits) {
  plain_reader reader{text, limits};
  if (!reader.read())
    return std::nullopt;
  return reader.take();
}

} // namespace causeway::protocol
