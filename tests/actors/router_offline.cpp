#define CAF_SUITE router_offline

#include "actors/routing/router.hpp"
#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr auto romeo = "romeo@localhost/orchard";
constexpr auto juliet = "juliet@localhost/balcony";
constexpr auto chamber = "juliet@localhost/chamber";
constexpr auto account = "juliet@localhost";

/// How a loan of the store ended.
struct loan_end {
  bool ended = false;
  bool delivered = false;
};

struct loan : stored_original {
  explicit loan(std::shared_ptr<loan_end> x) : end{std::move(x)} {}
  ~loan() override { end->ended = true; }
  void delivered() noexcept override { end->delivered = true; }
  std::int64_t number() const noexcept override { return 1; }
  std::shared_ptr<loan_end> end;
};

struct fixture : routing_fixture {
  fixture() {
    store_answers = false;
    start_router();
    from = bind(1, romeo);
  }

  recorder& store() { return at(offline_handle); }
  std::string wanted() {
    std::string out;
    for (auto& x : store().wanted)
      out += std::to_string(x.route) + ' ' + x.account + ' ';
    store().wanted.clear();
    return out;
  }
  std::string unwanted() {
    std::string out;
    for (auto x : store().unwanted)
      out += std::to_string(x) + ' ';
    return out;
  }
  void chat_to(const std::string& to, const std::string& id) {
    chat(1, romeo, to, id);
    consume_messages();
  }
  void presence(route_id route, const std::string& full, int priority) {
    say(route, "<presence from='" + full + "'><priority>"
                 + std::to_string(priority) + "</priority></presence>");
    consume_messages();
  }
  void unavailable(route_id route, const std::string& full) {
    say(route, "<presence type='unavailable' from='" + full + "'/>");
    consume_messages();
  }
  void end(route_id route) {
    anon_send(router_handle, route_removed{route});
    consume_messages();
  }
  delivery_ptr stored(route_id route, const std::string& id) {
    ends[id] = std::make_shared<loan_end>();
    return std::make_shared<delivery>(
      parse("<message xmlns='jabber:client' id='" + id + "' from='" + romeo
            + "' to='" + account + "'><body>x</body></message>"),
      route, door, nullptr, 0, direction::waiting,
      stanza_origin{0, {}, std::make_shared<loan>(ends[id])});
  }
  void batch(
    route_id route, std::initializer_list<const char*> ids, bool complete) {
    offline_batch x{route, {}, complete};
    for (auto id : ids)
      x.stanzas.push_back(stored(route, id));
    anon_send(router_handle, std::move(x));
    consume_messages();
  }
  /// A session of juliet that gets its presence, and nothing stored.
  link_actor quiet(route_id route, const std::string& full, int priority) {
    auto x = bind(route, full, true, priority);
    batch(route, {}, true);
    at(x).settle();
    store().wanted.clear();
    return x;
  }

  link_actor from;
  std::map<std::string, std::shared_ptr<loan_end>> ends;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(router_offline_tests, fixture)

CAF_TEST(a message that nobody takes goes to the store with its credit) {
  auto credit = std::make_shared<int>(1);
  door->send(stanza_in{std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' id='a' from='" + std::string{romeo}
          + "' to='Juliet@localhost'><body>x</body></message>"),
    1, door, credit)});
  consume_messages();
  CAF_CHECK_EQUAL(store().ids(), "a ");
  CAF_CHECK_EQUAL(store().accounts.at(0), account);
  CAF_CHECK(store().taken.at(0)->credit() == credit);
  CAF_CHECK(at(from).taken.empty());
}

CAF_TEST(who takes messages gets what is stored before what comes later) {
  auto to = bind(2, juliet);
  presence(2, juliet, 0);
  CAF_CHECK_EQUAL(wanted(), "2 juliet@localhost ");
  at(to).settle();
  chat_to(account, "c");
  chat_to(juliet, "d");
  CAF_CHECK_EQUAL(at(to).ids(), "");
  batch(2, {"a", "b"}, true);
  chat_to(account, "e");
  CAF_CHECK_EQUAL(at(to).ids(), "a b c d e ");
  CAF_CHECK_EQUAL(store().ids(), "");
  CAF_CHECK(!ends["a"]->ended);
  at(to).settle();
  CAF_CHECK(ends["a"]->delivered);
  CAF_CHECK(ends["b"]->delivered);
}

