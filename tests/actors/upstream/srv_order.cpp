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

using wanted_function = std::function<double(const srv_record&)>;

double same(const srv_record&) {
  return 0;
}

/// "direct:HOST" or "starttls:HOST" each; "not offered" if so.
strings order(
  records direct, records starttls, const wanted_function& wanted = same) {
  auto list = order_srv(std::move(direct), std::move(starttls), wanted);
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
  auto by_weight = [](const srv_record& x) { return double(x.weight); };
  CAF_CHECK_EQUAL(order({record("a", 5, 0)}, {record("b", 5, 100)}, by_weight),
    (strings{"direct:a", "starttls:b"}));
}

CAF_TEST(at equal priority what is wanted most comes first) {
  auto wanted = [](const srv_record& x) { return double(x.target[0]); };
  CAF_CHECK_EQUAL(
    order({}, {record("b", 1), record("a", 1), record("z", 2), record("c", 1)},
      wanted),
    (strings{"starttls:c", "starttls:b", "starttls:a", "starttls:z"}));
}

CAF_TEST(every record stands in the list once whatever is wanted) {
  records all;
  for (int i = 0; i < 50; ++i)
    all.push_back(record("h" + std::to_string(i),
      static_cast<std::uint16_t>(i % 3), i % 2 ? 65'535 : 0));
  std::mt19937 random{368};
  for (int round = 0; round < 20; ++round) {
    std::map<std::string, double> wishes;
    for (auto& x : all)
      wishes[x.target] = static_cast<double>(random() % 10);
    auto list =
      order(all, all, [&](const srv_record& x) { return wishes.at(x.target); });
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
