/// Nothing passes the parser that expat refuses, what is read without the
/// parser is what that reads, a stamped stanza is the same stanza, and a tree
/// that is written is read back.
#include "protocol/element_parser.hpp"

#include "protocol/plain_reader.hpp"
#include "protocol/start_tag.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/xml_oracle.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace causeway;
using namespace causeway::protocol;
using test::require;

bool same(const element& x, const element& y) {
  return x.name == y.name && x.ns == y.ns && x.text == y.text
         && x.attributes == y.attributes
         && std::equal(x.children.begin(), x.children.end(), y.children.begin(),
           y.children.end(), same);
}

// A tree does not keep what other prefixes stand for.
void remove_prefixed(element& x) {
  std::erase_if(x.attributes, [](const attribute& a) {
    return a.name.find(':') != std::string::npos && !a.name.starts_with("xml:");
  });
  for (auto& child : x.children)
    remove_prefixed(child);
}

// Escapes and declarations may make what is written larger.
xml_limits wide_limits() {
  xml_limits limits;
  limits.max_bytes *= 16;
  limits.max_attributes += 4;
  limits.max_namespaces = 60000;
  return limits;
}

void check_stamp(const stream_element& x) {
  static const std::vector<std::string> stamped{
    "from", "to", "http://www.w3.org/XML/1998/namespace\flang"};
  for (std::string_view to : {"", "r<&'\">@d"}) {
    auto y = stamp(x, "j@d/\t'", "de", to);
    auto z = parse_message(y.bytes, wide_limits());
    require(z.has_value());
    require(z->from == "j@d/\t'" && z->from == y.from);
    require(z->to == y.to && y.to == (to.empty() ? x.to : to));
    require(z->lang == y.lang && y.lang == (x.lang.empty() ? "de" : x.lang));
    require(z->kind == x.kind && z->id == x.id && z->type == x.type);
    require(z->child_name == x.child_name && z->child_ns == x.child_ns);
    require(z->children == x.children && z->name_end == y.name_end);
    require(z->has_default_ns == y.has_default_ns);
    auto before = test::canonical(x.bytes, stamped);
    // Names that only Xerces knows cannot be compared.
    require(!before || before == test::canonical(y.bytes, stamped));
  }
}

void check_plain(const std::string& text) {
  stream_element x;
  if (!read_plain(text, {}, x))
    return;
  // White space behind the element makes the parser take its full way.
  auto y = parse_message(text + ' ');
  require(y.has_value());
  x.bytes = text;
  require(x == *y);
}

void check_tree(const stream_element& x) {
  auto tree = parse_tree(x.bytes);
  require(tree.has_value());
  require(tree->name == x.name && tree->ns == x.ns);
  require(tree->children.size() == x.children);
  auto again = parse_tree(to_xml(*tree), wide_limits());
  require(again.has_value());
  remove_prefixed(*tree);
  require(same(*tree, *again));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  check_plain(text);
  auto x = parse_message(text);
  if (!x) {
    require(!x.error().detail.empty());
    return 0;
  }
  require(test::is_utf8(text));
  require(test::is_well_formed(text) || test::has_newer_name(text));
  require(text.find(x->bytes) != std::string::npos);
  if (x->is_stanza())
    check_stamp(*x);
  check_tree(*x);
  return 0;
}