CAF_TEST(a negative priority gets nothing until it is raised) {
  bind(2, juliet);
  presence(2, juliet, -1);
  CAF_CHECK_EQUAL(wanted(), "");
  chat_to(account, "a");
  CAF_CHECK_EQUAL(store().ids(), "a ");
  presence(2, juliet, 1);
  CAF_CHECK_EQUAL(wanted(), "2 juliet@localhost ");
  batch(2, {}, true);
  presence(2, juliet, 2);
  CAF_CHECK_EQUAL(wanted(), "");
}

CAF_TEST(behind a long backlog messages are stored and requests are not ) {
  auto to = bind(2, juliet, true);
  at(to).settle();
  wanted();
  chat_to(account, "c");
  batch(2, {"a", "b"}, false);
  CAF_CHECK_EQUAL(at(to).ids(), "a b ");
  CAF_CHECK_EQUAL(store().ids(), "c ");
  chat_to(juliet, "d");
  say(1, "<iq type='get' id='i' from='" + std::string{romeo} + "' to='" + juliet
           + "'><ping xmlns='urn:xmpp:ping'/></iq>");
  consume_messages();
  CAF_CHECK_EQUAL(at(to).ids(), "a b i ");
  CAF_CHECK_EQUAL(store().ids(), "c d ");
  at(to).settle();
  // The rest, then what came since, once more.
  batch(2, {"c"}, true);
  CAF_CHECK_EQUAL(wanted(), "2 juliet@localhost ");
  chat_to(account, "e");
  batch(2, {"d"}, true);
  CAF_CHECK_EQUAL(at(to).ids(), "c d e ");
  chat_to(account, "f");
  CAF_CHECK_EQUAL(at(to).ids(), "c d e f ");
  CAF_CHECK_EQUAL(wanted(), "");
}

CAF_TEST(who goes away while it waits lets others have the messages) {
  auto to = bind(2, juliet, true);
  at(to).settle();
  chat_to(account, "a");
  unavailable(2, juliet);
  CAF_CHECK_EQUAL(unwanted(), "2 ");
  CAF_CHECK_EQUAL(store().ids(), "a ");
  // Too late for it.
  batch(2, {"b"}, true);
  CAF_CHECK_EQUAL(at(to).ids(), " ");
  CAF_CHECK(ends["b"]->ended);
  CAF_CHECK(!ends["b"]->delivered);
}

CAF_TEST(another session goes on where one has ended) {
  auto one = bind(2, juliet, true, 5);
  at(one).settle();
  batch(2, {"a", "b"}, false);
  auto two = bind(3, chamber, true, 1);
  batch(3, {}, true);
  wanted();
  at(two).settle();
  at(one).taken.clear();
  consume_messages();
  end(2);
  // What the first had not acknowledged; the store has the rest.
  CAF_CHECK_EQUAL(at(two).ids(), " a b ");
  CAF_CHECK_EQUAL(wanted(), "3 juliet@localhost ");
  CAF_CHECK(!ends["a"]->ended);
}

CAF_TEST(a stored message that comes back to nobody stays stored) {
  auto to = bind(2, juliet, true);
  at(to).settle();
  batch(2, {"a"}, true);
  chat_to(juliet, "b");
  at(to).taken.clear();
  consume_messages();
  end(2);
  CAF_CHECK(ends["a"]->ended);
  CAF_CHECK(!ends["a"]->delivered);
  // The live one is stored behind it.
  CAF_CHECK_EQUAL(store().ids(), "b ");
  CAF_CHECK(at(from).taken.empty());
}

CAF_TEST(a message of a dead session tells the other one when it was sent) {
  auto one = quiet(2, juliet, 5);
  auto two = quiet(3, chamber, 1);
  auto sent = std::chrono::sys_days{std::chrono::January / 2 / 2026} + 3h;
  door->send(stanza_in{std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' id='a' from='" + std::string{romeo}
          + "' to='" + juliet + "'><body>x</body></message>"),
    1, door, nullptr, 0, direction::in, stanza_origin{0, sent, nullptr})});
  consume_messages();
  CAF_CHECK_EQUAL(at(one).last().bytes.find("delay"), std::string::npos);
  at(one).taken.clear();
  at(two).settle();
  consume_messages();
  end(2);
  auto& got = at(two).last().bytes;
  CAF_CHECK_NOT_EQUAL(got.find("from='localhost'"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(got.find("stamp='2026-01-02T03:00:00"), got.npos);
}

CAF_TEST(a message of a dead session is stored with its time) {
  auto one = quiet(2, juliet, 5);
  auto sent = std::chrono::sys_days{std::chrono::January / 2 / 2026} + 3h;
  auto x = std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' id='a' from='" + std::string{romeo}
          + "' to='" + juliet + "'><body>x</body></message>"),
    1, door, nullptr, 0, direction::in, stanza_origin{0, sent, nullptr});
  auto bytes = x->stanza()->bytes;
  door->send(stanza_in{std::move(x)});
  consume_messages();
  at(one).taken.clear();
  consume_messages();
  end(2);
  CAF_CHECK_EQUAL(store().ids(), "a ");
  CAF_CHECK(store().taken.at(0)->born() == sent);
  CAF_CHECK_EQUAL(store().last().bytes, bytes);
}

