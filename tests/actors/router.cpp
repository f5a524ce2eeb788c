#define CAF_SUITE router

#include "actors/routing/router.hpp"

#include "actors/inspect/actor_tree.hpp"
#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <memory>
#include <string>

using namespace causeway;
using namespace causeway::test;

namespace {

constexpr auto romeo = "romeo@localhost/orchard";
constexpr auto juliet = "juliet@localhost/balcony";
constexpr auto chamber = "juliet@localhost/chamber";

struct fixture : routing_fixture {
  fixture() {
    start_router();
    from = bind(1, romeo);
  }

  void chat_to(const std::string& to, const std::string& id) {
    chat(1, romeo, to, id);
  }
  void end(route_id route) {
    anon_send(router_handle, route_removed{route});
    consume_messages();
  }
  /// Kills the router before what is said next reaches it.
  void kill_router() { anon_send_exit(router_handle, caf::exit_reason::kill); }
  /// As node and registry do.
  void replace_router(const std::string& full, const link_actor& link) {
    router_handle = spawn_router();
    anon_send(router_handle, route_added{romeo, 1, from});
    anon_send(router_handle, route_added{full, 2, link});
    door->set(router_handle);
    consume_messages();
  }
  std::uint64_t count(counter x) const { return counts->get(x); }

  link_actor from;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(router_tests, fixture)

CAF_TEST(a message goes to the link of its addressee in one step) {
  auto to = bind(2, juliet);
  auto credit = std::make_shared<int>(1);
  auto x = std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' id='a' from='" + std::string{romeo}
          + "' to='" + juliet + "'/>"),
    1, door, credit);
  auto element = x->stanza();
  door->send(stanza_in{std::move(x)});
  expect((stanza_in), to(router_handle));
  expect((stanza_out), from(router_handle).to(to));
  auto& got = *at(to).taken.at(0);
  // The same element, for the addressee, with the credit of the sender.
  CAF_CHECK(got.stanza() == element);
  CAF_CHECK_EQUAL(got.route(), 2u);
  CAF_CHECK(got.way() == direction::out);
  CAF_CHECK(got.credit() == credit);
  CAF_CHECK_EQUAL(count(counter::stanzas_routed), 1u);
}

CAF_TEST(stanzas for a session that is not ready wait for its link) {
  anon_send(router_handle, route_added{juliet, 2, {}});
  chat_to(juliet, "a");
  say(2, "<presence id='b' from='" + std::string{juliet} + "'/>");
  chat_to(juliet, "c");
  consume_messages();
  auto to = bind(2, juliet);
  chat_to(juliet, "d");
  consume_messages();
  CAF_CHECK_EQUAL(at(to).ids(), "a b c d ");
}

CAF_TEST(what waits for a session that ends before it is ready is stored) {
  anon_send(router_handle, route_added{juliet, 2, {}});
  chat_to(juliet, "a");
  consume_messages();
  end(2);
  CAF_CHECK_EQUAL(at(offline_handle).ids(), "a ");
}

CAF_TEST(what waits for a link outlives the router and blocks nothing) {
  anon_send(router_handle, route_added{juliet, 2, {}});
  chat_to(juliet, "a");
  consume_messages();
  kill_router();
  consume_messages();
  chat_to(juliet, "b");
  auto to = sys.spawn(recording_link);
  links.push_back(to);
  replace_router(juliet, to);
  chat_to(juliet, "c");
  consume_messages();
  CAF_CHECK_EQUAL(at(to).ids(), "a b c ");
}

CAF_TEST(a new router lets them wait on until the link is ready) {
  anon_send(router_handle, route_added{juliet, 2, {}});
  chat_to(juliet, "a");
  consume_messages();
  kill_router();
  chat_to(juliet, "b");
  replace_router(juliet, {});
  chat_to(juliet, "c");
  consume_messages();
  auto to = bind(2, juliet);
  CAF_CHECK_EQUAL(at(to).ids(), "a b c ");
}

