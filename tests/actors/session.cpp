#define CAF_SUITE session

#include "tests/support/stream_fixture.hpp"

using namespace causeway;
using namespace causeway::test;

namespace {

constexpr auto internal_error = "internal-server-error";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct fixture : stream_fixture {
  fixture() {
    juliet = connect();
    log_in(juliet, "juliet", "balcony");
    romeo = connect();
    log_in(romeo, "romeo", "orchard");
  }

  const std::string juliet_jid = "juliet@localhost/balcony";
  client juliet;
  client romeo;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(session_tests, fixture)

CAF_TEST(a parser that dies between elements is replaced) {
  kill(session_of(juliet).parser);
  send_chat(juliet, "romeo@localhost/orchard", "after");
  CAF_CHECK(has(romeo.read(), "<body>after</body>"));
  CAF_CHECK_EQUAL(juliet.read(), "");
  CAF_CHECK_EQUAL(node->count->get(counter::parsers_replaced), 1u);
}

CAF_TEST(messages in the mailbox of a dead parser are parsed by the next) {
  auto& parser = session_of(juliet).parser;
  for (auto body : {"1", "2", "3"})
    juliet.wire->client_sends(
      "<message xmlns='jabber:client' to='romeo@localhost/orchard'><body>"
      + std::string{body} + "</body></message>");
  // The parser has not run yet.
  kill(parser);
  auto got = romeo.read();
  CAF_CHECK(got.find(">1<") < got.find(">2<"));
  CAF_CHECK(got.find(">2<") < got.find(">3<"));
  CAF_CHECK(has(got, ">3<"));
}

CAF_TEST(the element that kills a parser gets a stream error) {
  auto poison = std::make_shared<frame>("<x/>", juliet.wire);
  poison->phase = frame_phase::taken;
  session_of(juliet).line->pause({});
  juliet.wire->sink->take(poison);
  kill(session_of(juliet).parser);
  CAF_CHECK(has(juliet.read(), internal_error));
  CAF_CHECK_EQUAL(juliet.wire->close_code, 1000u);
}

CAF_TEST(a parser that keeps dying ends the stream) {
  for (int i = 0; i < 4; ++i)
    kill(session_of(juliet).parser);
  CAF_CHECK(has(juliet.read(), internal_error));
  CAF_CHECK(juliet.wire->closed);
}

CAF_TEST(the death of the connection ends the session and stores the rest) {
  enable_sm(juliet);
  send_chat(romeo, juliet_jid, "unacked");
  juliet.read();
  kill(session_of(juliet).connection);
  CAF_CHECK(juliet.wire->closed);
  CAF_CHECK_EQUAL(romeo.read(), "");
  CAF_CHECK_EQUAL(node->count->get(counter::offline_stored), 1u);
  CAF_CHECK_EQUAL(node->count->get(counter::sessions_ended), 1u);
}

CAF_TEST(the death of the tracker ends the stream and loses nothing) {
  enable_sm(juliet);
  send_chat(romeo, juliet_jid, "unacked");
  juliet.read();
  kill(session_of(juliet).tracker);
  auto got = juliet.read();
  CAF_CHECK(has(got, internal_error));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(romeo.read(), "");
  CAF_CHECK_EQUAL(node->count->get(counter::offline_stored), 1u);
}

CAF_TEST(unacked messages go to another resource of the account) {
  auto chamber = connect();
  log_in(chamber, "juliet", "chamber");
  say(chamber, "<presence xmlns='jabber:client'/>");
  chamber.read();
  enable_sm(juliet);
  send_chat(romeo, juliet_jid, "moved");
  juliet.wire->lose();
  consume_messages();
  CAF_CHECK(has(chamber.read(), "<body>moved</body>"));
  CAF_CHECK_EQUAL(romeo.read(), "");
}

CAF_TEST(the death of the link cuts the connection without close) {
  kill(session_of(juliet).link);
  CAF_CHECK_EQUAL(juliet.read(), "");
  CAF_CHECK_EQUAL(juliet.wire->close_code, 1011u);
}

CAF_TEST(the death of the session tells the client and frees the resource) {
  kill(juliet.session);
  auto got = juliet.read();
  CAF_CHECK(has(got, internal_error));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(juliet.wire->close_code, 1011u);
  send_chat(romeo, juliet_jid, "gone");
  CAF_CHECK_EQUAL(romeo.read(), "");
  auto again = connect();
  CAF_CHECK(has(log_in(again, "juliet", "balcony"), juliet_jid));
  say(again, "<presence xmlns='jabber:client'/>");
  CAF_CHECK(has(again.read(), "<body>gone</body>"));
}

CAF_TEST(a client that does not read is ended and its messages are stored) {
  juliet.wire->stalled = true;
  std::string body(200'000, 'x');
  for (int i = 0; i < 22; ++i)
    say(romeo, "<message xmlns='jabber:client' to='" + juliet_jid + "'><body>"
                 + body + "</body></message>");
  CAF_CHECK(juliet.wire->closed);
  CAF_CHECK_EQUAL(node->count->get(counter::write_queue_overflows), 1u);
  // All but those for which there is no room.
  CAF_CHECK_EQUAL(node->count->get(counter::offline_stored), 20u);
  CAF_CHECK_EQUAL(node->count->get(counter::offline_refused), 2u);
}

CAF_TEST(a stored backlog comes at the pace at which the client reads) {
  for (int i = 0; i < 250; ++i)
    send_chat(romeo, "juliet@localhost", "m" + std::to_string(i));
  enable_sm(juliet);
  juliet.wire->stalled = true;
  say(juliet, "<presence xmlns='jabber:client'/>");
  // Its own presence, the first batch, and requests for an ack.
  auto count = [this] {
    auto& state = state_of<tracker_state>(session_of(juliet).tracker);
    return state.unacked.size();
  };
  CAF_CHECK_EQUAL(count(), 101u);
  send_chat(romeo, juliet_jid, "m250");
  CAF_CHECK_EQUAL(count(), 101u);
  juliet.wire->take_all();
  consume_messages();
  CAF_CHECK_EQUAL(count(), 252u);
  auto got = juliet.read();
  std::size_t at = 0;
  for (int i = 0; i <= 250 && at != std::string::npos; ++i)
    at = got.find("<body>m" + std::to_string(i) + "</body>", at);
  CAF_CHECK_NOT_EQUAL(at, std::string::npos);
  say(juliet, "<a xmlns='urn:xmpp:sm:3' h='252'/>");
  CAF_CHECK_EQUAL(node->count->get(counter::offline_delivered), 251u);
}

CAF_TEST(all read credit comes back) {
  for (int i = 0; i < 10; ++i)
    send_chat(juliet, "romeo@localhost/orchard", "x");
  send_chat(juliet, "nobody@localhost", "x");
  send_chat(juliet, "@@", "x");
  say(juliet, "<r xmlns='urn:xmpp:sm:3'/>");
  say(juliet, " ");
  CAF_CHECK_EQUAL(juliet.wire->taken_credit, juliet.wire->granted_credit);
}

CAF_TEST(the message limit is raised after authentication) {
  auto fresh = connect();
  auto& limits = node->environment->websocket;
  CAF_CHECK_EQUAL(fresh.wire->limit, limits.max_message_before_auth);
  authenticate(fresh, "juliet");
  CAF_CHECK_EQUAL(fresh.wire->limit, limits.max_message);
}

CAF_TEST(each part of negotiation has its own deadline) {
  auto fresh = connect();
  auto& limits = node->environment->websocket;
  CAF_CHECK(fresh.wire->deadline == limits.handshake_timeout);
  say(fresh, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
             "to='localhost' version='1.0'/>");
  CAF_CHECK(fresh.wire->deadline == limits.auth_timeout);
  log_in(fresh, "juliet", "tower");
  CAF_CHECK_EQUAL(fresh.wire->deadline.count(), 0);
}

CAF_TEST(a stream that failed takes no more from its client) {
  juliet.wire->client_sends("<message");
  juliet.wire->client_sends("<message xmlns='jabber:client' "
                            "to='romeo@localhost/orchard'/>");
  consume_messages();
  CAF_CHECK(has(juliet.read(), "not-well-formed"));
  CAF_CHECK_EQUAL(romeo.read(), "");
}

CAF_TEST(stanzas of clients are counted) {
  auto before = node->count->get(counter::stanzas_in);
  send_chat(juliet, "romeo@localhost/orchard", "x");
  say(juliet, "<r xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK_EQUAL(node->count->get(counter::stanzas_in), before + 1);
}

CAF_TEST(a silent handshake ends without a stream error) {
  auto fresh = connect();
  caf::anon_send(fresh.wire->owner, deadline_reached{});
  consume_messages();
  CAF_CHECK_EQUAL(fresh.read(), "");
  CAF_CHECK_EQUAL(fresh.wire->close_code, 1008u);
}

CAF_TEST(a shutdown by the server is said on the wire) {
  self->send(juliet.session, end_session{});
  consume_messages();
  CAF_CHECK(has(juliet.read(), "system-shutdown"));
  CAF_CHECK_EQUAL(juliet.wire->close_code, 1000u);
}

CAF_TEST(a snapshot names its children) {
  auto answer = self->request(juliet.session, caf::infinite, inspect_request{});
  consume_messages();
  actor_snapshot x;
  answer.receive([&x](actor_snapshot& y) { x = std::move(y); },
    [](caf::error& e) { CAF_FAIL(to_string(e)); });
  CAF_CHECK_EQUAL(x.kind, "session");
  CAF_CHECK_EQUAL(x.state, "established");
  CAF_CHECK_EQUAL(x.children.size(), 4u);
}

CAF_TEST_FIXTURE_SCOPE_END()
