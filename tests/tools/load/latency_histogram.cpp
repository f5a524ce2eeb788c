/// Percentiles of durations.
#define CAF_SUITE load_latency_histogram

#include "tools/load/latency_histogram.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway::load;
using namespace std::chrono_literals;

namespace {

bool near(double x, double expected) {
  return x >= expected * 0.999 && x <= expected * 1.017;
}

} // namespace

CAF_TEST(an empty histogram says zero) {
  latency_histogram x;
  CAF_CHECK_EQUAL(x.percentile(.5), 0.);
  CAF_CHECK_EQUAL(x.max(), 0.);
}

CAF_TEST(percentiles are within the width of a bucket) {
  latency_histogram x;
  for (int i = 1; i <= 1'000; ++i)
    x.add(i * 100us);
  CAF_CHECK(near(x.percentile(.5), 50));
  CAF_CHECK(near(x.percentile(.9), 90));
  CAF_CHECK(near(x.percentile(.99), 99));
  CAF_CHECK_EQUAL(x.percentile(1), 100.);
  CAF_CHECK_EQUAL(x.max(), 100.);
}

CAF_TEST(every magnitude keeps its precision) {
  for (auto ns = std::int64_t{1}; ns < (std::int64_t{1} << 60); ns *= 3) {
    latency_histogram x;
    x.add(std::chrono::nanoseconds{ns});
    x.add(1h * 1'000'000);
    CAF_CHECK(near(x.percentile(.5), static_cast<double>(ns) / 1e6));
  }
}

CAF_TEST(a negative duration counts as none) {
  latency_histogram x;
  x.add(-5ns);
  CAF_CHECK_EQUAL(x.count(), 1u);
  CAF_CHECK_EQUAL(x.percentile(1), 0.);
}
