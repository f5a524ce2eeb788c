#define CAF_SUITE stanza_error

#include "protocol/stanza_error.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <set>
#include <string>

using namespace causeway::protocol;

namespace {

stanza_error condition(std::size_t i) {
  return static_cast<stanza_error>(i);
}

stream_element stanza(std::string_view xml) {
  auto x = parse_message(std::string{xml});
  CAF_REQUIRE(x.has_value());
  return *x;
}

element reply_to(std::string_view xml, stanza_error x,
  std::string_view from = {}, std::string_view text = {}) {
  auto tree = parse_tree(error_reply(stanza(xml), x, from, text));
  CAF_REQUIRE(tree.has_value());
  return *tree;
}

std::string value(const element& x, std::string_view name) {
  auto* found = x.find(name);
  return found ? *found : "(absent)";
}

} // namespace

CAF_TEST(every condition has a name of its own) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < stanza_error_count; ++i)
    names.emplace(to_string(condition(i)));
  CAF_CHECK_EQUAL(names.size(), stanza_error_count);
  CAF_CHECK_EQUAL(names.count(""), 0u);
  CAF_CHECK_EQUAL(
    std::string{to_string(condition(stanza_error_count))}, std::string{});
}

CAF_TEST(every condition has one of the five types) {
  std::set<std::string> types{"auth", "cancel", "continue", "modify", "wait"};
  for (std::size_t i = 0; i < stanza_error_count; ++i)
    CAF_CHECK_EQUAL(types.count(std::string{error_type(condition(i))}), 1u);
}

CAF_TEST(types are those that RFC 6120 section 8.3.3 recommends) {
  auto type = [](stanza_error x) { return std::string{error_type(x)}; };
  CAF_CHECK_EQUAL(type(stanza_error::bad_request), "modify");
  CAF_CHECK_EQUAL(type(stanza_error::conflict), "cancel");
  CAF_CHECK_EQUAL(type(stanza_error::forbidden), "auth");
  CAF_CHECK_EQUAL(type(stanza_error::jid_malformed), "modify");
  CAF_CHECK_EQUAL(type(stanza_error::recipient_unavailable), "wait");
  CAF_CHECK_EQUAL(type(stanza_error::remote_server_not_found), "cancel");
  CAF_CHECK_EQUAL(type(stanza_error::remote_server_timeout), "wait");
  CAF_CHECK_EQUAL(type(stanza_error::service_unavailable), "cancel");
  CAF_CHECK_EQUAL(type(stanza_error::subscription_required), "auth");
}

CAF_TEST(a reply swaps the addresses and keeps kind and id) {
  auto x = reply_to("<iq xmlns='jabber:client' type='get' id='1' "
                    "from='romeo@a/b' to='juliet@c'><q xmlns='urn:q'/></iq>",
    stanza_error::service_unavailable);
  CAF_CHECK_EQUAL(x.name, "iq");
  CAF_CHECK_EQUAL(x.ns, std::string{ns::client});
  CAF_CHECK_EQUAL(value(x, "type"), "error");
  CAF_CHECK_EQUAL(value(x, "id"), "1");
  CAF_CHECK_EQUAL(value(x, "from"), "juliet@c");
  CAF_CHECK_EQUAL(value(x, "to"), "romeo@a/b");
  CAF_REQUIRE_EQUAL(x.children.size(), 1u);
  auto& error = x.children.front();
  CAF_CHECK_EQUAL(error.name, "error");
  CAF_CHECK_EQUAL(error.ns, std::string{ns::client});
  CAF_CHECK_EQUAL(value(error, "type"), "cancel");
  CAF_CHECK(error.child("service-unavailable", ns::stanza_errors));
}

CAF_TEST(attributes that were absent stay absent) {
  auto x =
    reply_to("<message xmlns='jabber:client'/>", stanza_error::bad_request);
  CAF_CHECK_EQUAL(value(x, "id"), "(absent)");
  CAF_CHECK_EQUAL(value(x, "from"), "(absent)");
  CAF_CHECK_EQUAL(value(x, "to"), "(absent)");
}

CAF_TEST(the given sender serves only where the stanza has no addressee) {
  auto without = reply_to(
    "<message xmlns='jabber:client'/>", stanza_error::bad_request, "server");
  CAF_CHECK_EQUAL(value(without, "from"), "server");
  auto with = reply_to("<message xmlns='jabber:client' to='juliet@c'/>",
    stanza_error::bad_request, "server");
  CAF_CHECK_EQUAL(value(with, "from"), "juliet@c");
}

CAF_TEST(values and text are escaped) {
  auto x = reply_to("<presence xmlns='jabber:client' id='&lt;&apos;&amp;\"' "
                    "to='a/&apos;&#10;b'/>",
    stanza_error::jid_malformed, {}, "<&>'");
  CAF_CHECK_EQUAL(value(x, "id"), "<'&\"");
  CAF_CHECK_EQUAL(value(x, "from"), "a/'\nb");
  auto* text = x.children.front().child("text", ns::stanza_errors);
  CAF_REQUIRE(text);
  CAF_CHECK_EQUAL(text->text, "<&>'");
}

CAF_TEST(a stanza with a prefix is answered without one) {
  auto x = reply_to("<c:iq xmlns:c='jabber:client' type='set' id='1'/>",
    stanza_error::bad_request);
  CAF_CHECK_EQUAL(x.name, "iq");
  CAF_CHECK_EQUAL(x.ns, std::string{ns::client});
}

CAF_TEST(errors and results and nonzas get no reply) {
  for (auto xml : {"<message xmlns='jabber:client' type='error'/>",
         "<presence xmlns='jabber:client' type='error'/>",
         "<iq xmlns='jabber:client' type='error' id='1'/>",
         "<iq xmlns='jabber:client' type='result' id='1'/>",
         "<r xmlns='urn:xmpp:sm:3'/>", "<message xmlns='urn:other'/>"})
    CAF_CHECK_EQUAL(
      error_reply(stanza(xml), stanza_error::bad_request), std::string{});
}

CAF_TEST(a message of type result is no iq result) {
  auto x = reply_to("<message xmlns='jabber:client' type='result'/>",
    stanza_error::bad_request);
  CAF_CHECK_EQUAL(value(x, "type"), "error");
}
