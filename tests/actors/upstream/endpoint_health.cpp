#define CAF_SUITE endpoint_health

#include "actors/upstream/endpoint_health.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

struct fixture {
  endpoint_health health{3, 2'000ms};
  endpoint_health::clock::time_point now{};

  void fail(int times) {
    for (int i = 0; i < times; ++i)
      health.failed(now, "refused");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(endpoint_health_tests, fixture)

CAF_TEST(an endpoint goes down with the last of too many failures in a row) {
  CAF_CHECK(!health.failed(now, "refused"));
  CAF_CHECK(!health.failed(now, "refused"));
  CAF_CHECK(health.admit(now));
  CAF_CHECK(health.failed(now, "timed out"));
  CAF_CHECK(health.now() == endpoint_health::state::down);
  CAF_CHECK_EQUAL(health.last_error(), "timed out");
  CAF_CHECK(!health.admit(now));
}

CAF_TEST(a success between failures starts the count anew) {
  fail(2);
  CAF_CHECK(!health.succeeded());
  fail(2);
  CAF_CHECK(health.now() == endpoint_health::state::up);
}

CAF_TEST(after the pause one stream may try and the others wait) {
  fail(3);
  CAF_CHECK(!health.admit(now + 1'999ms));
  CAF_CHECK(health.admit(now + 2'000ms));
  CAF_CHECK(!health.admit(now + 2'000ms));
}

CAF_TEST(the pause doubles with each try that fails up to a bound) {
  fail(3);
  auto pause = 2'000ms;
  for (int i = 0; i < 8; ++i) {
    now = health.retry_at();
    CAF_REQUIRE(health.admit(now));
    CAF_CHECK(!health.failed(now, "refused"));
    pause = std::min<endpoint_health::milliseconds>(pause * 2, 32'000ms);
    CAF_CHECK(health.retry_at() == now + pause);
  }
}

CAF_TEST(failures that were under way when it went down tell nothing new) {
  fail(3);
  auto due = health.retry_at();
  fail(20);
  CAF_CHECK(health.retry_at() == due);
  now = due;
  CAF_REQUIRE(health.admit(now));
  fail(1);
  CAF_CHECK(health.retry_at() == now + 4'000ms);
  fail(1);
  CAF_CHECK(health.retry_at() == now + 4'000ms);
}

CAF_TEST(a success brings it back and the first pause with it) {
  fail(5);
  CAF_CHECK(health.succeeded());
  CAF_CHECK(health.admit(now));
  fail(3);
  CAF_CHECK(health.retry_at() == now + 2'000ms);
}

CAF_TEST_FIXTURE_SCOPE_END()
