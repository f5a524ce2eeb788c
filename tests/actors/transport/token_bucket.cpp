/// The rate limit of new connections.
#define CAF_SUITE token_bucket

#include "actors/transport/token_bucket.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

int take_all(token_bucket& bucket, token_bucket::time_point now) {
  int taken = 0;
  while (taken < 1000 && bucket.take(now))
    ++taken;
  return taken;
}

const token_bucket::time_point start{1h};

} // namespace

CAF_TEST(a burst may be one second worth) {
  token_bucket bucket{20};
  CAF_CHECK_EQUAL(take_all(bucket, start), 20);
}

CAF_TEST(another rate holds at once) {
  token_bucket bucket{20};
  bucket.set_rate(5);
  CAF_CHECK_EQUAL(take_all(bucket, start), 5);
  bucket.set_rate(0);
  CAF_CHECK_EQUAL(take_all(bucket, start), 1000);
  bucket.set_rate(7);
  CAF_CHECK_EQUAL(take_all(bucket, start), 7);
}

CAF_TEST(tokens come back with time and not before) {
  token_bucket bucket{20};
  take_all(bucket, start);
  CAF_CHECK_EQUAL(take_all(bucket, start + 40ms), 0);
  CAF_CHECK_EQUAL(take_all(bucket, start + 50ms), 1);
  CAF_CHECK_EQUAL(take_all(bucket, start + 550ms), 10);
}

CAF_TEST(a long pause saves no more than one second worth) {
  token_bucket bucket{20};
  take_all(bucket, start);
  CAF_CHECK_EQUAL(take_all(bucket, start + 1h), 20);
}

CAF_TEST(no rate means no limit) {
  token_bucket bucket{0};
  CAF_CHECK_EQUAL(take_all(bucket, start), 1000);
}
