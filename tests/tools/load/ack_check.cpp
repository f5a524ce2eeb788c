/// Counters of XEP-0198 at the client.
#define CAF_SUITE load_ack_check

#include "tools/load/ack_check.hpp"

#include <caf/test/dsl.hpp>

using causeway::load::ack_check;

namespace {

ack_check after_sending(std::uint32_t n) {
  ack_check x;
  x.start();
  for (std::uint32_t i = 0; i < n; ++i)
    x.stanza_sent();
  return x;
}

} // namespace

CAF_TEST(stanzas count only after the start) {
  ack_check x;
  x.stanza_sent();
  CAF_CHECK_EQUAL(x.unacked(), 0u);
  x.start();
  x.stanza_sent();
  CAF_CHECK_EQUAL(x.unacked(), 1u);
}

CAF_TEST(an ack may cover any part of what was sent) {
  auto x = after_sending(5);
  CAF_CHECK(x.acknowledge(2));
  CAF_CHECK_EQUAL(x.unacked(), 3u);
  CAF_CHECK(x.acknowledge(2));
  CAF_CHECK(x.acknowledge(5));
  CAF_CHECK_EQUAL(x.unacked(), 0u);
}

CAF_TEST(an ack that goes back or too far is wrong and changes nothing) {
  auto x = after_sending(5);
  CAF_CHECK(x.acknowledge(3));
  CAF_CHECK(!x.acknowledge(2));
  CAF_CHECK(!x.acknowledge(6));
  CAF_CHECK_EQUAL(x.unacked(), 2u);
}
