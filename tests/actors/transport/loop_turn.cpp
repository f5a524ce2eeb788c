#define CAF_SUITE loop_turn

#include "actors/transport/loop_turn.hpp"

#include <caf/test/dsl.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace causeway;

namespace net = boost::asio;

namespace {

struct call : turn_task {
  explicit call(std::function<void()> f) : f{std::move(f)} {}
  void take_turn() override { f(); }
  std::function<void()> f;
};

/// The letters of calls, in the order in which they came.
struct fixture {
  bool add(
    char letter, std::function<void()> then = [] {}) {
    return turn.add(
      std::make_shared<call>([this, letter, then = std::move(then)] {
        calls += letter;
        then();
      }));
  }

  net::io_context context{1};
  loop_turn& turn = net::use_service<loop_turn>(context);
  std::string calls;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(loop_turn_tests, fixture)

CAF_TEST(outside of a turn nothing is taken) {
  CAF_CHECK(!add('a'));
  turn.begin();
  turn.end();
  CAF_CHECK_EQUAL(calls, "");
}

CAF_TEST(the end of a turn calls each once and in order) {
  turn.begin();
  CAF_CHECK(add('a'));
  CAF_CHECK(add('b'));
  CAF_CHECK(add('c'));
  CAF_CHECK_EQUAL(calls, "");
  turn.end();
  CAF_CHECK_EQUAL(calls, "abc");
  turn.begin();
  turn.end();
  CAF_CHECK_EQUAL(calls, "abc");
}

CAF_TEST(what tasks add has its turn behind all others) {
  turn.begin();
  add('a', [this] {
    CAF_CHECK(add('c', [this] { CAF_CHECK(add('d')); }));
    CAF_CHECK_EQUAL(calls, "a");
  });
  add('b');
  turn.end();
  CAF_CHECK_EQUAL(calls, "abcd");
}

CAF_TEST(the same task may be added again) {
  auto left = 3;
  std::shared_ptr<call> again;
  again = std::make_shared<call>([&] {
    calls += 'a';
    if (--left > 0)
      turn.add(again);
  });
  turn.begin();
  turn.add(again);
  add('b');
  turn.end();
  CAF_CHECK_EQUAL(calls, "abaa");
  again->f = nullptr;
}

CAF_TEST(a task that throws takes no other along) {
  turn.begin();
  add('a', [] { throw std::runtime_error{"out of luck"}; });
  add('b', [this] {
    add('c');
    throw std::runtime_error{"out of luck"};
  });
  turn.end();
  CAF_CHECK_EQUAL(calls, "abc");
  CAF_CHECK(!add('d'));
}

CAF_TEST(after its end a turn takes nothing until the next) {
  turn.begin();
  add('a');
  turn.end();
  CAF_CHECK(!add('b'));
  turn.begin();
  CAF_CHECK(add('c'));
  turn.end();
  CAF_CHECK_EQUAL(calls, "ac");
}

CAF_TEST(a task is let go once it was called) {
  auto task = std::make_shared<call>([] {});
  std::weak_ptr<call> gone = task;
  turn.begin();
  turn.add(std::move(task));
  add('a', [&] { CAF_CHECK(gone.expired()); });
  CAF_CHECK(!gone.expired());
  turn.end();
  CAF_CHECK_EQUAL(calls, "a");
}

CAF_TEST(a loop that goes lets go of its tasks and calls none) {
  auto task = std::make_shared<call>([this] { calls += 'a'; });
  std::weak_ptr<call> gone = task;
  std::optional<net::io_context> other{1};
  auto& its = net::use_service<loop_turn>(*other);
  its.begin();
  CAF_CHECK(its.add(std::move(task)));
  other.reset();
  CAF_CHECK(gone.expired());
  CAF_CHECK_EQUAL(calls, "");
}

CAF_TEST_FIXTURE_SCOPE_END()
