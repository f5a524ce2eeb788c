#define CAF_SUITE measures

#include "actors/inspect/gauge_share.hpp"

#include <caf/test/dsl.hpp>

#include <thread>

using namespace causeway;
using namespace std::chrono_literals;

CAF_TEST(a time counts in its bucket and in all above) {
  measures aut;
  aut.observe(latency::stanza, 100us);
  aut.observe(latency::stanza, 101us);
  aut.observe(latency::stanza, 3s);
  aut.observe(latency::stanza, 2h);
  // A clock that was set back.
  aut.observe(latency::stanza, -5s);
  auto x = aut.read(latency::stanza);
  CAF_CHECK_EQUAL(x.cumulative[0], 2u);
  CAF_CHECK_EQUAL(x.cumulative[1], 3u);
  CAF_CHECK_EQUAL(x.cumulative[latency_bounds.size() - 1], 4u);
  CAF_CHECK_EQUAL(x.cumulative.back(), 5u);
  CAF_CHECK(x.sum > 7203.0 && x.sum < 7203.001);
  auto login = aut.read(latency::login);
  CAF_CHECK_EQUAL(login.cumulative.back(), 0u);
}

CAF_TEST(a share of a gauge goes with its holder) {
  auto counts = std::make_shared<counters>();
  auto level = [&](gauge x) { return counts->measured.level(x); };
  {
    gauge_share aut{counts};
    CAF_CHECK_EQUAL(level(gauge::sessions_negotiating), 0);
    aut.set(gauge::sessions_negotiating);
    aut.set(gauge::sessions_negotiating);
    CAF_CHECK_EQUAL(level(gauge::sessions_negotiating), 1);
    aut.set(gauge::sessions_parked);
    CAF_CHECK_EQUAL(level(gauge::sessions_negotiating), 0);
    CAF_CHECK_EQUAL(level(gauge::sessions_parked), 1);
    gauge_share other{counts};
    other.set(gauge::sessions_parked);
    CAF_CHECK_EQUAL(level(gauge::sessions_parked), 2);
    auto moved = std::move(other);
    CAF_CHECK_EQUAL(level(gauge::sessions_parked), 2);
  }
  CAF_CHECK_EQUAL(level(gauge::sessions_parked), 0);
}

CAF_TEST(a share follows an amount) {
  auto counts = std::make_shared<counters>();
  auto level = [&] { return counts->measured.level(gauge::unacked_bytes); };
  gauge_share one{counts};
  {
    gauge_share two{counts};
    one.set(gauge::unacked_bytes, 100);
    two.set(gauge::unacked_bytes, 30);
    one.set(gauge::unacked_bytes, 40);
    CAF_CHECK_EQUAL(level(), 70);
  }
  CAF_CHECK_EQUAL(level(), 40);
  gauge_share nobody;
  nobody.set(gauge::unacked_bytes, 5);
  CAF_CHECK_EQUAL(level(), 40);
}

CAF_TEST(what one thread adds another may take away) {
  measures aut;
  aut.move(gauge::unacked_stanzas, 3);
  std::thread{[&] {
    aut.move(gauge::unacked_stanzas, -2);
    aut.observe(latency::ack, 2s);
  }}.join();
  CAF_CHECK_EQUAL(aut.level(gauge::unacked_stanzas), 1);
  aut.observe(latency::ack, 1ms);
  auto x = aut.read(latency::ack);
  CAF_CHECK_EQUAL(x.cumulative.back(), 2u);
  CAF_CHECK_EQUAL(x.cumulative[3], 1u);
  CAF_CHECK(x.sum > 2.0009 && x.sum < 2.0011);
}
