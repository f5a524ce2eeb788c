#define CAF_SUITE resend_queue

#include "protocol/resend_queue.hpp"

#include <caf/test/dsl.hpp>

#include <deque>
#include <memory>
#include <random>
#include <vector>

using namespace causeway::protocol;

namespace {

constexpr std::uint32_t max_h = 0xffffffff;

/// A queue whose first `h` is `acked` and that holds what goes to `last`.
resend_queue<int> queue_of(std::uint32_t acked, std::uint32_t last) {
  resend_queue<int> queue{acked};
  for (auto i = acked; i != last; ++i)
    queue.push(0, 1);
  return queue;
}

constexpr auto ignore = [](int) {};

/// The same by the book: 64-bit counters that never wrap.
struct model {
  std::uint64_t acked;
  std::uint64_t first;
  std::deque<std::pair<int, std::size_t>> pending;

  ack_verdict judge(std::int64_t distance) const {
    if (distance > static_cast<std::int64_t>(pending.size()))
      return ack_verdict::too_high;
    return distance < 0 ? ack_verdict::stale : ack_verdict::progress;
  }
};

} // namespace

CAF_TEST(an ack covers the oldest stanzas in order) {
  resend_queue<int> queue;
  for (auto i = 1; i <= 12; ++i)
    queue.push(i, 10);
  std::vector<int> forgotten;
  auto keep = [&](int x) { forgotten.push_back(x); };
  CAF_CHECK(queue.acknowledge(4, keep) == ack_verdict::progress);
  CAF_CHECK_EQUAL(forgotten, (std::vector<int>{1, 2, 3, 4}));
  CAF_CHECK(queue.acknowledge(10, keep) == ack_verdict::progress);
  CAF_CHECK_EQUAL(queue.size(), 2u);
  CAF_CHECK_EQUAL(queue.bytes(), 20u);
  CAF_CHECK_EQUAL(queue.sent(), 12u);
  CAF_CHECK_EQUAL(queue.acked(), 10u);
}

CAF_TEST(the same ack twice is progress by nothing) {
  auto queue = queue_of(0, 3);
  CAF_CHECK(queue.acknowledge(3, ignore) == ack_verdict::progress);
  CAF_CHECK(queue.acknowledge(3, ignore) == ack_verdict::progress);
  CAF_CHECK(queue.empty());
}

CAF_TEST(a lower ack is stale and changes nothing) {
  auto queue = queue_of(0, 5);
  queue.acknowledge(3, ignore);
  CAF_CHECK(queue.acknowledge(2, ignore) == ack_verdict::stale);
  CAF_CHECK(queue.acknowledge(0, ignore) == ack_verdict::stale);
  CAF_CHECK_EQUAL(queue.size(), 2u);
  CAF_CHECK_EQUAL(queue.acked(), 3u);
}

CAF_TEST(an ack for what was never sent is too high and changes nothing) {
  auto queue = queue_of(0, 3);
  CAF_CHECK(queue.acknowledge(5, ignore) == ack_verdict::too_high);
  CAF_CHECK(queue.acknowledge(max_h, ignore) == ack_verdict::too_high);
  CAF_CHECK_EQUAL(queue.size(), 3u);
  CAF_CHECK(resend_queue<int>{}.judge(1) == ack_verdict::too_high);
}

CAF_TEST(counters roll over at 2 ^ 32) {
  auto judge = [](std::uint32_t h, std::uint32_t acked, std::uint32_t last) {
    return queue_of(acked, last).judge(h);
  };
  CAF_CHECK(judge(max_h, max_h - 1, max_h) == ack_verdict::progress);
  CAF_CHECK(judge(max_h, max_h - 1, max_h - 1) == ack_verdict::too_high);
  CAF_CHECK(judge(0, max_h, 0) == ack_verdict::progress);
  CAF_CHECK(judge(0, max_h, max_h) == ack_verdict::too_high);
  CAF_CHECK(judge(3, max_h - 2, 4) == ack_verdict::progress);
  CAF_CHECK(judge(5, max_h - 2, 4) == ack_verdict::too_high);
}

CAF_TEST(a stale ack may come from before the roll over) {
  auto queue = queue_of(max_h - 2, 4);
  queue.acknowledge(2, ignore);
  CAF_CHECK(queue.judge(max_h) == ack_verdict::stale);
  CAF_CHECK(queue.judge(max_h - 2) == ack_verdict::stale);
  CAF_CHECK(queue.judge(max_h - 3) == ack_verdict::too_high);
  CAF_CHECK_EQUAL(queue.size(), 2u);
  CAF_CHECK_EQUAL(queue.sent(), 4u);
}

