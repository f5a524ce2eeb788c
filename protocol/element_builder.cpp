/// RFC 6120 section 8.1: what routing asks of a stanza.
#include "protocol/element_builder.hpp"

#include "protocol/namespaces.hpp"
#include "protocol/utf8.hpp"

#include <limits>

namespace causeway::protocol {

namespace {

constexpr auto unlimited = std::numeric_limits<unsigned>::max();

attribute to_attribute(const xml_attribute& x) {
  attribute result;
  append_utf8(result.name, x.prefix);
  if (!x.prefix.empty())
    result.name += ':';
  append_utf8(result.name, x.name);
  append_utf8(result.value, x.value);
  return result;
}

void add_attributes(std::vector<attribute>& to, const xml_start& x) {
  for (auto& attribute : x.attributes)
    if (!attribute.is_declaration())
      to.push_back(to_attribute(attribute));
}

} // namespace

element_kind kind_of(std::string_view name_space, std::string_view name) {
  if (name_space != ns::client)
    return element_kind::nonza;
  if (name == "message")
    return element_kind::message;
  if (name == "presence")
    return element_kind::presence;
  if (name == "iq")
    return element_kind::iq;
  return element_kind::nonza;
}

stream_element_builder::stream_element_builder(stream_element& to)
  : xml_events{{2, 1, false}}, to_{to} {}

void stream_element_builder::start(const xml_start& x) {
  if (x.depth == 0) {
    start_root(x);
  } else if (++to_.children == 1) {
    append_utf8(to_.child_name, x.name);
    append_utf8(to_.child_ns, x.ns);
  }
}

void stream_element_builder::start_root(const xml_start& x) {
  append_utf8(to_.name, x.name);
  append_utf8(to_.prefix, x.prefix);
  append_utf8(to_.ns, x.ns);
  to_.kind = kind_of(to_.ns, to_.name);
  for (auto& attribute : x.attributes) {
    if (attribute.is_default_declaration())
      to_.has_default_ns = true;
    else if (to_.is_stanza())
      add_stanza_attribute(attribute);
  }
  if (!to_.is_stanza())
    add_attributes(to_.attributes, x);
}

void stream_element_builder::add_stanza_attribute(const xml_attribute& x) {
  if (x.prefix == u"xml" && x.name == u"lang")
    append_utf8(to_.lang, x.value);
  if (!x.prefix.empty())
    return;
  if (x.name == u"to")
    append_utf8(to_.to, x.value);
  else if (x.name == u"from")
    append_utf8(to_.from, x.value);
  else if (x.name == u"id")
    append_utf8(to_.id, x.value);
  else if (x.name == u"type")
    append_utf8(to_.type, x.value);
}

tree_builder::tree_builder(element& to)
  : xml_events{{unlimited, unlimited, true}}, root_{to} {}

void tree_builder::start(const xml_start& x) {
  auto& to = open_.empty() ? root_ : open_.back()->children.emplace_back();
  append_utf8(to.name, x.name);
  append_utf8(to.ns, x.ns);
  add_attributes(to.attributes, x);
  open_.push_back(&to);
}

void tree_builder::text(std::u16string_view x) {
  if (!open_.empty())
    append_utf8(open_.back()->text, x);
}

void tree_builder::end() {
  open_.pop_back();
}

header_builder::header_builder(header_tag& to)
  : xml_events{{1, 1, false}}, to_{to} {}

void header_builder::start(const xml_start& x) {
  append_utf8(to_.name, x.name);
  append_utf8(to_.ns, x.ns);
  add_attributes(to_.attributes, x);
  for (auto& attribute : x.attributes) {
    if (!attribute.is_declaration())
      continue;
    auto& [prefix, name_space] = to_.declarations.emplace_back();
    if (!attribute.is_default_declaration())
      append_utf8(prefix, attribute.name);
    append_utf8(name_space, attribute.value);
  }
}

} // namespace causeway::protocol
