/// RFC 6120 sections 8.1.2.1 and 8.1.5; RFC 7395 section 3.3.3.
#include "protocol/start_tag.hpp"

#include "protocol/element.hpp"
#include "protocol/element_builder.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/tag_scanner.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace causeway::protocol {

namespace {

using namespace std::string_view_literals;

using setting = std::pair<std::string_view, std::string_view>;

// An upper bound: no escape is longer than six bytes.
std::size_t growth(std::span<const setting> set, std::string_view extra) {
  auto size = extra.size() + 1;
  for (auto& [name, value] : set) {
    auto escapes = std::ranges::count_if(value, [](char c) {
      return c == '&' || c == '\'' || c == '"' || c == '<' || c == '>'
             || static_cast<unsigned char>(c) < 0x20;
    });
    size += name.size() + value.size() + " =''"sv.size()
            + static_cast<std::size_t>(escapes) * 5;
  }
  return size;
}

std::string rewrite(const stream_element& x, std::span<const setting> set,
  std::string_view extra) {
  std::string_view bytes = x.bytes;
  std::string out;
  out.reserve(bytes.size() + growth(set, extra));
  out += bytes.substr(0, x.name_end);
  for (auto& [name, value] : set) {
    if (!value.empty())
      append_attribute(out, name, value);
  }
  if (!extra.empty())
    (out += ' ') += extra;
  std::size_t copied = x.name_end;
  for (auto place = next_attribute(bytes, copied); !place.name.empty();
       place = next_attribute(bytes, place.end)) {
    if (std::ranges::find(set, place.name, &setting::first) == set.end())
      continue;
    out += bytes.substr(copied, place.begin - copied);
    copied = place.end;
  }
  out += bytes.substr(copied);
  return out;
}

// What an element without any namespace is inside `jabber:client`. A child
// counts as inheriting that namespace too.
stream_element in_client_namespace(const stream_element& x) {
  auto value_of = [&x](std::string_view name) {
    auto value = x.find(name);
    return value ? *value : std::string{};
  };
  auto y = x;
  y.bytes = rewrite_start_tag(x, {{"xmlns", ns::client}});
  y.ns = ns::client;
  y.kind = kind_of(y.ns, y.name);
  y.has_default_ns = true;
  if (y.children > 0 && y.child_ns.empty())
    y.child_ns = ns::client;
  if (!y.is_stanza())
    return y;
  y.to = value_of("to");
  y.from = value_of("from");
  y.id = value_of("id");
  y.type = value_of("type");
  y.lang = value_of("xml:lang");
  y.attributes.clear();
  return y;
}

} // namespace

std::string rewrite_start_tag(const stream_element& x,
  std::initializer_list<std::pair<std::string_view, std::string_view>> set,
  std::string_view extra) {
  return rewrite(x, {set.begin(), set.size()}, extra);
}

stream_element stamp(const stream_element& x, std::string_view from,
  std::string_view lang, std::string_view to) {
  if (x.ns.empty())
    return stamp(in_client_namespace(x), from, lang, to);
  stream_element y;
  y.kind = x.kind;
  y.name = x.name;
  y.prefix = x.prefix;
  y.ns = x.ns;
  y.to = to.empty() ? x.to : to;
  y.from = from;
  y.id = x.id;
  y.type = x.type;
  y.lang = x.lang.empty() ? lang : x.lang;
  y.child_name = x.child_name;
  y.child_ns = x.child_ns;
  y.attributes = x.attributes;
  y.name_end = x.name_end;
  y.children = x.children;
  y.has_default_ns = x.has_default_ns;

  std::array<setting, 4> set;
  std::size_t size = 0;
  set[size++] = {"from", from};
  if (x.lang.empty() && !lang.empty())
    set[size++] = {"xml:lang", lang};
  if (!to.empty())
    set[size++] = {"to", to};
  // It took its namespace from the stream that it came on.
  if (x.prefix.empty() && !x.has_default_ns) {
    set[size++] = {"xmlns", x.ns};
    y.has_default_ns = true;
  }
  y.bytes = rewrite(x, std::span{set}.first(size), {});
  return y;
}

} // namespace causeway::protocol
