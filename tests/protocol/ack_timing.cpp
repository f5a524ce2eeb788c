#define CAF_SUITE ack_timing

#include "protocol/ack_timing.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>

using namespace causeway::protocol;
using namespace std::chrono_literals;

CAF_TEST(one timer serves both directions and never fires too early) {
  ack_timing timing{{300ms, 1000ms, 5000ms}};
  timing.sent();
  CAF_CHECK(timing.start() == 300ms);
  CAF_CHECK(timing.start() == std::nullopt);
  timing.received();
  auto first = timing.due();
  CAF_CHECK(!first.acknowledge);
  CAF_CHECK(!first.request);
  CAF_CHECK(timing.start() == 300ms);
  auto second = timing.due();
  CAF_CHECK(second.acknowledge);
  CAF_CHECK(!second.request);
}

CAF_TEST(what is over by itself starts no other timer) {
  ack_timing timing{{300ms, 1000ms, 5000ms}};
  timing.sent();
  timing.received();
  CAF_CHECK(timing.start() == 300ms);
  timing.requested();
  timing.acknowledged();
  auto due = timing.due();
  CAF_CHECK(!due.acknowledge && !due.request);
  CAF_CHECK(timing.start() == std::nullopt);
}

CAF_TEST(delays of zero start no timer) {
  ack_timing timing{{0ms, 0ms, 0ms}};
  timing.sent();
  timing.received();
  CAF_CHECK(timing.start() == std::nullopt);
  timing.apply({0ms, 0ms, 700ms});
  CAF_CHECK(timing.start() == 700ms);
  CAF_CHECK(timing.due().request);
}
