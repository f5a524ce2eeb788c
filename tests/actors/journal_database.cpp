#define CAF_SUITE journal_database

#include "actors/domain/journal_database.hpp"

#include "actors/domain/offline_database.hpp"
#include "protocol/element_parser.hpp"
#include "tests/support/memory_database.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr journal_time noon =
  std::chrono::sys_days{std::chrono::January / 2 / 2026} + 12h;
constexpr session_key first{0xffffffffffffffff, 7};
constexpr session_key second{3, 8};

protocol::element_ptr stanza(const std::string& id) {
  auto x =
    protocol::parse_message("<message xmlns='jabber:client' id='" + id + "'/>");
  return std::make_shared<const protocol::stream_element>(std::move(*x));
}

session_record record(session_key key, std::string full) {
  return {key, std::move(full), "en", 4'000'000'000u, 2, 600s, noon + 5ms,
    "<presence xmlns='jabber:client'/>"};
}

stanza_written row(
  journal_id id, session_key owner = {}, std::uint32_t seq = 0) {
  return {id, owner, seq, noon, stanza(std::to_string(id))};
}

struct kept_offline : stored_original {
  void delivered() noexcept override {}
  std::int64_t number() const noexcept override { return 1; }
};

struct fixture {
  void apply(const std::vector<journal_change>& changes) {
    std::vector<const journal_change*> all;
    for (auto& x : changes)
      all.push_back(&x);
    CAF_CHECK_EQUAL(database.apply(all), "");
  }
  journal_contents load() {
    auto x = database.load();
    if (!x)
      CAF_FAIL(x.error());
    return std::move(*x);
  }
  static std::string ids(const std::vector<stored_stanza>& x) {
    std::string out;
    for (auto& y : x)
      out += std::to_string(y.id) + ' ';
    return out;
  }

  std::shared_ptr<account_database> accounts = make_accounts();
  journal_database database{accounts->connection()};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_database_tests, fixture)

CAF_TEST(a session comes back as it was saved) {
  apply({session_saved{record(first, "romeo@localhost/a/b@c")}});
  auto x = load();
  CAF_REQUIRE_EQUAL(x.sessions.size(), 1u);
  auto& got = x.sessions[0].record;
  CAF_CHECK(got.key == first);
  CAF_CHECK_EQUAL(got.full, "romeo@localhost/a/b@c");
  CAF_CHECK_EQUAL(got.lang, "en");
  CAF_CHECK_EQUAL(got.received, 4'000'000'000u);
  CAF_CHECK_EQUAL(got.sent, 2u);
  CAF_CHECK(got.window == 600s);
  CAF_CHECK(got.parked == noon + 5ms);
  CAF_CHECK_EQUAL(got.presence, "<presence xmlns='jabber:client'/>");
  CAF_CHECK(x.sessions[0].has_account);
}

CAF_TEST(a session of an account that is gone says so) {
  apply({session_saved{record(first, "nobody@localhost/x")}});
  CAF_CHECK(!load().sessions.at(0).has_account);
}

CAF_TEST(changes reach the session that they name alone) {
  apply({session_saved{record(first, "romeo@localhost/x")},
    session_saved{record(second, "juliet@localhost/y")},
    session_received{second, 9, std::string{}}, session_parked{second, {}},
    session_received{first, 1, {}}});
  auto x = load();
  CAF_REQUIRE_EQUAL(x.sessions.size(), 2u);
  for (auto& y : x.sessions) {
    auto is_second = y.record.key == second;
    CAF_CHECK_EQUAL(y.record.received, is_second ? 9u : 1u);
    CAF_CHECK_EQUAL(y.record.parked.has_value(), !is_second);
    CAF_CHECK_EQUAL(y.record.presence.empty(), is_second);
  }
}

CAF_TEST(stanzas are with their owner or with nobody) {
  apply({session_saved{record(first, "romeo@localhost/x")}, row(1, first, 3),
    row(2), row(3, second, 1), row(4, first, 4)});
  auto x = load();
  CAF_CHECK_EQUAL(ids(x.sessions.at(0).unacked), "1 4 ");
  CAF_CHECK_EQUAL(ids(x.loose), "2 3 ");
  CAF_CHECK_EQUAL(x.last, 4);
  CAF_CHECK_EQUAL(x.sessions[0].record.sent, 4u);
  auto bytes = stanza("2")->bytes;
  CAF_CHECK_EQUAL(x.loose[0].bytes, bytes);
  CAF_CHECK(x.loose[0].stamp == noon);
}

CAF_TEST(a stanza that is written again has its new owner) {
  auto again = row(1, first, 3);
  again.is_known = true;
  apply({session_saved{record(first, "romeo@localhost/x")}, row(1), again});
  auto x = load();
  CAF_CHECK_EQUAL(ids(x.sessions.at(0).unacked), "1 ");
  CAF_CHECK_EQUAL(ids(x.loose), "");
}

CAF_TEST(what the offline store has taken meanwhile stays there) {
  auto again = row(1, first, 3);
  again.is_known = true;
  apply({row(1), stanza_erased{1}, again});
  CAF_CHECK_EQUAL(ids(load().loose), "");
}

CAF_TEST(the end of a session sets its stanzas free) {
  apply({session_saved{record(first, "romeo@localhost/x")}, row(1, first, 3),
    row(2, first, 4), stanza_erased{1}, session_dropped{first}});
  auto x = load();
  CAF_CHECK(x.sessions.empty());
  CAF_CHECK_EQUAL(ids(x.loose), "2 ");
}

CAF_TEST(a stored message is here or with the offline messages) {
  offline_database offline{accounts->connection()};
  auto bytes = stanza("1")->bytes;
  CAF_CHECK(offline.write({{"romeo@localhost", noon, bytes}}, {}));
  auto x = row(1);
  x.offline = std::make_shared<kept_offline>();
  apply({x});
  auto kept = offline.count();
  CAF_CHECK_EQUAL(*kept, 0u);
  CAF_CHECK(offline.write({{"romeo@localhost", noon, bytes, 1}}, {}));
  kept = offline.count();
  CAF_CHECK_EQUAL(*kept, 1u);
  CAF_CHECK_EQUAL(ids(load().loose), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
