#define CAF_SUITE offline_store

#include "actors/domain/offline_store.hpp"

#include "actors/domain/sqlite.hpp"
#include "actors/inspect/actor_tree.hpp"
#include "tests/support/memory_database.hpp"
#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr auto juliet = "juliet@localhost";

/// A store behind the door, in place of sessions a router that records.
struct fixture : routing_fixture {
  fixture() {
    router_handle = sys.spawn(recording_router);
    door->set(router_handle);
    start();
  }
  ~fixture() override {
    anon_send_exit(store, caf::exit_reason::kill);
    anon_send_exit(router_handle, caf::exit_reason::kill);
  }

  void start() {
    store = sys.spawn(offline_store, database, loans, door, counts);
    consume_messages();
  }
  recorder& router() { return deref<router_recorder>(router_handle).state; }
  std::uint64_t count(counter x) const { return counts->get(x); }

  std::uint64_t rows() const {
    auto n = database->count();
    CAF_REQUIRE(n.has_value());
    return *n;
  }

  /// Nothing runs yet.
  std::weak_ptr<delivery> send(const std::string& id,
    const std::string& to = juliet, read_credit credit = nullptr,
    stanza_origin::time_point born = {}) {
    auto x = std::make_shared<delivery>(
      parse("<message xmlns='jabber:client' id='" + id
            + "' from='romeo@localhost/orchard' to='" + to
            + "'><body>x</body></message>"),
      1, door, std::move(credit), 0, direction::storing,
      stanza_origin{0, born, nullptr});
    std::weak_ptr<delivery> weak = x;
    anon_send(store, keep_offline{std::move(x), to});
    return weak;
  }
  void keep(const std::string& id, const std::string& to = juliet) {
    send(id, to);
    consume_messages();
  }
  void keep_many(int n) {
    for (int i = 0; i < n; ++i)
      send("m" + std::to_string(i));
    consume_messages();
  }
  void want(route_id route) {
    anon_send(store, offline_wanted{route, juliet});
    consume_messages();
  }
  /// The last batch, as ids; "..." if it is not the last of all.
  std::string batch() {
    auto& all = router().batches;
    CAF_REQUIRE(!all.empty());
    std::string out;
    for (auto& x : all.back().stanzas)
      out += x->stanza()->id + ' ';
    return out + (all.back().complete ? "." : "...");
  }
  std::vector<delivery_ptr>& stanzas() {
    return router().batches.back().stanzas;
  }
  void deliver_all() {
    for (auto& x : stanzas())
      x->settle();
    stanzas().clear();
    consume_messages();
  }

