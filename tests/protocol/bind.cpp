#define CAF_SUITE bind

#include "protocol/bind.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway::protocol;

namespace {

std::optional<bind_wish> wish_of(std::string_view xml) {
  auto tree = parse_tree(xml);
  CAF_REQUIRE(tree.has_value());
  return parse_bind(*tree);
}

std::string iq(std::string_view attributes, std::string_view child) {
  return "<iq xmlns='jabber:client' " + std::string{attributes} + '>'
         + std::string{child} + "</iq>";
}

constexpr auto empty_bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";

} // namespace

CAF_TEST(a bind without resource leaves the choice to the server) {
  auto wish = wish_of(iq("type='set' id='b1'", empty_bind));
  CAF_REQUIRE(wish.has_value());
  CAF_CHECK_EQUAL(wish->id, "b1");
  CAF_CHECK_EQUAL(wish->resource, "");
}

CAF_TEST(a resource is taken as it was sent) {
  auto wish = wish_of(iq("type='set' id='b1'",
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource> Balcony &amp; more</resource></bind>"));
  CAF_REQUIRE(wish.has_value());
  CAF_CHECK_EQUAL(wish->resource, " Balcony & more");
}

CAF_TEST(an empty resource leaves the choice to the server) {
  auto wish = wish_of(iq("type='set' id='b1'",
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource/></bind>"));
  CAF_REQUIRE(wish.has_value());
  CAF_CHECK_EQUAL(wish->resource, "");
}

CAF_TEST(nothing else is a bind) {
  for (auto& xml : {iq("type='get' id='1'", empty_bind),
         iq("type='result' id='1'", empty_bind), iq("id='1'", empty_bind),
         iq("type='set'", empty_bind), iq("type='set' id='1'", ""),
         iq("type='set' id='1'", "<bind xmlns='urn:other'/>"),
         iq("type='set' id='1'",
           "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"),
         std::string{"<message xmlns='jabber:client' type='set' id='1'><bind "
                     "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></message>"}})
    CAF_CHECK(!wish_of(xml));
}

CAF_TEST(the result names the full JID and has no sender) {
  auto tree = parse_tree(bind_result("b'1", "romeo@example.org/a<b"));
  CAF_REQUIRE(tree.has_value());
  CAF_CHECK_EQUAL(tree->ns, std::string{ns::client});
  CAF_CHECK_EQUAL(*tree->find("type"), "result");
  CAF_CHECK_EQUAL(*tree->find("id"), "b'1");
  CAF_CHECK(!tree->find("from"));
  auto* bind = tree->child("bind", ns::bind);
  CAF_REQUIRE(bind && bind->child("jid", ns::bind));
  CAF_CHECK_EQUAL(bind->child("jid")->text, "romeo@example.org/a<b");
}
