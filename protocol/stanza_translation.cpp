/// RFC 7395 section 3.3.3 and RFC 6120 section 4.8: what elements take from
/// the stream around them, and what they must say themselves.
#include "protocol/stanza_translation.hpp"

#include "protocol/element.hpp"
#include "protocol/element_builder.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/plain_reader.hpp"
#include "protocol/start_tag.hpp"
#include "protocol/tag_scanner.hpp"

#include <algorithm>

namespace causeway::protocol {

namespace {

using namespace std::string_view_literals;

constexpr auto declaration_prefix = "xmlns:"sv;

std::string_view prefix_of(std::string_view qualified) {
  auto colon = qualified.find(':');
  return colon == qualified.npos ? ""sv : qualified.substr(0, colon);
}

// What the start tag of an element says about namespaces and language.
struct root_facts {
  tag_scanner::tag tag;
  bool has_default_ns = false;
  bool has_lang = false;
  /// The root's own namespace; empty if it comes from the stream.
  std::string_view own_ns;
  std::vector<std::string_view> declared;
};

root_facts read_root(std::string_view bytes) {
  root_facts root;
  tag_scanner{bytes}.next(root.tag);
  auto prefix = prefix_of(root.tag.name);
  for (auto x = next_attribute(bytes, root.tag.name_end); !x.name.empty();
       x = next_attribute(bytes, x.end)) {
    std::string_view declares;
    if (x.name == "xmlns")
      root.has_default_ns = true;
    else if (x.name.starts_with(declaration_prefix))
      declares = x.name.substr(declaration_prefix.size());
    else
      root.has_lang |= x.name == "xml:lang";
    if (!declares.empty())
      root.declared.push_back(declares);
    if (prefix.empty() ? x.name == "xmlns" : declares == prefix)
      root.own_ns = x.value;
  }
  return root;
}

// Whether an unprefixed element takes the default namespace of the stream.
bool takes_default(std::string_view bytes, const root_facts& root) {
  if (root.has_default_ns)
    return false;
  if (prefix_of(root.tag.name).empty())
    return true;
  // Depth of an open element that declares a default, 0 if none does.
  unsigned covered = 0;
  unsigned depth = 0;
  tag_scanner tags{bytes};
  for (tag_scanner::tag tag; tags.next(tag);) {
    if (tag.what == tag_scanner::kind::end) {
      covered = depth == covered ? 0 : covered;
      --depth;
      continue;
    }
    auto is_start = tag.what == tag_scanner::kind::start;
    depth += is_start;
    if (covered > 0)
      continue;
    auto declares = false;
    for (auto x = next_attribute(bytes, tag.name_end); !x.name.empty();
         x = next_attribute(bytes, x.end))
      declares |= x.name == "xmlns";
    if (declares && is_start)
      covered = depth;
    if (!declares && prefix_of(tag.name).empty())
      return true;
  }
  return false;
}

// Whether a name in a tag has the prefix.
bool uses_prefix(std::string_view bytes, std::string_view prefix) {
  auto text = std::string{prefix} + ':';
  if (bytes.find(text) == bytes.npos)
    return false;
  tag_scanner tags{bytes};
  for (tag_scanner::tag tag; tags.next(tag);) {
    if (tag.name.starts_with(text))
      return true;
    if (tag.what == tag_scanner::kind::end)
      continue;
    for (auto x = next_attribute(bytes, tag.name_end); !x.name.empty();
         x = next_attribute(bytes, x.end))
      if (x.name.starts_with(text))
        return true;
  }
  return false;
}

bool is_stanza(const root_facts& root, const stream_context& context) {
  auto name = root.tag.name;
  auto prefix = prefix_of(name);
  auto name_space = root.own_ns;
  if (name_space.empty() && prefix.empty() && !root.has_default_ns)
    name_space = context.default_ns;
  if (!prefix.empty()) {
    name.remove_prefix(prefix.size() + 1);
    for (auto& [declared, value] : context.prefixes)
      if (name_space.empty() && declared == prefix)
        name_space = value;
  }
  return kind_of(name_space, name) != element_kind::nonza;
}

// An element without prefixes, which was read as a part of the stream.
void make_standalone(
  stream_element& x, std::string_view bytes, const stream_context& context) {
  constexpr auto around = " xmlns='' xml:lang=''"sv;
  auto& out = x.bytes;
  out.reserve(bytes.size() + around.size() + context.default_ns.size()
              + context.lang.size());
  out += bytes.substr(0, x.name_end);
  if (!x.has_default_ns) {
    append_attribute(out, "xmlns", context.default_ns);
    x.has_default_ns = true;
  }
  if (x.is_stanza() && x.lang.empty() && !context.lang.empty()) {
    append_attribute(out, "xml:lang", context.lang);
    x.lang = context.lang;
  }
  out += bytes.substr(x.name_end);
}

} // namespace

result<parsed_header, xml_error> parse_header(std::string_view tag) {
  auto x = parse_header_tag(tag);
  if (!x)
    return x.error();
  if (x->ns != ns::streams || x->name != "stream")
    return xml_error{
      stream_error::invalid_namespace, "not the start of a stream"};
  parsed_header y;
  for (auto& [prefix, name_space] : x->declarations) {
    if (prefix.empty())
      y.context.default_ns = std::move(name_space);
    else if (prefix != "xml")
      y.context.prefixes.emplace_back(std::move(prefix), std::move(name_space));
  }
  if (y.context.default_ns != ns::client)
    return xml_error{
      stream_error::invalid_namespace, "not a stream of a client"};
  for (auto& [name, value] : x->attributes) {
    if (name == "from")
      y.header.from = std::move(value);
    else if (name == "id")
      y.header.id = std::move(value);
    else if (name == "version")
      y.header.version = std::move(value);
    else if (name == "xml:lang")
      y.header.lang = y.context.lang = std::move(value);
  }
  return y;
}

std::string header_for(const stream_wish& x) {
  std::string out = "<?xml version='1.0'?><stream:stream";
  append_attribute(out, "xmlns", ns::client);
  append_attribute(out, "xmlns:stream", ns::streams);
  append_attribute(out, "to", x.to);
  if (!x.from.empty())
    append_attribute(out, "from", x.from);
  append_attribute(out, "version", "1.0");
  if (!x.lang.empty())
    append_attribute(out, "xml:lang", x.lang);
  out += '>';
  return out;
}

result<void, xml_error> to_websocket(std::string_view bytes,
  const stream_context& context, const xml_limits& limits, stream_element& to) {
  if (!context.default_ns.empty()
      && read_plain(bytes, limits, to, context.default_ns)) {
    make_standalone(to, bytes, context);
    return {};
  }
  to = {};
  auto root = read_root(bytes);
  std::string added;
  auto allowed = limits;
  auto add = [&](std::string_view name, std::string_view value) {
    append_attribute(added, name, value);
    ++allowed.max_attributes;
    ++allowed.max_namespaces;
  };
  if (takes_default(bytes, root))
    add("xmlns", context.default_ns);
  for (auto& [prefix, name_space] : context.prefixes)
    if (std::ranges::find(root.declared, prefix) == root.declared.end()
        && uses_prefix(bytes, prefix))
      add(std::string{declaration_prefix} + prefix, name_space);
  if (!context.lang.empty() && !root.has_lang && is_stanza(root, context))
    add("xml:lang", context.lang);
  allowed.max_bytes += static_cast<std::uint32_t>(added.size());
  std::string text;
  text.reserve(bytes.size() + added.size());
  text += bytes.substr(0, root.tag.name_end);
  text += added;
  text += bytes.substr(root.tag.name_end);
  return parse_message(std::move(text), allowed, to);
}

result<stream_element, xml_error> to_websocket(std::string_view bytes,
  const stream_context& context, const xml_limits& limits) {
  result<stream_element, xml_error> x;
  if (auto done = to_websocket(bytes, context, limits, *x); !done)
    return done.error();
  return x;
}

std::string to_tcp(const stream_element& x) {
  // Inside the stream, names without prefix would become `jabber:client`.
  if (x.has_default_ns)
    return {};
  return rewrite_start_tag(x, {}, "xmlns=''");
}

} // namespace causeway::protocol
