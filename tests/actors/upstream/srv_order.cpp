/// RFC 2782 and XEP-0368: the order of the servers behind SRV records.
#define CAF_SUITE srv_order

#include "actors/upstream/srv_order.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace causeway;

namespace {

using records = std::vector<srv_record>;
using strings = std::vector<std::string>;

srv_record record(
  std::string target, std::uint16_t priority = 0, std::uint16_t weight = 0) {
  return {std::move(target), 5222, priority, weight, 60};
}

std::uint32_t lowest(std::uint32_t) {
  return 0;
}

/// "direct:HOST" or "starttls:HOST" each; "not offered" if so.
strings order(records direct, records starttls,
  const std::function<std::uint32_t(std::uint32_t)>& draw = lowest) {
  auto list = order_srv(std::move(direct), std::move(starttls), draw);
  if (list.has_error())
    return {"not offered"};
  strings result;
  for (const auto& x : *list)
    result.push_back(
      (x.mode == config::upstream_tls::direct ? "direct:" : "starttls:")
      + x.host);
  return result;
}

} // namespace

CAF_TEST(the lowest priority comes first) {
  CAF_CHECK_EQUAL(order({}, {record("c", 30), record("a", 5), record("b", 10)}),
    (strings{"starttls:a", "starttls:b", "starttls:c"}));
}

CAF_TEST(priorities of both services are mixed) {
  CAF_CHECK_EQUAL(order({record("a", 20), record("b", 1)},
                    {record("c", 10), record("d", 30)}),
    (strings{"direct:b", "starttls:c", "direct:a", "starttls:d"}));
}

CAF_TEST(direct TLS comes first at equal priority) {
  auto highest = [](std::uint32_t n) { return n - 1; };
  CAF_CHECK_EQUAL(order({record("a", 5, 0)}, {record("b", 5, 100)}, highest),
    (strings{"direct:a", "starttls:b"}));
}

CAF_TEST(a draw falls on the record whose running sum reaches it) {
  auto with = [](std::uint32_t first) {
    std::vector<std::uint32_t> bounds;
    auto draw = [&](std::uint32_t n) {
      bounds.push_back(n);
      return bounds.size() == 1 ? first : 0;
    };
    auto list = order(
      {}, {record("a", 0, 10), record("z", 0, 0), record("b", 0, 30)}, draw);
    // Draws are from 0 to the sum of what is left, both included.
    CAF_CHECK_EQUAL(bounds.front(), 41u);
    CAF_CHECK_EQUAL(bounds.size(), 3u);
    return list.front();
  };
  CAF_CHECK_EQUAL(with(0), "starttls:z");
  CAF_CHECK_EQUAL(with(1), "starttls:a");
  CAF_CHECK_EQUAL(with(10), "starttls:a");
  CAF_CHECK_EQUAL(with(11), "starttls:b");
  CAF_CHECK_EQUAL(with(40), "starttls:b");
}

CAF_TEST(weights are shares) {
  std::mt19937 random{2782};
  auto draw = [&](std::uint32_t n) {
    return static_cast<std::uint32_t>(random() % n);
  };
  std::map<std::string, int> first;
  for (int i = 0; i < 10'000; ++i)
    ++first[order({}, {record("a", 0, 100), record("b", 0, 300)}, draw)[0]];
  // A quarter, give or take five standard deviations.
  CAF_CHECK(first["starttls:a"] > 2'280 && first["starttls:a"] < 2'720);
}

CAF_TEST(every record stands in the list once whatever is drawn) {
  records all;
  for (int i = 0; i < 50; ++i)
    all.push_back(record("h" + std::to_string(i),
      static_cast<std::uint16_t>(i % 3), i % 2 ? 65'535 : 0));
  std::mt19937 random{368};
  for (int round = 0; round < 20; ++round) {
    auto list = order(all, all, [&](std::uint32_t n) {
      return static_cast<std::uint32_t>(random() % n);
    });
    CAF_CHECK_EQUAL(list.size(), 100u);
    std::ranges::sort(list);
    CAF_CHECK(std::ranges::adjacent_find(list) == list.end());
  }
}

CAF_TEST(a dot means that the service is not offered) {
  CAF_CHECK_EQUAL(order({record(".")}, {}), strings{"not offered"});
  CAF_CHECK_EQUAL(order({}, {record(".")}), strings{"not offered"});
  CAF_CHECK_EQUAL(order({record(".")}, {record(".")}), strings{"not offered"});
  // One service may be missing while the other is there.
  CAF_CHECK_EQUAL(order({record(".")}, {record("a")}), strings{"starttls:a"});
  CAF_CHECK_EQUAL(order({record("a")}, {record(".")}), strings{"direct:a"});
}

CAF_TEST(no records are no refusal) {
  CAF_CHECK_EQUAL(order({}, {}), strings{});
}
