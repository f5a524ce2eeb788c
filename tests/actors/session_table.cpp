#define CAF_SUITE session_table

#include "actors/c2s/session_table.hpp"

#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace causeway;
using namespace causeway::test;

namespace {

constexpr std::size_t any = 1000;

struct fixture : test_coordinator_fixture<> {
  ~fixture() override {
    for (auto& x : sessions)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    consume_messages();
  }

  session_actor add(const session_key& key = {}) {
    sessions.push_back(sys.spawn(recording_session));
    table.add(sessions.back(), key);
    return sessions.back();
  }

  /// Who has to end for it.
  session_actor park(const session_actor& x, const std::string& bare,
    std::size_t max_of_account, std::size_t max) {
    return table.park(x.id(), bare, max_of_account, max);
  }

  session_table table;
  std::vector<session_actor> sessions;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(session_table_tests, fixture)

CAF_TEST(nobody ends before an account has too many that wait) {
  auto a = add(), b = add(), other = add();
  CAF_CHECK(!park(a, "juliet@localhost", 2, any));
  CAF_CHECK(!park(b, "juliet@localhost", 2, any));
  CAF_CHECK(!park(other, "romeo@localhost", 2, any));
  CAF_CHECK_EQUAL(table.parked(), 3u);
}

CAF_TEST(of an account the one that waits longest ends first) {
  auto other = add(), a = add(), b = add(), c = add(), d = add();
  park(other, "romeo@localhost", 2, any);
  // Not the one that began first.
  park(b, "juliet@localhost", 2, any);
  park(a, "juliet@localhost", 2, any);
  CAF_CHECK(park(c, "juliet@localhost", 2, any) == b);
  CAF_CHECK(park(d, "juliet@localhost", 2, any) == a);
  CAF_CHECK_EQUAL(table.parked(), 3u);
}

CAF_TEST(of the node the one that waits longest ends first) {
  auto a = add(), b = add(), c = add(), d = add();
  park(b, "b@localhost", any, 2);
  park(a, "a@localhost", any, 2);
  CAF_CHECK(park(c, "c@localhost", any, 2) == b);
  CAF_CHECK(park(d, "a@localhost", any, 2) == a);
  CAF_CHECK_EQUAL(table.parked(), 2u);
}

CAF_TEST(an account that has too many pays for itself) {
  auto oldest = add(), a = add(), b = add();
  park(oldest, "romeo@localhost", 1, 2);
  park(a, "juliet@localhost", 1, 2);
  CAF_CHECK(park(b, "juliet@localhost", 1, 2) == a);
}

CAF_TEST(who was back meanwhile waits anew) {
  auto a = add(), b = add(), c = add();
  park(a, "juliet@localhost", 2, any);
  park(b, "juliet@localhost", 2, any);
  table.unpark(a.id());
  CAF_CHECK_EQUAL(table.parked(), 1u);
  CAF_CHECK(!park(a, "juliet@localhost", 2, any));
  CAF_CHECK(park(c, "juliet@localhost", 2, any) == b);
}

CAF_TEST(a session that waits counts once) {
  auto a = add(), b = add();
  park(a, "juliet@localhost", 2, any);
  CAF_CHECK(!park(a, "juliet@localhost", 2, any));
  CAF_CHECK(!park(b, "juliet@localhost", 2, any));
  CAF_CHECK_EQUAL(table.parked(), 2u);
}

CAF_TEST(a session that ended makes room) {
  auto a = add(), b = add(), c = add();
  park(a, "juliet@localhost", 2, any);
  park(b, "juliet@localhost", 2, any);
  table.remove(a.id());
  CAF_CHECK(!park(c, "juliet@localhost", 2, any));
  CAF_CHECK_EQUAL(table.parked(), 2u);
  CAF_CHECK_EQUAL(table.size(), 2u);
}

CAF_TEST(one of an earlier process is found by its old name) {
  session_key key{7, 42};
  auto a = add(key);
  CAF_CHECK(table.find(key) == a);
  CAF_CHECK(!table.find(session_key{7, a.id()}));
  table.remove(a.id());
  CAF_CHECK(!table.find(key));
  CAF_CHECK(!table.find(a.id()));
}

CAF_TEST_FIXTURE_SCOPE_END()
