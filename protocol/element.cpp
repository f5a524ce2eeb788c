/// RFC 7395 section 3.3.3: every element declares its own namespaces.
#include "protocol/element.hpp"

#include "protocol/namespaces.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

// Namespaces in scope where an element is written.
struct scope {
  std::string_view default_ns;
  bool has_stream_prefix = false;
};

// A tree does not keep what other prefixes stand for.
bool can_write(const attribute& x) {
  return x.name.find(':') == std::string::npos || x.name.starts_with("xml:");
}

// Old clients expect the literal prefix of streams; `xml` has no other way.
std::string_view prefix_of(std::string_view name_space) {
  if (name_space == ns::streams)
    return "stream:";
  return name_space == ns::xml ? "xml:" : "";
}

void append(std::string& out, const element& x, scope outer) {
  auto prefix = prefix_of(x.ns);
  auto begin = out.size() + 1;
  out += '<';
  out += prefix;
  out += x.name;
  auto length = out.size() - begin;
  if (x.ns == ns::streams) {
    if (!std::exchange(outer.has_stream_prefix, true))
      append_attribute(out, "xmlns:stream", x.ns);
  } else if (prefix.empty() && x.ns != outer.default_ns) {
    append_attribute(out, "xmlns", x.ns);
    outer.default_ns = x.ns;
  }
  for (auto& attribute : x.attributes)
    if (can_write(attribute))
      append_attribute(out, attribute.name, attribute.value);
  if (x.text.empty() && x.children.empty()) {
    out += "/>";
    return;
  }
  out += '>';
  append_escaped(out, x.text);
  for (auto& child : x.children)
    append(out, child, outer);
  out += "</";
  out.append(out, begin, length);
  out += '>';
}

// What stands for `c` in attributes and text, "" for itself.
std::string_view escape_of(char c) {
  switch (c) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '\'': return "&apos;";
  case '"': return "&quot;";
  case '\t': return "&#9;";
  case '\n': return "&#10;";
  case '\r': return "&#13;";
  default:
    // XML 1.0 section 2.2: no other control character can be written.
    return static_cast<unsigned char>(c) < 0x20 ? "\xef\xbf\xbd" : "";
  }
}

} // namespace

element::element(std::string_view local_name, std::string_view name_space)
  : name{local_name}, ns{name_space} {}

const std::string* element::find(std::string_view attribute_name) const {
  auto i = std::ranges::find(attributes, attribute_name, &attribute::name);
  return i != attributes.end() ? &i->value : nullptr;
}

std::string element::value_of(std::string_view attribute_name) const {
  auto* value = find(attribute_name);
  return value ? *value : std::string{};
}

const element* element::child(
  std::string_view local_name, std::string_view name_space) const {
  auto i = std::ranges::find_if(children, [&](const element& x) {
    return x.name == local_name && (name_space.empty() || x.ns == name_space);
  });
  return i != children.end() ? &*i : nullptr;
}

element& element::set(std::string_view attribute_name, std::string_view value) {
  auto i = std::ranges::find(attributes, attribute_name, &attribute::name);
  if (i != attributes.end())
    i->value = value;
  else
    attributes.push_back({std::string{attribute_name}, std::string{value}});
  return *this;
}

element& element::add(element child) {
  children.push_back(std::move(child));
  return *this;
}

element& element::with_text(std::string_view value) {
  text = value;
  return *this;
}

std::string to_xml(const element& x) {
  std::string out;
  append(out, x, {});
  return out;
}

void append_attribute(
  std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "='";
  append_escaped(out, value);
  out += '\'';
}

void append_escaped(std::string& out, std::string_view value) {
  std::size_t copied = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto escape = escape_of(value[i]);
    if (escape.empty())
      continue;
    out.append(value, copied, i - copied);
    out += escape;
    copied = i + 1;
  }
  out.append(value, copied);
}

} // namespace causeway::protocol