CAF_TEST(random pushes and acks agree with a model that never wraps) {
  for (auto seed = 0u; seed < 50; ++seed) {
    std::mt19937 random{seed};
    auto below = [&](std::size_t n) { return random() % n; };
    auto start = max_h - static_cast<std::uint32_t>(below(200));
    resend_queue<int> queue{start};
    model expected{start, start, {}};
    for (auto step = 0; step < 400; ++step) {
      for (auto n = below(20); n > 0; --n) {
        auto value = static_cast<int>(random() >> 1);
        auto bytes = below(1000);
        queue.push(value, bytes);
        expected.pending.emplace_back(value, bytes);
      }
      // From stale by up to 5 to too high by up to 5.
      auto distance =
        static_cast<std::int64_t>(below(expected.pending.size() + 11)) - 5;
      auto stale_by = static_cast<std::uint64_t>(-distance);
      if (distance < 0 && stale_by > expected.acked - expected.first)
        continue;
      auto h = static_cast<std::uint32_t>(
        static_cast<std::int64_t>(expected.acked) + distance);
      auto in_order = true;
      auto forget = [&](int x) {
        in_order = in_order && x == expected.pending.front().first;
        expected.pending.pop_front();
        ++expected.acked;
      };
      auto verdict = expected.judge(distance);
      CAF_REQUIRE(queue.judge(h) == verdict);
      auto left =
        verdict == ack_verdict::progress
          ? expected.pending.size() - static_cast<std::size_t>(distance)
          : expected.pending.size();
      CAF_REQUIRE(queue.acknowledge(h, forget) == verdict);
      std::size_t bytes = 0;
      for (auto& x : expected.pending)
        bytes += x.second;
      CAF_REQUIRE(in_order);
      CAF_REQUIRE_EQUAL(queue.size(), left);
      CAF_REQUIRE_EQUAL(expected.pending.size(), left);
      CAF_REQUIRE_EQUAL(queue.bytes(), bytes);
      CAF_REQUIRE_EQUAL(
        queue.acked(), static_cast<std::uint32_t>(expected.acked));
      CAF_REQUIRE_EQUAL(
        queue.sent(), static_cast<std::uint32_t>(expected.acked + left));
    }
  }
}

CAF_TEST(what is taken out was never counted) {
  resend_queue<int> queue{0xffffffff};
  for (auto i = 1; i <= 4; ++i)
    queue.push(i, 10);
  queue.acknowledge(0, ignore);
  CAF_CHECK_EQUAL(queue.remove_oldest(), 2);
  CAF_CHECK_EQUAL(queue.acked(), 0u);
  CAF_CHECK_EQUAL(queue.sent(), 2u);
  CAF_CHECK_EQUAL(queue.bytes(), 20u);
  CAF_CHECK(queue.judge(3) == ack_verdict::too_high);
  queue.acknowledge(1, [](int x) { CAF_CHECK_EQUAL(x, 3); });
  CAF_CHECK_EQUAL(queue.size(), 1u);
}

CAF_TEST(memory of a burst is given back) {
  resend_queue<int> queue;
  for (auto i = 0; i < 10'000; ++i)
    queue.push(i, 1);
  CAF_CHECK(queue.capacity() >= 10'000u);
  queue.acknowledge(9'990, ignore);
  CAF_CHECK(queue.capacity() <= 64u);
  auto next = 9'990;
  queue.acknowledge(10'000, [&](int x) { CAF_CHECK_EQUAL(x, next++); });
  CAF_CHECK(queue.capacity() <= 16u);

  queue.shrink();
  CAF_CHECK_EQUAL(queue.capacity(), 0u);
  CAF_CHECK_EQUAL(queue.sent(), 10'000u);
}

CAF_TEST(what is acknowledged is let go at once) {
  resend_queue<std::shared_ptr<int>> queue;
  auto value = std::make_shared<int>(1);
  queue.push(value, 1);
  queue.push(nullptr, 1);
  CAF_CHECK_EQUAL(value.use_count(), 2);
  queue.acknowledge(1, [](std::shared_ptr<int>) {});
  CAF_CHECK_EQUAL(value.use_count(), 1);
}