CAF_TEST(a copy that waits for a link is not delivered twice) {
  // Available before its link is known.
  anon_send(router_handle, route_added{juliet, 2, {}});
  say(2, "<presence id='p' from='" + std::string{juliet} + "'/>");
  auto other = bind(3, chamber, true);
  at(other).settle();
  chat_to("juliet@localhost", "a");
  consume_messages();
  CAF_CHECK_EQUAL(at(other).ids(), "a ");
  kill_router();
  consume_messages();
  router_handle = spawn_router();
  anon_send(router_handle, route_added{romeo, 1, from});
  anon_send(router_handle, route_added{juliet, 2, {}});
  anon_send(router_handle, route_added{chamber, 3, other});
  door->send(presence_restored{3, parse("<presence xmlns='jabber:client' from='"
                                        + std::string{chamber} + "'/>")});
  door->set(router_handle);
  consume_messages();
  auto to = bind(2, juliet);
  // Its own presence, that of the other resource, and the message.
  CAF_CHECK_EQUAL(at(to).ids(), "p  a ");
  CAF_CHECK_EQUAL(at(other).ids(), "a ");
}

CAF_TEST(what waited for a session that ends goes to its successor) {
  auto old = bind(2, juliet);
  chat_to(juliet, "a");
  chat_to(juliet, "b");
  consume_messages();
  // The session ends: what was not acknowledged comes back.
  auto unacked = std::move(at(old).taken);
  unacked.clear();
  consume_messages();
  anon_send(router_handle, route_added{juliet, 3, {}});
  chat_to(juliet, "c");
  anon_send(router_handle, route_removed{2});
  consume_messages();
  auto to = bind(3, juliet);
  chat_to(juliet, "d");
  consume_messages();
  CAF_CHECK_EQUAL(at(to).ids(), "a b c d ");
}

CAF_TEST(copies share the read credit) {
  auto one = bind(2, juliet, true);
  auto two = bind(3, chamber, true);
  at(one).settle();
  at(two).settle();
  auto credit = std::make_shared<int>(1);
  std::weak_ptr<int> watch = credit;
  door->send(stanza_in{std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' id='a' from='" + std::string{romeo}
          + "' to='juliet@localhost'/>"),
    1, door, std::move(credit))});
  consume_messages();
  CAF_CHECK_EQUAL(at(one).ids(), "a ");
  CAF_CHECK_EQUAL(at(two).ids(), "a ");
  at(one).settle();
  CAF_CHECK(!watch.expired());
  at(two).settle();
  CAF_CHECK(watch.expired());
}

CAF_TEST(an error goes back to the sender with its credit) {
  auto credit = std::make_shared<int>(1);
  door->send(stanza_in{std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' id='a' from='" + std::string{romeo}
          + "' to='" + juliet + "'/>"),
    1, door, credit)});
  consume_messages();
  auto& reply = at(from).last();
  CAF_CHECK_EQUAL(reply.type, "error");
  CAF_CHECK_EQUAL(reply.id, "a");
  CAF_CHECK_EQUAL(reply.from, juliet);
  CAF_CHECK_EQUAL(reply.to, romeo);
  CAF_CHECK(reply.bytes.find("service-unavailable") != std::string::npos);
  CAF_CHECK(at(from).taken.back()->credit() == credit);
  CAF_CHECK_EQUAL(count(counter::stanzas_bounced), 1u);
  CAF_CHECK_EQUAL(count(counter::stanzas_returned), 0u);
}

CAF_TEST(an error is never answered) {
  say(1, "<message type='error' id='a' from='" + std::string{romeo} + "' to='"
           + juliet + "'/>");
  consume_messages();
  CAF_CHECK(at(from).taken.empty());
  CAF_CHECK_EQUAL(count(counter::stanzas_dropped), 1u);
}

CAF_TEST(an iq for the account goes to the domain and its answer comes back) {
  auto domain = sys.spawn(recording_domain);
  domain_cell->set(domain);
  say(1, "<iq type='get' id='a' from='" + std::string{romeo}
           + "'><ping xmlns='urn:xmpp:ping'/></iq>");
  consume_messages();
  auto& asked = deref<domain_recorder>(domain).state;
  CAF_CHECK_EQUAL(asked.ids(), "a ");
  asked.settle();
  anon_send(router_handle,
    stanza_made{parse("<iq xmlns='jabber:client' type='result' id='a' to='"
                      + std::string{romeo} + "'/>")});
  consume_messages();
  CAF_CHECK_EQUAL(at(from).ids(), "a ");
}

