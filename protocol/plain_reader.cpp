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
#include <cstring>
#include <span>

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
    // Below space, or beyond '~'.
    auto is_odd = static_cast<unsigned char>(c - ' ') > '~' - ' ';
    odd |= is_odd | (c == '&') | (c == ']');
  }
  return odd == 0;
}

// The attributes that mean something at this level.
enum class known : std::uint8_t { none, xmlns, to, from, id, type, lang };

template <std::size_t Size>
bool begins(std::string_view text, const char (&with)[Size]) {
  return text.size() >= Size - 1
         && std::memcmp(text.data(), with, Size - 1) == 0;
}

// By length first: comparing texts of unknown length calls a function.
known known_of(std::string_view name) {
  switch (name.size()) {
  case 2:
    return begins(name, "to")   ? known::to
           : begins(name, "id") ? known::id
                                : known::none;
  case 4:
    return begins(name, "from")   ? known::from
           : begins(name, "type") ? known::type
                                  : known::none;
  case 5: return begins(name, "xmlns") ? known::xmlns : known::none;
  case 8: return begins(name, "xml:lang") ? known::lang : known::none;
  default: return known::none;
  }
}

struct raw_attribute {
  std::string_view name;
  std::string_view value;
  known what = known::none;
};

class plain_reader {
 public:
  plain_reader(std::string_view text, const xml_limits& limits,
    stream_element& to, std::string_view outer_ns)
    : pos_{text.data()}, end_{text.data() + text.size()}, begin_{pos_},
      limits_{limits}, element_{to}, outer_ns_{outer_ns}, is_simple_{
                                                            is_simple(text)} {}

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
    if (x.name.size() == 3 && begins(x.name, "xml") && skip(':')
        && read_name() == "lang")
      x.name = since(from);
    x.what = known_of(x.name);
    auto is_ours = x.what == known::xmlns || x.what == known::lang;
    if (x.name.empty() || (begins(x.name, "xml") && !is_ours) || is_repeated(x)
        || x.name.size() > limits_.max_name_bytes || !skip('=')
        || !read_value(x.value))
      return false;
    ++attribute_count_;
    // An empty `xml:lang` differs from none, which `lang` cannot tell.
    return x.what != known::lang || !x.value.empty();
  }

  bool is_repeated(const raw_attribute& x) {
    if (x.what == known::none)
      return std::ranges::find(all_attributes(), x.name, &raw_attribute::name)
             != all_attributes().end();
    auto bit = 1u << static_cast<unsigned>(x.what);
    auto is_seen = (seen_ & bit) != 0;
    seen_ |= bit;
    return is_seen;
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
    if (name.empty() || begins(name, "xml"))
      return false;
    auto name_end = pos_;
    attribute_count_ = 0;
    seen_ = 0;
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
    auto declares = (seen_ & (1u << static_cast<unsigned>(known::xmlns))) != 0;
    auto name_space = open_ == 0 ? outer_ns_ : std::string_view{element_.ns};
    if (declares) {
      name_space =
        std::ranges::find(all_attributes(), known::xmlns, &raw_attribute::what)
          ->value;
      if (name_space.empty() || is_reserved(name_space)
          || ++namespaces_ > limits_.max_namespaces)
        return false;
    }
    if (open_ == 0) {
      element_.name_end = static_cast<std::uint32_t>(name_end);
      element_.has_default_ns = declares;
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
      if (x.what == known::xmlns)
        continue;
      if (!element_.is_stanza())
        element_.attributes.push_back(
          {std::string{x.name}, std::string{x.value}});
      else if (auto to = field_of(x.what))
        *to = x.value;
    }
  }

  std::string* field_of(known attribute) {
    switch (attribute) {
    case known::to: return &element_.to;
    case known::from: return &element_.from;
    case known::id: return &element_.id;
    case known::type: return &element_.type;
    case known::lang: return &element_.lang;
    case known::none:
    case known::xmlns: break;
    }
    return nullptr;
  }

  const char* pos_;
  const char* end_;
  const char* begin_;
  const xml_limits& limits_;
  stream_element& element_;
  std::string_view outer_ns_;
  /// Of the elements that are open.
  std::array<std::string_view, most_open> names_;
  std::size_t open_ = 0;
  /// Of the tag at hand.
  std::array<raw_attribute, most_attributes> attributes_;
  std::size_t attribute_count_ = 0;
  /// Which of `known` it has, as bits.
  unsigned seen_ = 0;
  std::uint32_t tags_ = 0;
  std::uint32_t namespaces_ = 0;
  const bool is_simple_;
};

} // namespace

bool read_plain(std::string_view text, const xml_limits& limits,
  stream_element& to, std::string_view outer_ns) {
  return plain_reader{text, limits, to, outer_ns}.read();
}

} // namespace causeway::protocol
