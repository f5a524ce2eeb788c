/// How many connections may be open, and from where.
#define CAF_SUITE admission

#include "actors/transport/admission.hpp"

#include "actors/transport/client_network.hpp"

#include <caf/test/dsl.hpp>

#include <vector>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

const token_bucket::time_point start{1h};

std::shared_ptr<admission> make(const admission_limits& limits) {
  return std::make_shared<admission>(limits);
}

} // namespace

CAF_TEST(a place is free again when its last ticket is gone) {
  auto gate = make({2, 0, 0});
  auto first = gate->enter(start);
  auto second = gate->enter(start);
  CAF_REQUIRE(first && second);
  CAF_CHECK(!gate->enter(start));
  auto copy = first;
  first.reset();
  CAF_CHECK(!gate->enter(start));
  copy.reset();
  CAF_CHECK_EQUAL(gate->open(), 1u);
  CAF_CHECK(gate->enter(start));
}

CAF_TEST(a connection over the rate takes no place) {
  auto gate = make({100, 1, 0});
  auto first = gate->enter(start);
  CAF_CHECK(!gate->enter(start));
  CAF_CHECK_EQUAL(gate->open(), 1u);
}

CAF_TEST(one network has its share and others have theirs) {
  auto gate = make({100, 0, 2});
  auto first = gate->enter(start, "a");
  auto second = gate->enter(start, "a");
  CAF_REQUIRE(first && second);
  CAF_CHECK(!gate->enter(start, "a"));
  auto other = gate->enter(start, "b");
  CAF_CHECK(other);
  CAF_CHECK_EQUAL(gate->open(), 3u);
  first.reset();
  CAF_CHECK(gate->enter(start, "a"));
}

CAF_TEST(who is refused for its network takes nothing from others) {
  auto gate = make({2, 1, 1});
  auto held = gate->enter(start, "a");
  CAF_REQUIRE(held);
  for (int i = 0; i < 100; ++i)
    CAF_CHECK(!gate->enter(start + 1s, "a"));
  // Neither a place nor a turn of this second.
  CAF_CHECK(gate->enter(start + 1s, "b"));
}

CAF_TEST(without a network nobody is counted by it) {
  auto gate = make({100, 0, 1});
  std::vector<admission::ticket> held;
  for (int i = 0; i < 10; ++i)
    held.push_back(gate->enter(start));
  CAF_CHECK(held.back());
}

CAF_TEST(other limits hold for who is here already) {
  auto gate = make({100, 0, 0});
  std::vector<admission::ticket> held;
  for (int i = 0; i < 3; ++i)
    held.push_back(gate->enter(start, "a"));
  gate->set_limits({100, 0, 3});
  CAF_CHECK(!gate->enter(start, "a"));
  gate->set_limits({100, 0, 4});
  CAF_CHECK(gate->enter(start, "a"));
  gate->set_limits({100, 0, 2});
  held.pop_back();
  CAF_CHECK(!gate->enter(start, "a"));
  held.pop_back();
  CAF_CHECK(gate->enter(start, "a"));
  gate->set_limits({1, 0, 0});
  CAF_CHECK(!gate->enter(start, "b"));
}

CAF_TEST(a network is an IPv4 address or 64 bits of IPv6) {
  CAF_CHECK_EQUAL(client_network("192.0.2.1:1"), client_network("192.0.2.1:2"));
  CAF_CHECK(client_network("192.0.2.1:1") != client_network("192.0.2.2:1"));
  CAF_CHECK_EQUAL(client_network("[2001:db8::1]:1"),
    client_network("[2001:db8::ffff:ffff:ffff:ffff]:1"));
  CAF_CHECK(
    client_network("[2001:db8::1]:1") != client_network("[2001:db8:0:1::1]:1"));
  CAF_CHECK_EQUAL(client_network("[::1]:1").size(), 8u);
  CAF_CHECK_EQUAL(client_network("no address"), "");
}
