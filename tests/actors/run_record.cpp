#define CAF_SUITE run_record

#include "actors/inspect/run_record.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <thread>

using namespace causeway;

CAF_TEST(a turn can be told from the next one of the same actor) {
  run_record record{2};
  CAF_CHECK(!record.now_running(0));
  record.begin(0, 7, "tracker", nullptr);
  auto first = record.now_running(0);
  CAF_REQUIRE(first);
  CAF_CHECK_EQUAL(first->id, 7u);
  CAF_CHECK_EQUAL(std::string{first->kind}, "tracker");
  CAF_CHECK(!record.now_running(1));
  record.end(0);
  CAF_CHECK(!record.now_running(0));
  record.begin(0, 7, "tracker", nullptr);
  auto second = record.now_running(0);
  CAF_CHECK_NOT_EQUAL(second->turn, first->turn);
}

CAF_TEST(samples show which of two actors is busier) {
  run_record record{1};
  auto spin = [](std::chrono::microseconds x) {
    auto end = run_record::clock::now() + x;
    while (run_record::clock::now() < end) {
    }
  };
  for (int i = 0; i < 4'000; ++i) {
    record.begin(0, 1, "tracker", nullptr);
    spin(std::chrono::microseconds{12});
    record.end(0);
    record.begin(0, 2, "parser", nullptr);
    spin(std::chrono::microseconds{2});
    record.end(0);
  }
  auto busy = record.busy_by_actor();
  CAF_CHECK_GREATER(busy[1], 2 * busy[2]);
  // 48 ms, by chance.
  CAF_CHECK_GREATER(busy[1], 0.01);
  auto kinds = record.busy_by_kind();
  CAF_CHECK_EQUAL(kinds["tracker"], busy[1]);
  auto top = record.busiest(1);
  CAF_REQUIRE_EQUAL(top.size(), 1u);
  CAF_CHECK_EQUAL(top[0].id, 1u);
  CAF_CHECK_EQUAL(top[0].kind, "tracker");
}

CAF_TEST(sums have a bound) {
  run_record record{1};
  for (std::uint64_t i = 0; i < 3'000'000; ++i) {
    record.begin(0, i, "session", nullptr);
    record.end(0);
  }
  CAF_CHECK_LESS(record.busy_by_actor().size(), 8'193u);
}

CAF_TEST_FIXTURE_SCOPE(run_record_tests, test_coordinator_fixture<>)

CAF_TEST(an actor that has ended is no longer among the busiest) {
  run_record record{1};
  auto who = sys.spawn(
    [](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  run();
  // From here on actors are kept in reach.
  record.busiest(1);
  for (int i = 0; i < 1'000; ++i) {
    record.begin(
      0, who.id(), "tracker", caf::actor_cast<caf::actor_control_block*>(who));
    record.end(0);
  }
  auto top = record.busiest(1);
  CAF_REQUIRE_EQUAL(top.size(), 1u);
  CAF_CHECK(top[0].handle == who);
  top.clear();
  caf::anon_send_exit(who, caf::exit_reason::kill);
  who = caf::actor{};
  run();
  CAF_CHECK(record.busiest(1).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