CAF_TEST(messages wait in order for a store that died) {
  chat_to(account, "a");
  chat_to(account, "b");
  // It drops what it held; the node has not replaced it yet.
  anon_send_exit(offline_handle, caf::exit_reason::kill);
  auto held = std::move(store().taken);
  std::swap(held[0], held[1]);
  consume_messages();
  held.clear();
  consume_messages();
  chat_to(account, "c");
  offline_handle = sys.spawn(recording_offline_store, nullptr);
  offline_cell->set(offline_handle);
  chat_to(account, "d");
  CAF_CHECK_EQUAL(store().ids(), "");
  anon_send(router_handle, offline_ready{});
  consume_messages();
  CAF_CHECK_EQUAL(store().ids(), "a b c d ");
  CAF_CHECK(at(from).taken.empty());
}

CAF_TEST(what comes back late from a store goes to the one that lives) {
  chat_to(account, "a");
  auto held = std::move(store().taken);
  offline_handle = sys.spawn(recording_offline_store, nullptr);
  auto old = offline_cell->get();
  offline_cell->set(offline_handle);
  anon_send_exit(old, caf::exit_reason::kill);
  anon_send(router_handle, offline_ready{});
  consume_messages();
  held.clear();
  consume_messages();
  CAF_CHECK_EQUAL(store().ids(), "a ");
}

CAF_TEST(a message that kills the store again and again is refused) {
  auto x = std::make_shared<delivery>(
    parse("<message xmlns='jabber:client' id='a' from='" + std::string{romeo}
          + "' to='" + account + "'><body>x</body></message>"),
    1, door, nullptr, 4, direction::storing);
  anon_send(router_handle, stanza_returned{std::move(x)});
  consume_messages();
  CAF_CHECK_EQUAL(at(from).last().type, "error");
}

CAF_TEST(a new store is asked again for whoever waits) {
  bind(2, juliet, true);
  wanted();
  anon_send(router_handle, offline_ready{});
  consume_messages();
  CAF_CHECK_EQUAL(wanted(), "2 juliet@localhost ");
}

CAF_TEST(a new router asks for every session and loses nothing held back) {
  auto to = bind(2, juliet, true);
  at(to).settle();
  wanted();
  chat_to(account, "b");
  anon_send_exit(router_handle, caf::exit_reason::kill);
  consume_messages();
  router_handle = spawn_router();
  anon_send(router_handle, route_added{romeo, 1, from});
  anon_send(router_handle, route_added{juliet, 2, to});
  door->send(presence_restored{2, parse("<presence xmlns='jabber:client' from='"
                                        + std::string{juliet} + "'/>")});
  door->set(router_handle);
  consume_messages();
  CAF_CHECK_EQUAL(wanted(), "2 juliet@localhost ");
  batch(2, {"a"}, true);
  CAF_CHECK_EQUAL(at(to).ids(), "a b ");
}

CAF_TEST(of two equal devices the one with a backlog gets no live copies) {
  auto one = quiet(2, juliet, 1);
  auto two = bind(3, chamber, true, 1);
  batch(3, {"a"}, false);
  at(one).settle();
  chat_to(account, "b");
  CAF_CHECK_EQUAL(at(one).ids(), "b ");
  CAF_CHECK_EQUAL(store().ids(), "");
  end(2);
  chat_to(account, "c");
  CAF_CHECK_EQUAL(store().ids(), "c ");
}

CAF_TEST(a chat state for nobody is dropped and an empty message refused) {
  say(1, "<message type='chat' id='a' from='" + std::string{romeo} + "' to='"
           + account
           + "'><active xmlns='http://jabber.org/protocol/chatstates'/>"
             "</message>");
  consume_messages();
  CAF_CHECK(at(from).taken.empty());
  CAF_CHECK_EQUAL(store().ids(), "");
  say(1, "<message type='chat' id='b' from='" + std::string{romeo} + "' to='"
           + account + "'/>");
  consume_messages();
  CAF_CHECK_EQUAL(at(from).ids(), "b ");
}

CAF_TEST_FIXTURE_SCOPE_END()
