/// What counts as delivered, lost, doubled, misordered and returned.
#define CAF_SUITE load_delivery_check

#include "tools/load/delivery_check.hpp"

#include <caf/test/dsl.hpp>

#include <initializer_list>

using namespace causeway::load;

namespace {

struct fixture {
  delivery_check check;

  void send(int n) {
    for (int i = 0; i < n; ++i)
      check.send();
  }
  void arrive(std::initializer_list<int> numbers) {
    for (auto n : numbers)
      CAF_CHECK(check.arrive(n));
  }
  const delivery_counts& counts() const { return check.counts(); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(delivery_tests, fixture)

CAF_TEST(all in order is all delivered) {
  send(3);
  arrive({0, 1, 2});
  CAF_CHECK_EQUAL(counts().delivered, 3u);
  CAF_CHECK_EQUAL(counts().lost(), 0u);
  CAF_CHECK_EQUAL(counts().misordered + counts().doubled, 0u);
}

CAF_TEST(a gap and a missing end are lost) {
  send(5);
  arrive({0, 2, 3});
  CAF_CHECK_EQUAL(counts().lost(), 2u);
  CAF_CHECK_EQUAL(counts().misordered, 0u);
}

CAF_TEST(a late message is delivered and misordered) {
  send(3);
  arrive({0, 2, 1});
  CAF_CHECK_EQUAL(counts().delivered, 3u);
  CAF_CHECK_EQUAL(counts().misordered, 1u);
  CAF_CHECK_EQUAL(counts().lost(), 0u);
}

CAF_TEST(a message that comes again is doubled even if it was late) {
  send(3);
  arrive({0, 0, 2, 1, 1});
  CAF_CHECK_EQUAL(counts().doubled, 2u);
  CAF_CHECK_EQUAL(counts().delivered, 3u);
}

CAF_TEST(a returned message is not lost whenever the error comes) {
  send(4);
  CAF_CHECK(check.come_back(1)); // before the gap is seen
  arrive({0, 3});
  CAF_CHECK(check.come_back(2)); // after
  CAF_CHECK_EQUAL(counts().returned, 2u);
  CAF_CHECK_EQUAL(counts().lost(), 0u);
  CAF_CHECK_EQUAL(counts().contradicted, 0u);
}

CAF_TEST(delivered and returned is a contradiction in both orders) {
  send(2);
  arrive({0});
  CAF_CHECK(check.come_back(0));
  CAF_CHECK(check.come_back(1));
  arrive({1});
  CAF_CHECK_EQUAL(counts().contradicted, 2u);
  CAF_CHECK_EQUAL(counts().lost(), 0u);
}

CAF_TEST(a number that was never sent is refused) {
  send(1);
  CAF_CHECK(!check.arrive(1));
  CAF_CHECK(!check.come_back(1));
  CAF_CHECK_EQUAL(counts().delivered, 0u);
}

CAF_TEST(a huge gap is remembered in part and counted in full) {
  send(1'000'000);
  arrive({999'999});
  CAF_CHECK_EQUAL(counts().lost(), 999'999u);
  arrive({999'998});
  CAF_CHECK_EQUAL(counts().misordered, 1u);
  CAF_CHECK_EQUAL(counts().lost(), 999'998u);
}

CAF_TEST_FIXTURE_SCOPE_END()
