#define CAF_SUITE resumption_watch

#include "actors/upstream/resumption_watch.hpp"

#include <caf/test/dsl.hpp>

using causeway::resumption_watch;
using verdict = resumption_watch::verdict;

CAF_TEST(a stream that was not resumed is not in question) {
  resumption_watch watch;
  CAF_CHECK(!watch.heard());
  CAF_CHECK(watch.due() == verdict::hears);
}

CAF_TEST(an ack ends the question) {
  resumption_watch watch;
  watch.resumed();
  CAF_CHECK(watch.heard());
  CAF_CHECK(!watch.heard());
  CAF_CHECK(watch.due() == verdict::hears);
}

CAF_TEST(without an ack the server is asked and then it is deaf) {
  resumption_watch watch;
  watch.resumed();
  CAF_CHECK(watch.due() == verdict::ask);
  CAF_CHECK(watch.due() == verdict::deaf);
}

CAF_TEST(time in which nothing is read does not count) {
  resumption_watch watch;
  CAF_CHECK(!watch.begin_anew());
  watch.resumed();
  watch.due();
  CAF_CHECK(watch.begin_anew());
  CAF_CHECK(watch.due() == verdict::ask);
  CAF_CHECK(watch.due() == verdict::deaf);
}

CAF_TEST(an ack that comes late is an ack) {
  resumption_watch watch;
  watch.resumed();
  watch.due();
  CAF_CHECK(watch.heard());
  CAF_CHECK(watch.due() == verdict::hears);
}
