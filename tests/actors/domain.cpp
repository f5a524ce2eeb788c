#define CAF_SUITE domain

#include "actors/domain/domain.hpp"

#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <memory>
#include <string>

using namespace causeway;
using namespace causeway::test;

namespace {

struct fixture : routing_fixture {
  fixture() {
    start_router();
    domain_handle =
      sys.spawn(domain, door, std::vector<std::string>{"localhost"}, counts);
    domain_cell->set(domain_handle);
    client = bind(1, "romeo@localhost/orchard");
  }
  ~fixture() override {
    domain_cell->set({});
    anon_send_exit(domain_handle, caf::exit_reason::kill);
    anon_send_exit(router_handle, caf::exit_reason::kill);
  }

  /// The answer to an iq, or an empty element.
  protocol::element ask(const std::string& to, const std::string& type,
    const std::string& payload) {
    return send("<iq id='7' from='romeo@localhost/orchard' type='" + type + "'"
                + (to.empty() ? "" : " to='" + to + "'") + ">" + payload
                + "</iq>");
  }
  protocol::element send(const std::string& xml) {
    at(client).settle();
    say(1, xml);
    consume_messages();
    if (at(client).taken.empty())
      return {};
    CAF_CHECK_EQUAL(at(client).taken.size(), 1u);
    auto tree = protocol::parse_tree(at(client).last().bytes);
    CAF_REQUIRE(tree.has_value());
    return *tree;
  }

  static std::string get(const protocol::element& x, std::string_view name) {
    auto* value = x.find(name);
    return value ? *value : "(none)";
  }
  /// "result", or the condition of the error.
  static std::string outcome(const protocol::element& x) {
    auto* error = x.child("error");
    return error && !error->children.empty() ? error->children[0].name
                                             : get(x, "type");
  }

  domain_actor domain_handle;
  link_actor client;
};

constexpr auto ping = "<ping xmlns='urn:xmpp:ping'/>";
constexpr auto info = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
constexpr auto items =
  "<query xmlns='http://jabber.org/protocol/disco#items'/>";
constexpr auto version = "<query xmlns='jabber:iq:version'/>";
constexpr auto session =
  "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>";
constexpr auto roster = "<query xmlns='jabber:iq:roster'/>";

} // namespace

CAF_TEST_FIXTURE_SCOPE(domain_tests, fixture)

CAF_TEST(a ping is answered by whom it was sent to) {
  for (auto to : {"localhost", "romeo@localhost", ""}) {
    auto x = ask(to, "get", ping);
    CAF_CHECK_EQUAL(outcome(x), "result");
    CAF_CHECK_EQUAL(get(x, "id"), "7");
    CAF_CHECK_EQUAL(get(x, "to"), "romeo@localhost/orchard");
    CAF_CHECK_EQUAL(get(x, "from"), *to ? to : "romeo@localhost");
    CAF_CHECK(x.children.empty());
  }
}

CAF_TEST(a domain says what it is and can) {
  auto x = ask("localhost", "get", info);
  CAF_REQUIRE(!x.children.empty());
  auto& query = x.children[0];
  auto* identity = query.child("identity");
  CAF_REQUIRE(identity);
  CAF_CHECK_EQUAL(get(*identity, "category"), "server");
  CAF_CHECK_EQUAL(get(*identity, "type"), "im");
  CAF_CHECK_EQUAL(get(*identity, "name"), "Causeway");
  std::string features;
  for (auto& child : query.children)
    if (child.name == "feature")
      features += get(child, "var") + ' ';
  CAF_CHECK_EQUAL(features, "http://jabber.org/protocol/disco#info "
                            "http://jabber.org/protocol/disco#items "
                            "urn:xmpp:ping jabber:iq:version msgoffline ");
}

CAF_TEST(an account says that it is one) {
  auto x = ask("", "get", info);
  CAF_REQUIRE(!x.children.empty());
  auto* identity = x.children[0].child("identity");
  CAF_REQUIRE(identity);
  CAF_CHECK_EQUAL(get(*identity, "category"), "account");
  CAF_CHECK_EQUAL(get(*identity, "type"), "registered");
}

CAF_TEST(there are no items and no nodes) {
  auto x = ask("localhost", "get", items);
  CAF_CHECK_EQUAL(outcome(x), "result");
  CAF_REQUIRE(!x.children.empty());
  CAF_CHECK(x.children[0].children.empty());
  auto node = "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>";
  CAF_CHECK_EQUAL(outcome(ask("localhost", "get", node)), "item-not-found");
}

CAF_TEST(a domain says its version and no operating system) {
  auto x = ask("localhost", "get", version);
  CAF_REQUIRE(!x.children.empty());
  auto& query = x.children[0];
  CAF_REQUIRE_EQUAL(query.children.size(), 2u);
  CAF_CHECK_EQUAL(query.children[0].text, "Causeway");
  CAF_CHECK_EQUAL(query.children[1].text, CAUSEWAY_VERSION);
}

CAF_TEST(the session request of old clients succeeds) {
  for (auto to : {"localhost", ""})
    CAF_CHECK_EQUAL(outcome(ask(to, "set", session)), "result");
}

CAF_TEST(what is not offered is unavailable) {
  CAF_CHECK_EQUAL(outcome(ask("", "get", roster)), "service-unavailable");
  CAF_CHECK_EQUAL(
    outcome(ask("localhost", "set", ping)), "service-unavailable");
  CAF_CHECK_EQUAL(
    outcome(ask("localhost", "get", "<a xmlns='b'/>")), "service-unavailable");
}

CAF_TEST(another account tells nothing whatever is asked) {
  for (auto payload : {ping, info, items, version, roster})
    CAF_CHECK_EQUAL(
      outcome(ask("juliet@localhost", "get", payload)), "service-unavailable");
}

CAF_TEST(a message to the domain is refused and a presence ignored) {
  CAF_CHECK_EQUAL(outcome(send("<message from='romeo@localhost/orchard' "
                               "to='localhost'><body>x</body></message>")),
    "service-unavailable");
  CAF_CHECK_EQUAL(send("<presence from='romeo@localhost/orchard' "
                       "to='localhost'/>")
                    .name,
    "");
}

CAF_TEST(an answer takes over the read credit) {
  auto credit = std::make_shared<int>(1);
  door->send(stanza_in{std::make_shared<delivery>(
    parse("<iq xmlns='jabber:client' type='get' id='a' "
          "from='romeo@localhost/orchard'><ping xmlns='urn:xmpp:ping'/></iq>"),
    1, door, credit)});
  consume_messages();
  CAF_CHECK(at(client).taken.at(0)->credit() == credit);
}

CAF_TEST(a killed domain answers after all once there is a new one) {
  anon_send_exit(domain_handle, caf::exit_reason::kill);
  say(1, "<iq id='7' from='romeo@localhost/orchard' type='get'>"
         "<ping xmlns='urn:xmpp:ping'/></iq>");
  expect((stanza_in), to(router_handle));
  domain_handle =
    sys.spawn(domain, door, std::vector<std::string>{"localhost"}, counts);
  domain_cell->set(domain_handle);
  consume_messages();
  CAF_CHECK_EQUAL(at(client).last().type, "result");
}

CAF_TEST_FIXTURE_SCOPE_END()
