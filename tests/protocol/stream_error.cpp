#define CAF_SUITE stream_error

#include "protocol/stream_error.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <set>
#include <string>

using namespace causeway::protocol;

namespace {

stream_error condition(std::size_t i) {
  return static_cast<stream_error>(i);
}

} // namespace

CAF_TEST(every condition has a name of its own) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < stream_error_count; ++i)
    names.emplace(to_string(condition(i)));
  CAF_CHECK_EQUAL(names.size(), stream_error_count);
  CAF_CHECK_EQUAL(names.count(""), 0u);
  CAF_CHECK_EQUAL(
    std::string{to_string(condition(stream_error_count))}, std::string{});
  for (auto& name : names)
    CAF_CHECK(
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == name.npos);
}

CAF_TEST(every condition makes an element that stands alone) {
  for (std::size_t i = 0; i < stream_error_count; ++i) {
    auto tree = parse_tree(to_xml(condition(i)));
    CAF_REQUIRE(tree.has_value());
    CAF_CHECK_EQUAL(tree->name, "error");
    CAF_CHECK_EQUAL(tree->ns, std::string{ns::streams});
    CAF_REQUIRE_EQUAL(tree->children.size(), 1u);
    auto& child = tree->children.front();
    CAF_CHECK_EQUAL(child.name, std::string{to_string(condition(i))});
    CAF_CHECK_EQUAL(child.ns, std::string{ns::stream_errors});
  }
}

CAF_TEST(the prefix is the literal one that clients look for) {
  CAF_CHECK_EQUAL(to_xml(stream_error::not_well_formed),
    "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
    "<not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    "</stream:error>");
}

CAF_TEST(text is escaped and stands before the application condition) {
  auto xml = to_xml(
    stream_error::undefined_condition, "a<b & 'c'", "<x xmlns='urn:x'/>");
  auto tree = parse_tree(xml);
  CAF_REQUIRE(tree.has_value());
  CAF_REQUIRE_EQUAL(tree->children.size(), 3u);
  CAF_CHECK_EQUAL(tree->children[1].name, "text");
  CAF_CHECK_EQUAL(tree->children[1].ns, std::string{ns::stream_errors});
  CAF_CHECK_EQUAL(tree->children[1].text, "a<b & 'c'");
  CAF_CHECK_EQUAL(tree->children[2].ns, "urn:x");
}
