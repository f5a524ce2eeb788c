#define CAF_SUITE restart_policy

#include "actors/restart_policy.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

const restart_policy::clock::time_point start{1h};

} // namespace

CAF_TEST(the first death costs no pause and later ones twice the last) {
  restart_policy policy;
  CAF_CHECK(policy.child_died(start) == 0ms);
  CAF_CHECK(policy.child_died(start + 1s) == 50ms);
  CAF_CHECK(policy.child_died(start + 2s) == 100ms);
  CAF_CHECK(policy.child_died(start + 3s) == 200ms);
}

CAF_TEST(too many deaths in a row are the end) {
  restart_policy policy;
  for (std::uint32_t i = 0; i < restart_policy::max_deaths; ++i)
    CAF_CHECK(policy.child_died(start + i * 1s).has_value());
  CAF_CHECK(!policy.child_died(start + 10s));
}

CAF_TEST(a child that lived for the window is healthy again) {
  restart_policy policy;
  for (std::uint32_t i = 0; i < restart_policy::max_deaths; ++i)
    policy.child_died(start);
  CAF_CHECK(policy.child_died(start + restart_policy::window) == 0ms);
  CAF_CHECK_EQUAL(policy.deaths(), 1u);
}
