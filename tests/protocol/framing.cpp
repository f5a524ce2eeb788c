#define CAF_SUITE framing

#include "protocol/framing.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway::protocol;

CAF_TEST(an open element is one empty tag) {
  CAF_CHECK_EQUAL(open_element({"example.org", "", "id1"}),
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='example.org' "
    "id='id1' xml:lang='en' version='1.0'/>");
}

CAF_TEST(the sender of the client is echoed and escaped) {
  auto tree =
    parse_tree(open_element({"example.org", "r&'<@example.org", "1", "de"}));
  CAF_REQUIRE(tree.has_value());
  CAF_REQUIRE(tree->find("to"));
  CAF_CHECK_EQUAL(*tree->find("to"), "r&'<@example.org");
  CAF_CHECK_EQUAL(*tree->find("xml:lang"), "de");
}

CAF_TEST(a close element is in the namespace of framing) {
  auto tree = parse_tree(close_element);
  CAF_REQUIRE(tree.has_value());
  CAF_CHECK_EQUAL(tree->name, "close");
  CAF_CHECK_EQUAL(tree->ns, std::string{ns::framing});
  CAF_CHECK(tree->attributes.empty());
}
