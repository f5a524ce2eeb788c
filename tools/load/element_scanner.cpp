/// A tolerant reader of the elements that a server sends (XML 1.0).
#include "tools/load/element_scanner.hpp"

#include <charconv>

namespace causeway::load {

namespace {

constexpr std::string_view space = " \t\r\n";
constexpr auto npos = std::string_view::npos;
constexpr int max_depth = 64;

std::string_view skip_space(std::string_view text) {
  auto start = text.find_first_not_of(space);
  return start == npos ? std::string_view{} : text.substr(start);
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// What the reference `name`, without & and ;, stands for.
bool append_reference(std::string& out, std::string_view name) {
  static constexpr std::pair<std::string_view, char> named[] = {
    {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (auto [key, c] : named) {
    if (name == key) {
      out += c;
      return true;
    }
  }
  if (!name.starts_with('#'))
    return false;
  auto hex = name.starts_with("#x");
  name.remove_prefix(hex ? 2 : 1);
  std::uint32_t c = 0;
  auto last = name.data() + name.size();
  auto [end, error] = std::from_chars(name.data(), last, c, hex ? 16 : 10);
  if (error != std::errc{} || end != last || c == 0 || c > 0x10ffff)
    return false;
  append_utf8(out, c);
  return true;
}

// The end of the tag that starts `text`: a '>' outside of quotes.
std::size_t find_tag_end(std::string_view text) {
  for (std::size_t i = 0;;) {
    i = text.find_first_of(">'\"", i);
    if (i == npos || text[i] == '>')
      return i;
    i = text.find(text[i], i + 1);
    if (i == npos)
      return npos;
    ++i;
  }
}

struct binding {
  std::string prefix, uri;
};

// Reads elements recursively; `rest` is what is not yet read.
class tree_reader {
 public:
  explicit tree_reader(std::string_view text) : rest_{text} {}

  bool read(scanned_element& out, int depth = 0) {
    auto tag = scan_tag(rest_, &rest_);
    if (!tag || depth == max_depth)
      return false;
    auto scope = bindings_.size();
    out.tag = *tag;
    out.name = tag->name;
    out.xmlns = bind(*tag);
    auto complete = tag->empty || read_content(out, depth);
    bindings_.resize(scope);
    return complete;
  }

 private:
  std::string bind(const tag_view& tag) {
    if (tag.raw("xmlns"))
      bindings_.push_back({"", tag.value("xmlns")});
    auto declaration = "xmlns:" + std::string{tag.prefix};
    if (!tag.prefix.empty() && tag.raw(declaration))
      bindings_.push_back({std::string{tag.prefix}, tag.value(declaration)});
    for (auto i = bindings_.rbegin(); i != bindings_.rend(); ++i) {
      if (i->prefix == tag.prefix)
        return i->uri;
    }
    return {};
  }

  bool read_content(scanned_element& out, int depth) {
    while (!rest_.empty()) {
      auto start = rest_.find('<');
      if (start == npos)
        return false;
      out.text += unescape(rest_.substr(0, start));
      rest_.remove_prefix(start);
      if (rest_.starts_with("</"))
        return skip_past(">");
      if (rest_.starts_with("<![CDATA[")) {
        auto end = rest_.find("]]>");
        if (end == npos)
          return false;
        out.text += rest_.substr(9, end - 9);
        rest_.remove_prefix(end + 3);
      } else if (rest_.starts_with("<!--")) {
        if (!skip_past("-->"))
          return false;
      } else if (!read(out.children.emplace_back(), depth + 1)) {
        return false;
      }
    }
    return false;
  }

  bool skip_past(std::string_view mark) {
    auto end = rest_.find(mark);
    if (end == npos)
      return false;
    rest_.remove_prefix(end + mark.size());
    return true;
  }

  std::string_view rest_;
  std::vector<binding> bindings_;
};

} // namespace

std::optional<std::string_view> tag_view::raw(
  std::string_view attribute) const {
  auto rest = skip_space(attributes);
  while (!rest.empty()) {
    auto equals = rest.find('=');
    if (equals == npos)
      return std::nullopt;
    auto key = rest.substr(0, equals);
    key = key.substr(0, key.find_last_not_of(space) + 1);
    rest = skip_space(rest.substr(equals + 1));
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return std::nullopt;
    auto end = rest.find(rest[0], 1);
    if (end == npos)
      return std::nullopt;
    if (key == attribute)
      return rest.substr(1, end - 1);
    rest = skip_space(rest.substr(end + 1));
  }
  return std::nullopt;
}

std::string tag_view::value(std::string_view attribute) const {
  auto found = raw(attribute);
  return found ? unescape(*found) : std::string{};
}

std::optional<tag_view> scan_tag(
  std::string_view text, std::string_view* rest) {
  text = skip_space(text);
  if (text.size() < 3 || text[0] != '<')
    return std::nullopt;
  auto end = find_tag_end(text);
  if (end == npos)
    return std::nullopt;
  if (text[1] == '?') { // an XML declaration may precede the element
    return scan_tag(text.substr(end + 1), rest);
  }
  tag_view result;
  result.empty = text[end - 1] == '/';
  auto inside = text.substr(1, end - 1 - (result.empty ? 1 : 0));
  auto name = inside.substr(0, inside.find_first_of(space));
  result.attributes = inside.substr(name.size());
  auto colon = name.find(':');
  if (colon != npos) {
    result.prefix = name.substr(0, colon);
    name.remove_prefix(colon + 1);
  }
  if (name.empty())
    return std::nullopt;
  result.name = name;
  if (rest)
    *rest = text.substr(end + 1);
  return result;
}

const scanned_element* scanned_element::child(
  std::string_view child_name) const {
  for (auto& x : children) {
    if (x.name == child_name)
      return &x;
  }
  return nullptr;
}

std::optional<scanned_element> scan_element(std::string_view text) {
  scanned_element result;
  if (!tree_reader{text}.read(result))
    return std::nullopt;
  return result;
}

std::string unescape(std::string_view text) {
  std::string result;
  while (true) {
    auto start = text.find('&');
    result += text.substr(0, start);
    if (start == npos)
      return result;
    text.remove_prefix(start);
    auto end = text.find(';');
    auto known =
      end != npos && append_reference(result, text.substr(1, end - 1));
    if (!known)
      result += '&';
    text.remove_prefix(known ? end + 1 : 1);
  }
}

std::string escape(std::string_view text) {
  std::string result;
  for (auto c : text) {
    switch (c) {
    case '&': result += "&amp;"; break;
    case '<': result += "&lt;"; break;
    case '>': result += "&gt;"; break;
    case '\'': result += "&apos;"; break;
    case '"': result += "&quot;"; break;
    default: result += c;
    }
  }
  return result;
}

} // namespace causeway::load
