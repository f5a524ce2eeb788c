#define CAF_SUITE watchdog

#include "actors/watchdog.hpp"

#include "tests/support/fake_tree.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

struct fixture : test_coordinator_fixture<> {
  fixture() {
    vital = {sys.spawn(fake_actor, make_snapshot("router")),
      sys.spawn(fake_actor, make_snapshot("registry"))};
  }

  ~fixture() override {
    anon_send_exit(aut, caf::exit_reason::kill);
    for (auto& x : vital)
      if (x)
        anon_send_exit(x, caf::exit_reason::kill);
    run();
  }

  void start() {
    watchdog_environment x;
    x.vital = [this] { return vital; };
    x.when_all_passed = [this](std::function<void()> f) {
      visits.push_back(std::move(f));
    };
    x.after = [this](std::chrono::milliseconds delay, std::function<void()> f) {
      CAF_CHECK(delay == 10s);
      timers.push_back(std::move(f));
    };
    x.interval = 10s;
    x.alive = [this] { ++signs; };
    aut = sys.spawn(watchdog, std::move(x));
    consume_messages();
  }

  // The threads come by.
  void pass() {
    for (auto& f : std::exchange(visits, {}))
      f();
    consume_messages();
  }

  void wait() {
    CAF_REQUIRE_EQUAL(timers.size(), 1u);
    for (auto& f : std::exchange(timers, {}))
      f();
    consume_messages();
  }

  std::vector<inspectable_actor> vital;
  std::vector<std::function<void()>> visits;
  std::vector<std::function<void()>> timers;
  int signs = 0;
  watchdog_actor aut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(watchdog_tests, fixture)

CAF_TEST(each round trip is one sign of life) {
  start();
  pass();
  CAF_CHECK_EQUAL(signs, 1);
  wait();
  CAF_CHECK_EQUAL(signs, 1);
  pass();
  CAF_CHECK_EQUAL(signs, 2);
}

CAF_TEST(a thread that hangs gives none) {
  start();
  CAF_CHECK_EQUAL(signs, 0);
  CAF_CHECK(timers.empty());
}

CAF_TEST(an actor that hangs gives none) {
  auto hung = sys.spawn(silent_actor);
  vital.push_back(hung);
  start();
  for (int i = 0; i < 3; ++i) {
    pass();
    CAF_CHECK(timers.empty());
    // It is asked again and again.
    advance_time(10s);
    consume_messages();
    wait();
    CAF_CHECK_EQUAL(signs, 0);
  }
}

CAF_TEST(an actor that dies is asked again once there is another) {
  auto hung = sys.spawn(silent_actor);
  vital.push_back(hung);
  start();
  pass();
  anon_send_exit(hung, caf::exit_reason::kill);
  consume_messages();
  vital.back() = inspectable_actor{};
  advance_time(10s);
  consume_messages();
  CAF_CHECK_EQUAL(signs, 0);
  wait();
  CAF_CHECK_EQUAL(signs, 0);
  vital.pop_back();
  wait();
  pass();
  CAF_CHECK_EQUAL(signs, 1);
}

CAF_TEST(an answer to an earlier pulse does not count) {
  auto hung = sys.spawn(silent_actor);
  vital.push_back(hung);
  start();
  auto late = std::exchange(visits, {});
  anon_send_exit(hung, caf::exit_reason::kill);
  vital.back() = sys.spawn(silent_actor);
  advance_time(10s);
  consume_messages();
  wait();
  for (auto& f : late)
    f();
  consume_messages();
  CAF_CHECK_EQUAL(signs, 0);
  anon_send_exit(hung, caf::exit_reason::kill);
}

CAF_TEST_FIXTURE_SCOPE_END()
