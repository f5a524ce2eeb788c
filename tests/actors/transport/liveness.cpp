/// RFC 7395 section 3.9: when a WebSocket is pinged, probed and given up.
#define CAF_SUITE liveness

#include "actors/transport/liveness.hpp"

#include <caf/test/dsl.hpp>

#include <vector>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

using event = liveness_event;

const liveness::time_point start{1h};

struct fixture {
  /// Everything due at this time after the start.
  std::vector<event> due(std::chrono::milliseconds after) {
    std::vector<event> out;
    for (;;) {
      auto x = machine.take_due(start + after);
      if (x == event::nothing)
        return out;
      out.push_back(x);
    }
  }

  std::chrono::milliseconds next() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
      machine.next() - start);
  }

  liveness machine{{30s, 20s, 100s}, start};
};

bool operator==(const std::vector<event>& a, event b) {
  return a.size() == 1 && a.front() == b;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(liveness_tests, fixture)

CAF_TEST(silence draws a ping and then ends the connection) {
  CAF_CHECK(due(29s).empty());
  CAF_CHECK(due(30s) == event::ping_due);
  CAF_CHECK(due(49s).empty());
  CAF_CHECK(due(50s) == event::pong_missing);
}

CAF_TEST(other limits begin with the change) {
  due(50s);
  machine.set_limits({10s, 5s, 40s}, start + 50s);
  CAF_CHECK(next() == 60s);
  CAF_CHECK(due(60s) == event::ping_due);
  CAF_CHECK(due(65s) == event::pong_missing);
}

CAF_TEST(a ping that is turned off does not come) {
  machine.set_limits({0s, 20s, 0s}, start + 1s);
  CAF_CHECK(machine.next() == liveness::time_point::max());
}

CAF_TEST(a pong puts off the next ping and not the idle timeout) {
  due(30s);
  machine.heard(start + 31s);
  CAF_CHECK(due(50s) == event::half_silent);
  CAF_CHECK(due(60s).empty());
  CAF_CHECK(due(61s) == event::ping_due);
}

CAF_TEST(half and full idle timeout are told once each) {
  machine = liveness{{0s, 20s, 100s}, start};
  CAF_CHECK(due(50s) == event::half_silent);
  CAF_CHECK(due(99s).empty());
  CAF_CHECK(due(100s) == event::all_silent);
  CAF_CHECK(due(1000s).empty());
}

CAF_TEST(a text message starts the idle timeout again) {
  machine = liveness{{0s, 20s, 100s}, start};
  due(50s);
  machine.text_came(start + 60s);
  CAF_CHECK(due(109s).empty());
  CAF_CHECK(due(110s) == event::half_silent);
}

CAF_TEST(while reading stops silence is not the fault of the peer) {
  due(30s);
  machine.pause();
  CAF_CHECK(due(300s).empty());
  CAF_CHECK(machine.next() == liveness::time_point::max());
  machine.resume(start + 300s);
  CAF_CHECK(due(329s).empty());
  CAF_CHECK(due(330s) == event::ping_due);
}

CAF_TEST(a deadline comes once and can be moved or cancelled) {
  machine.set_deadline(start, 10s);
  machine.set_deadline(start, 5s);
  CAF_CHECK_EQUAL(next(), 5s);
  CAF_CHECK(due(5s) == event::deadline_over);
  CAF_CHECK(due(11s).empty());
  machine.set_deadline(start, 15s);
  machine.set_deadline(start, 0s);
  CAF_CHECK(due(20s).empty());
}

CAF_TEST(once closing begins only its own limit counts) {
  machine.start_closing(start + 10s, 5s);
  machine.start_closing(start + 12s, 5s);
  CAF_CHECK_EQUAL(next(), 15s);
  CAF_CHECK(due(14s).empty());
  CAF_CHECK(due(15s) == event::close_overdue);
}

CAF_TEST(zero turns pings and idle timeout off) {
  machine = liveness{{0s, 20s, 0s}, start};
  CAF_CHECK(machine.next() == liveness::time_point::max());
  CAF_CHECK(due(10000s).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
