#define CAF_SUITE tracker_limits

#include "tests/support/stream_fixture.hpp"

using namespace causeway;
using namespace causeway::test;

namespace {

constexpr std::string_view nonza_r = "<r xmlns='urn:xmpp:sm:3'/>";

/// Juliet may have four unacknowledged stanzas, and is slow to acknowledge.
struct fixture : stream_fixture {
  fixture() {
    options.management.request_frequency = 0;
    options.management.max_unacked = 4;
    romeo = connect();
    log_in(romeo, "romeo", "orchard");
  }

  void enter() {
    juliet = connect();
    log_in(juliet, "juliet", "balcony");
    say(juliet, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    auto enabled = juliet.read();
    auto at = enabled.find(" id='") + 5;
    previd = enabled.substr(at, enabled.find('\'', at) - at);
  }

  void send(int n) {
    for (; n > 0; --n)
      send_chat(romeo, "juliet@localhost", "m" + std::to_string(++sent));
  }

  void acknowledge(std::uint32_t h) {
    say(juliet, "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(h) + "'/>");
  }

  bool is_held() const {
    return romeo.wire->taken_credit != romeo.wire->granted_credit;
  }

  client juliet;
  client romeo;
  std::string previd;
  int sent = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tracker_limits_tests, fixture)

CAF_TEST(who sends to a client that owes acks waits for them) {
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  send(1);
  CAF_CHECK(!is_held());
  juliet.read();
  send(1);
  CAF_CHECK(is_held());
  CAF_CHECK_EQUAL(count_of(juliet.read(), nonza_r), 1u);
  acknowledge(3);
  CAF_CHECK(!is_held());
}

CAF_TEST(an ack may wait and nothing else) {
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  send(2);
  say(juliet, std::string{nonza_r});
  auto got = juliet.read();
  CAF_CHECK_EQUAL(count_of(got, nonza_r), 1u);
  CAF_CHECK_EQUAL(count_of(got, "<message "), 2u);
  auto& patient = juliet.wire->patient;
  CAF_REQUIRE_EQUAL(patient.size(), 1u);
  CAF_CHECK_EQUAL(patient[0], "<a xmlns='urn:xmpp:sm:3' h='1'/>");
}

CAF_TEST(nobody waits for the acks of another for long) {
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  send(3);
  CAF_CHECK(is_held());
  for (auto& timer : std::exchange(node->timers, {}))
    timer.second();
  CAF_CHECK(!is_held());
  consume_messages();
}

CAF_TEST(nobody waits for a client that is gone) {
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  send(2);
  CAF_CHECK(is_held());
  juliet.wire->lose();
  consume_messages();
  CAF_CHECK(!is_held());
  send(1);
  CAF_CHECK(!is_held());
}

CAF_TEST(one stanza too many ends the session and its senders go on) {
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  send(4);
  CAF_CHECK(juliet.wire->closed);
  CAF_CHECK(!is_held());
  CAF_CHECK_EQUAL(node->count->get(counter::sm_overflows), 1u);
  CAF_CHECK_EQUAL(node->count->get(counter::returned_stored), 4u);
}

CAF_TEST(one stanza too many ends a session that waits and nothing is lost) {
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  juliet.wire->lose();
  consume_messages();
  send(3);
  CAF_CHECK(session_of(juliet).parked != nullptr);
  send(1);
  CAF_CHECK_EQUAL(node->count->get(counter::sm_overflows), 1u);
  CAF_CHECK_EQUAL(node->count->get(counter::returned_stored), 4u);
  CAF_CHECK_EQUAL(node->table->parked(), 0u);
  auto again = connect();
  authenticate(again, "juliet");
  say(again, "<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + previd + "'/>");
  CAF_CHECK_EQUAL(count_of(again.read(), "<item-not-found "), 1u);
}

CAF_TEST(a long backlog comes as far as there is room) {
  send(10);
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  std::uint32_t h = 0;
  auto next = 1;
  for (auto round = 0; round < 20 && next <= 10; ++round) {
    auto got = juliet.read();
    auto asked = count_of(got, nonza_r);
    auto stanzas = count_of(got, "<message ") + count_of(got, "<presence ");
    CAF_REQUIRE(stanzas > 0u);
    CAF_CHECK(stanzas <= 4u);
    for (auto at = got.find("<body>"); at != std::string::npos;
         at = got.find("<body>", at + 1), ++next)
      CAF_CHECK_EQUAL(got.find("<body>m" + std::to_string(next) + "</"), at);
    // The rest is not crowded.
    CAF_CHECK_EQUAL(asked, next <= 10 ? 1u : 0u);
    h += static_cast<std::uint32_t>(stanzas);
    acknowledge(h);
  }
  CAF_CHECK_EQUAL(next, 11);
  CAF_CHECK(!juliet.wire->closed);
  CAF_CHECK_EQUAL(node->count->get(counter::sm_overflows), 0u);
  CAF_CHECK_EQUAL(node->count->get(counter::offline_delivered), 10u);
}

CAF_TEST(a backlog does not fill the queue of a client that is gone) {
  send(10);
  enter();
  say(juliet, "<presence xmlns='jabber:client'/>");
  juliet.wire->lose();
  consume_messages();
  auto& session = session_of(juliet);
  CAF_REQUIRE(session.tracker);
  CAF_CHECK_EQUAL(state_of<tracker_state>(session.tracker).unacked.size(), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
