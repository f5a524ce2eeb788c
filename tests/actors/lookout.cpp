#define CAF_SUITE lookout

#include "actors/inspect/lookout.hpp"

#include "actors/inspect/stuck_actors.hpp"
#include "tests/support/fake_tree.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

stuck_actors::entry entry_of(std::uint64_t id) {
  return {id, "tracker", stuck_how::running, stuck_actors::clock::now()};
}

struct fixture : test_coordinator_fixture<> {
  void start(std::vector<inspectable_actor> children) {
    environment.node =
      keep(sys.spawn(fake_actor, make_snapshot("node", {}, children)));
    environment.runs = runs;
    environment.stuck = stuck;
    environment.count = count;
    environment.stuck_after = 5s;
    aut = sys.spawn(lookout, environment);
    consume_messages();
  }

  ~fixture() override {
    anon_send_exit(aut, caf::exit_reason::kill);
    for (auto& x : actors)
      anon_send_exit(x, caf::exit_reason::kill);
    actors.clear();
    environment = {};
    aut = lookout_actor{};
    run();
  }

  template <class Handle>
  inspectable_actor keep(Handle x) {
    actors.push_back(x);
    return x;
  }

  void pass(std::chrono::seconds time) {
    for (; time.count() > 0; --time) {
      advance_time(1s);
      consume_messages();
    }
  }

  std::uint64_t episodes() const { return count->get(counter::actors_stuck); }

  std::shared_ptr<run_record> runs = std::make_shared<run_record>(2);
  std::shared_ptr<stuck_actors> stuck = std::make_shared<stuck_actors>();
  std::shared_ptr<counters> count = std::make_shared<counters>();
  lookout_environment environment;
  lookout_actor aut;
  std::vector<inspectable_actor> actors;
};

} // namespace

CAF_TEST(an episode begins once and ends once) {
  stuck_actors all;
  auto one = entry_of(1);
  auto begun = all.update({one});
  CAF_CHECK_EQUAL(begun.begun.size(), 1u);
  auto later = one;
  later.since += 3s;
  auto again = all.update({later, entry_of(2)});
  CAF_REQUIRE_EQUAL(again.begun.size(), 1u);
  CAF_CHECK_EQUAL(again.begun[0].id, 2u);
  CAF_CHECK(again.ended.empty());
  // The first sight counts.
  CAF_CHECK(all.all()[1].since == one.since);
  auto over = all.update({});
  CAF_CHECK_EQUAL(over.ended.size(), 2u);
  CAF_CHECK_EQUAL(all.size(), 0u);
}

CAF_TEST_FIXTURE_SCOPE(lookout_tests, fixture)

CAF_TEST(an actor that does not come back is flagged once) {
  start({});
  runs->begin(1, 17, "tracker", nullptr);
  pass(5s);
  CAF_CHECK_EQUAL(stuck->size(), 0u);
  pass(1s);
  auto all = stuck->all();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[17].kind, "tracker");
  CAF_CHECK(all[17].how == stuck_how::running);
  pass(10s);
  CAF_CHECK_EQUAL(episodes(), 1u);
  runs->end(1);
  pass(1s);
  CAF_CHECK_EQUAL(stuck->size(), 0u);
}

CAF_TEST(one that runs again and again is not stuck) {
  start({});
  for (int i = 0; i < 20; ++i) {
    runs->begin(0, 17, "router", nullptr);
    pass(1s);
    runs->end(0);
  }
  CAF_CHECK_EQUAL(episodes(), 0u);
}

CAF_TEST(a service that does not answer is flagged) {
  auto silent = keep(sys.spawn(silent_actor));
  start({silent, keep(sys.spawn(fake_actor, make_snapshot("router")))});
  pass(7s);
  auto all = stuck->all();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[silent.id()].kind, "silent");
  CAF_CHECK(all[silent.id()].how == stuck_how::waiting);
  CAF_CHECK_EQUAL(episodes(), 1u);
  anon_send_exit(silent, caf::exit_reason::kill);
  consume_messages();
  pass(1s);
  CAF_CHECK_EQUAL(stuck->size(), 0u);
}

CAF_TEST(who waits behind another is found once something hangs) {
  auto waiting = keep(sys.spawn(silent_actor));
  auto session =
    keep(sys.spawn(fake_actor, make_snapshot("session", {}, {waiting})));
  start({session});
  pass(20s);
  CAF_CHECK_EQUAL(stuck->size(), 0u);
  runs->begin(0, 99, "parser", nullptr);
  pass(12s);
  CAF_CHECK_EQUAL(stuck->size(), 2u);
  CAF_CHECK_EQUAL(stuck->all().count(waiting.id()), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
