#define CAF_SUITE poison_watch

#include "protocol/poison_watch.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway::protocol;

namespace {

struct fixture {
  void break_connections(int n) {
    for (; n > 0; --n) {
      watch.resumed();
      watch.lost(true);
    }
  }

  poison_watch watch;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(poison_watch_tests, fixture)

CAF_TEST(three resumed connections in a row are the limit) {
  break_connections(2);
  CAF_CHECK(!watch.is_poison());
  break_connections(1);
  CAF_CHECK(watch.is_poison());
}

CAF_TEST(the connection that a stanza was sent on first does not count) {
  watch.lost(true);
  break_connections(2);
  CAF_CHECK(!watch.is_poison());
}

CAF_TEST(a connection counts once and only with the stanza on it) {
  break_connections(2);
  watch.lost(true);
  watch.resumed();
  watch.lost(false);
  CAF_CHECK(!watch.is_poison());
}

CAF_TEST(an ack begins anew) {
  break_connections(2);
  watch.resumed();
  watch.progressed();
  watch.lost(true);
  break_connections(2);
  CAF_CHECK(!watch.is_poison());
  break_connections(1);
  CAF_CHECK(watch.is_poison());
  watch.progressed();
  CAF_CHECK(!watch.is_poison());
}

CAF_TEST_FIXTURE_SCOPE_END()
