/// No thread runs: the test itself works off the handlers.
#define CAF_SUITE io_threads

#include "actors/transport/io_threads.hpp"

#include <boost/asio/io_context.hpp>
#include <caf/test/dsl.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

/// The letters of calls, in the order in which they came.
struct fixture {
  auto add(char letter) {
    return [this, letter] { calls += letter; };
  }
  auto end() {
    return [this] { ended = true; };
  }
  void run_to_end() {
    while (!ended)
      if (threads.context().run_one_for(30s) == 0)
        CAF_FAIL("no call");
  }

  io_threads threads{1};
  std::string calls;
  bool ended = false;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(io_threads_tests, fixture)

CAF_TEST(calls come in the order of their time) {
  threads.post_after(40ms, end());
  threads.post_after(20ms, add('c'));
  threads.post_after(10ms, add('b'));
  threads.post_after(20ms, add('d'));
  threads.post_after(0ms, add('a'));
  run_to_end();
  CAF_CHECK_EQUAL(calls, "abcd");
}

CAF_TEST(a call is never early) {
  auto asked = std::chrono::steady_clock::now();
  auto came = asked;
  threads.post_after(50ms, [&] {
    came = std::chrono::steady_clock::now();
    ended = true;
  });
  threads.post_after(1ms, [&] { threads.post_after(1ms, add('a')); });
  run_to_end();
  CAF_CHECK(came - asked >= 50ms);
  CAF_CHECK_EQUAL(calls, "a");
}

CAF_TEST(a call that throws takes no other along) {
  threads.post_after(0ms, [] { throw std::runtime_error{"out of luck"}; });
  threads.post_after(0ms, add('a'));
  threads.post_after(1ms, end());
  try {
    run_to_end();
  } catch (const std::runtime_error&) {
    calls += '!';
  }
  run_to_end();
  CAF_CHECK_EQUAL(calls, "!a");
}

CAF_TEST(what is not due at the end is dropped unrun) {
  auto kept = std::make_shared<int>(1);
  std::weak_ptr<int> weak = kept;
  {
    io_threads others{1};
    others.post_after(1h, [kept = std::move(kept)] { CAF_ERROR("was run"); });
    others.context().run_one_for(1s);
    CAF_CHECK(!weak.expired());
  }
  CAF_CHECK(weak.expired());
}

CAF_TEST_FIXTURE_SCOPE_END()