  std::shared_ptr<account_database> accounts = make_accounts();
  std::shared_ptr<offline_database> database =
    std::make_shared<offline_database>(accounts->connection());
  std::shared_ptr<offline_loans> loans =
    std::make_shared<offline_loans>(database);
  offline_store_actor store;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(offline_store_tests, fixture)

CAF_TEST(what stands in the mailbox is written in one step) {
  auto credit = std::make_shared<int>(1);
  auto first = send("a", juliet, credit);
  auto second = send("b");
  auto third = send("c", "nobody@localhost");
  for (int i = 0; i < 3; ++i)
    expect((keep_offline), to(store));
  // Nothing is written: they are still with their sender.
  CAF_CHECK_EQUAL(rows(), 0u);
  CAF_CHECK(!first.expired());
  CAF_CHECK_EQUAL(credit.use_count(), 2);
  expect((offline_commit), to(store));
  disallow((offline_commit), to(store));
  CAF_CHECK_EQUAL(rows(), 2u);
  CAF_CHECK(first.expired() && second.expired() && third.expired());
  CAF_CHECK_EQUAL(credit.use_count(), 1);
  CAF_CHECK_EQUAL(count(counter::offline_stored), 2u);
  CAF_CHECK_EQUAL(count(counter::offline_refused), 1u);
}

CAF_TEST(an unknown account is refused and the credit goes with the answer) {
  auto credit = std::make_shared<int>(1);
  send("a", "nobody@localhost", credit);
  consume_messages();
  auto& reply = router().last();
  CAF_CHECK_EQUAL(reply.type, "error");
  CAF_CHECK_EQUAL(reply.from, "nobody@localhost");
  CAF_CHECK_EQUAL(reply.to, "romeo@localhost/orchard");
  CAF_CHECK_NOT_EQUAL(
    reply.bytes.find("service-unavailable"), std::string::npos);
  CAF_CHECK(router().taken.at(0)->credit() == credit);
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(a full account is refused like an unknown one) {
  keep_many(max_offline.messages + 1);
  CAF_CHECK_EQUAL(count(counter::offline_stored), max_offline.messages);
  CAF_REQUIRE_EQUAL(router().taken.size(), 1u);
  CAF_CHECK_NOT_EQUAL(
    router().last().bytes.find("service-unavailable"), std::string::npos);
}

CAF_TEST(when the disk fails every sender hears of it) {
  accounts->connection()->execute("ALTER TABLE offline RENAME TO lost");
  send("a");
  send("b");
  consume_messages();
  CAF_CHECK_EQUAL(router().ids(), "a b ");
  CAF_CHECK_NOT_EQUAL(
    router().last().bytes.find("internal-server-error"), std::string::npos);
  CAF_CHECK_EQUAL(count(counter::offline_refused), 2u);
  accounts->connection()->execute("ALTER TABLE lost RENAME TO offline");
  keep("c");
  CAF_CHECK_EQUAL(count(counter::offline_stored), 1u);
}

CAF_TEST(a session gets the messages in order with their original time) {
  auto noon = std::chrono::sys_days{std::chrono::January / 2 / 2026} + 12h;
  send("a", juliet, nullptr, noon);
  send("b", juliet, nullptr, noon - 1h);
  // Not written yet when it is wanted.
  want(7);
  CAF_CHECK_EQUAL(batch(), "a b .");
  CAF_CHECK_EQUAL(router().batches.back().route, 7u);
  auto& first = *stanzas().at(0);
  CAF_CHECK(first.born() == noon);
  CAF_CHECK_EQUAL(first.route(), 7u);
  CAF_CHECK(first.is_stored());
  CAF_CHECK_NOT_EQUAL(
    first.stanza()->bytes.find("from='localhost'"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(
    first.stanza()->bytes.find("2026-01-02T12:00:00"), std::string::npos);
}

CAF_TEST(what a client has got is deleted and not before) {
  keep("a");
  keep("b");
  want(7);
  stanzas()[0]->settle();
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 1u);
  CAF_CHECK_EQUAL(count(counter::offline_delivered), 1u);
  deliver_all();
  CAF_CHECK_EQUAL(rows(), 0u);
  CAF_CHECK_EQUAL(count(counter::offline_delivered), 2u);
  CAF_CHECK_EQUAL(loans->size(), 0u);
}

CAF_TEST(two sessions do not get the same message) {
  keep("a");
  want(7);
  want(8);
  CAF_CHECK_EQUAL(batch(), ".");
  // The first lets go of it.
  router().batches[0].stanzas[0]->discard();
  router().batches[0].stanzas.clear();
  consume_messages();
  want(8);
  CAF_CHECK_EQUAL(batch(), "a .");
  CAF_CHECK_EQUAL(rows(), 1u);
}

CAF_TEST(a long backlog comes in batches each after the one before) {
  keep_many(250);
  want(7);
  CAF_CHECK_EQUAL(stanzas().size(), max_offline_batch.messages);
  CAF_CHECK(!router().batches.back().complete);
  stanzas()[0]->settle();
  consume_messages();
  CAF_CHECK_EQUAL(router().batches.size(), 1u);
  deliver_all();
  CAF_CHECK_EQUAL(router().batches.size(), 2u);
  CAF_CHECK_EQUAL(stanzas()[0]->stanza()->id, "m100");
  deliver_all();
  CAF_CHECK_EQUAL(stanzas().size(), 50u);
  CAF_CHECK(router().batches.back().complete);
  deliver_all();
  CAF_CHECK_EQUAL(router().batches.size(), 3u);
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(of two sessions one gets the whole backlog) {
  keep_many(150);
  want(7);
  want(8);
  CAF_CHECK_EQUAL(batch(), ".");
  CAF_CHECK_EQUAL(router().batches.back().route, 8u);
  anon_send(store, offline_unwanted{7});
  want(8);
  CAF_CHECK_EQUAL(stanzas().size(), 50u);
  CAF_CHECK_EQUAL(stanzas()[0]->stanza()->id, "m100");
}

CAF_TEST(who wants no more gets no more) {
  keep_many(150);
  want(7);
  anon_send(store, offline_unwanted{7});
  deliver_all();
  CAF_CHECK_EQUAL(router().batches.size(), 1u);
  CAF_CHECK_EQUAL(rows(), 50u);
}

CAF_TEST(a new store knows what the old one has lent) {
  keep("a");
  keep("b");
  want(7);
  anon_send_exit(store, caf::exit_reason::kill);
  consume_messages();
  stanzas()[0]->settle();
  start();
  CAF_CHECK_EQUAL(router().readies, 2);
  // Deleted late; the other one is still with its session.
  CAF_CHECK_EQUAL(rows(), 1u);
  want(8);
  CAF_CHECK_EQUAL(batch(), ".");
  router().batches[0].stanzas[1]->settle();
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(a killed store gives back what it has not written) {
  anon_send_exit(store, caf::exit_reason::kill);
  send("a");
  send("b");
  consume_messages();
  CAF_CHECK_EQUAL(router().taken.size(), 2u);
  for (auto& x : router().taken)
    CAF_CHECK(x->way() == direction::storing);
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(what clients got at last is deleted at the end) {
  keep("a");
  keep("b");
  want(7);
  anon_send_exit(store, caf::exit_reason::kill);
  consume_messages();
  stanzas()[0]->settle();
  door->close();
  loans = nullptr;
  CAF_CHECK_EQUAL(rows(), 2u);
  stanzas().clear();
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 1u);
}

CAF_TEST(a deletion that fails is tried again) {
  keep("a");
  want(7);
  accounts->connection()->execute("ALTER TABLE offline RENAME TO lost");
  deliver_all();
  accounts->connection()->execute("ALTER TABLE lost RENAME TO offline");
  want(8);
  CAF_CHECK_EQUAL(batch(), ".");
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(a message that is no stanza holds nobody up) {
  database->write({{juliet, {}, "<message"}}, {});
  keep("a");
  want(7);
  CAF_CHECK_EQUAL(batch(), "a .");
  CAF_CHECK_EQUAL(rows(), 2u);
}

CAF_TEST(a database that cannot be read holds nobody up) {
  keep("a");
  accounts->connection()->execute("ALTER TABLE offline RENAME TO lost");
  want(7);
  CAF_CHECK_EQUAL(batch(), ".");
}

CAF_TEST(the snapshot tells what is kept) {
  keep("a");
  want(7);
  self->send(store, inspect_request{});
  consume_messages();
  self->receive([](const actor_snapshot& x) {
    CAF_CHECK_EQUAL(x.kind, "offline_store");
    CAF_CHECK_EQUAL(field(x, "messages"), "1");
    CAF_CHECK_EQUAL(field(x, "lent"), "1");
  });
}

CAF_TEST_FIXTURE_SCOPE_END()