CAF_TEST(an iq whose domain is dead is refused) {
  auto domain = sys.spawn(recording_domain);
  domain_cell->set(domain);
  anon_send_exit(domain, caf::exit_reason::kill);
  consume_messages();
  say(1, "<iq type='get' id='a' from='" + std::string{romeo}
           + "'><ping xmlns='urn:xmpp:ping'/></iq>");
  consume_messages();
  CAF_CHECK_EQUAL(at(from).last().type, "error");
  CAF_CHECK_EQUAL(at(from).taken.size(), 1u);
}

CAF_TEST(a killed link loses no message and the other resource has them) {
  auto one = bind(2, juliet, true, 5);
  auto two = bind(3, chamber, true, 1);
  at(two).settle();
  chat_to(juliet, "a");
  consume_messages();
  kill(one);
  for (auto id : {"b", "c", "d"})
    chat_to(juliet, id);
  // The router fills the mailbox of a link that is about to die; what follows
  // meets it dead and must not overtake them.
  for (int i = 0; i < 3; ++i)
    expect((stanza_in), to(router_handle));
  consume_messages();
  chat_to(juliet, "e");
  chat_to("juliet@localhost", "f");
  consume_messages();
  CAF_CHECK_EQUAL(at(two).ids(), "");
  end(2);
  // Unavailable of the other resource, then the messages. The first one had
  // been taken.
  CAF_CHECK_EQUAL(at(two).taken.at(0)->stanza()->type, "unavailable");
  CAF_CHECK_EQUAL(at(two).ids(), " b c d e f ");
  CAF_CHECK_EQUAL(count(counter::stanzas_bounced), 0u);
}

CAF_TEST(stanzas that come back in another order are put right) {
  auto one = bind(2, juliet, true, 5);
  auto two = bind(3, chamber, true, 1);
  at(two).settle();
  for (auto id : {"a", "b", "c"})
    chat_to(juliet, id);
  consume_messages();
  // The resend queue ends after the mailbox.
  auto taken = std::move(at(one).taken);
  taken.erase(taken.begin());          // its own presence
  CAF_REQUIRE_EQUAL(taken.size(), 4u); // presence of the other, three messages
  taken.erase(taken.begin());
  std::swap(taken[0], taken[2]);
  for (auto& x : taken)
    x.reset();
  consume_messages();
  end(2);
  CAF_CHECK_EQUAL(at(two).ids(), " a b c ");
}

CAF_TEST(a session that gave something back gets nothing more) {
  auto one = bind(2, juliet, true, 5);
  auto two = bind(3, chamber, true, 1);
  at(one).settle();
  at(two).settle();
  chat_to(juliet, "a");
  consume_messages();
  // Its tracker dies; the link does not know yet.
  at(one).taken.clear();
  chat_to(juliet, "b");
  consume_messages();
  CAF_CHECK_EQUAL(at(one).ids(), "");
  end(2);
  CAF_CHECK_EQUAL(at(two).ids(), " a b ");
}

CAF_TEST(without another resource messages are stored in order) {
  auto to = bind(2, juliet);
  kill(to);
  for (auto id : {"a", "b", "c"})
    chat_to(juliet, id);
  consume_messages();
  CAF_CHECK_EQUAL(at(offline_handle).ids(), "");
  end(2);
  CAF_CHECK_EQUAL(at(offline_handle).ids(), "a b c ");
  CAF_CHECK_EQUAL(count(counter::stanzas_returned), 3u);
  CAF_CHECK(at(from).taken.empty());
}

CAF_TEST(without another resource the sender of a request gets an error) {
  auto to = bind(2, juliet);
  kill(to);
  for (auto id : {"a", "b"})
    say(1, "<iq type='get' id='" + std::string{id} + "' from='" + romeo
             + "' to='" + juliet + "'><ping xmlns='urn:xmpp:ping'/></iq>");
  consume_messages();
  end(2);
  CAF_CHECK_EQUAL(at(from).ids(), "a b ");
  for (auto& x : at(from).taken)
    CAF_CHECK_EQUAL(x->stanza()->type, "error");
  CAF_CHECK_EQUAL(count(counter::stanzas_bounced), 2u);
}

CAF_TEST(a copy that comes back is not delivered twice) {
  auto one = bind(2, juliet, true);
  auto two = bind(3, chamber, true);
  at(one).settle();
  at(two).settle();
  kill(one);
  chat_to("juliet@localhost", "a");
  consume_messages();
  end(2);
  CAF_CHECK_EQUAL(at(two).ids(), "a  ");
  CAF_CHECK(at(from).taken.empty());
}

CAF_TEST(a stanza that comes back too often is refused) {
  auto to = bind(2, juliet);
  auto x = std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' type='chat' id='a' from='"
          + std::string{romeo} + "' to='" + juliet + "'/>"),
    1, door, nullptr, 4);
  anon_send(router_handle, stanza_returned{std::move(x)});
  consume_messages();
  CAF_CHECK(at(to).taken.empty());
  CAF_CHECK_EQUAL(at(from).last().type, "error");
}

CAF_TEST(a killed router loses nothing and keeps the order) {
  auto to = bind(2, juliet);
  kill_router();
  for (auto id : {"a", "b", "c"})
    chat_to(juliet, id);
  consume_messages();
  CAF_CHECK_EQUAL(door->waiting(), 3u);
  chat_to(juliet, "d");
  CAF_CHECK_EQUAL(door->waiting(), 4u);
  replace_router(juliet, to);
  CAF_CHECK_EQUAL(at(to).ids(), "a b c d ");
  CAF_CHECK_EQUAL(door->waiting(), 0u);
}

CAF_TEST(what the dead router gives back late is not overtaken) {
  auto to = bind(2, juliet);
  auto chat_stanza = [this](const std::string& id) {
    return make(1, "<message type='chat' id='" + id + "' from='"
                     + std::string{romeo} + "' to='" + juliet + "'/>");
  };
  auto first = chat_stanza("a");
  auto second = chat_stanza("b");
  door->suspend();
  door->send(stanza_in{std::move(second)});
  first.reset();
  CAF_CHECK_EQUAL(door->waiting(), 2u);
  door->set(router_handle);
  consume_messages();
  CAF_CHECK_EQUAL(at(to).ids(), "a b ");
}

CAF_TEST(stanzas that wait keep their read credit) {
  auto credit = std::make_shared<int>(1);
  kill_router();
  door->send(stanza_in{std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' from='" + std::string{romeo}
          + "' to='" + juliet + "'/>"),
    1, door, credit)});
  consume_messages();
  CAF_CHECK_EQUAL(credit.use_count(), 2);
}

CAF_TEST(what waits counts no return against its addressee) {
  auto to = bind(2, juliet);
  kill_router();
  consume_messages();
  // Met dead; then waits.
  chat_to(juliet, "a");
  replace_router(juliet, to);
  CAF_CHECK_EQUAL(at(to).taken.at(0)->returns(), 0u);
}

CAF_TEST(a restored presence reaches the new router before the stanzas) {
  auto to = bind(2, juliet);
  kill_router();
  consume_messages();
  chat_to("juliet@localhost", "a");
  door->send(presence_restored{2, parse("<presence xmlns='jabber:client' from='"
                                        + std::string{juliet} + "'/>")});
  replace_router(juliet, to);
  CAF_CHECK_EQUAL(at(to).ids(), "a ");
}

CAF_TEST(a closed door lets go of everything) {
  auto credit = std::make_shared<int>(1);
  kill_router();
  door->send(stanza_in{std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' from='" + std::string{romeo}
          + "' to='" + juliet + "'/>"),
    1, door, credit)});
  consume_messages();
  door->close();
  CAF_CHECK_EQUAL(credit.use_count(), 1);
  CAF_CHECK_EQUAL(count(counter::stanzas_lost), 1u);
  chat_to(juliet, "a");
  make(1, "<message/>").reset();
  CAF_CHECK_EQUAL(count(counter::stanzas_lost), 3u);
  CAF_CHECK_EQUAL(door->waiting(), 0u);
}

CAF_TEST(a removed route says unavailable for it) {
  auto one = bind(2, juliet, true);
  auto two = bind(3, chamber, true);
  at(two).settle();
  end(2);
  CAF_CHECK_EQUAL(at(two).last().type, "unavailable");
  CAF_CHECK_EQUAL(at(two).last().from, juliet);
}

CAF_TEST(a snapshot tells the routes) {
  bind(2, juliet, true);
  self->send(router_handle, inspect_request{});
  consume_messages();
  self->receive([](const actor_snapshot& s) {
    CAF_CHECK_EQUAL(s.kind, "router");
    CAF_CHECK_EQUAL(field(s, "routes"), "2");
    CAF_CHECK_EQUAL(field(s, "available"), "1");
  });
}

CAF_TEST_FIXTURE_SCOPE_END()
