#define CAF_SUITE upstream_resume

#include "tests/support/resumable_fixture.hpp"

using namespace causeway;
using namespace causeway::test;
using namespace causeway::test::login;

namespace {

struct fixture : resumable_fixture {
  /// The time of all timers that run is over.
  void fire_timers() {
    for (auto& [delay, callback] : std::exchange(node->timers, {}))
      callback();
    consume_messages();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_resume_tests, fixture)

CAF_TEST(enable takes its place among the stanzas) {
  auto x = log_in_upstream(features_with_sm);
  x.wire->client_sends(message("1"));
  x.wire->client_sends(enable);
  x.wire->client_sends(message("2"));
  consume_messages();
  auto got = server->read();
  auto at = got.find("<enable ");
  CAF_CHECK(has(got, "resume='true' max='600'"));
  CAF_CHECK(got.find(">1<") < at);
  CAF_CHECK(at < got.find(">2<"));
  CAF_CHECK_EQUAL(x.read(), "");
  reply("<message><body>3</body></message>" + std::string{enabled}
        + "<message><body>4</body></message>");
  auto answer = x.read();
  at = answer.find("<enabled ");
  CAF_CHECK(answer.find(">3<") < at);
  CAF_CHECK(at < answer.find(">4<"));
  CAF_CHECK(has(answer, "resume='true' max='290'"));
  CAF_CHECK(!has(answer, "id='U'"));
  auto& lockstep = std::get<tracker_relay>(
    state_of<tracker_state>(session_of(x).tracker).phase)
                     .lockstep;
  CAF_CHECK_EQUAL(lockstep->to_upstream().sent(), 1u);
  CAF_CHECK_EQUAL(lockstep->to_client().sent(), 1u);
  CAF_CHECK(lockstep->is_counting());
}

CAF_TEST(an answer to the server may leave with what comes next) {
  auto x = log_in_resumable();
  reply("<message/>" + sm("r"));
  CAF_CHECK_EQUAL(server->patient, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
  server->patient.clear();
  say(x, message("1"));
  say(x, sm("r"));
  CAF_CHECK(has(server->read(), "<r "));
  CAF_CHECK_EQUAL(server->patient, "");
}

CAF_TEST(acks go from end to end) {
  auto x = log_in_resumable();
  say(x, message("1"));
  say(x, sm("r"));
  CAF_CHECK_EQUAL(x.read(), "");
  CAF_CHECK(has(server->read(), "</message><r xmlns='urn:xmpp:sm:3'/>"));
  reply(sm("a h='1'"));
  CAF_CHECK(has(x.read(), "h='1'"));
  reply("<message/>" + sm("r"));
  CAF_CHECK(has(server->read(), "<a xmlns='urn:xmpp:sm:3' h='0'/>"));
  say(x, sm("a h='1'"));
  CAF_CHECK(has(server->read(), "<a xmlns='urn:xmpp:sm:3' h='1'/>"));
}

CAF_TEST(a server whose client owes many acks slows down) {
  options.management.max_unacked = 6;
  auto x = log_in_resumable();
  auto window = server->credit;
  reply("<message/><message/><message/><message/>");
  CAF_CHECK_EQUAL(server->credit, window);
  reply("<message/>");
  CAF_CHECK(server->credit < window);
  say(x, sm("a h='5'"));
  CAF_CHECK_EQUAL(server->credit, window);
  reply("<message/><message/><message/><message/><message/>");
  CAF_CHECK(server->credit < window);
  fire_timers();
  CAF_CHECK_EQUAL(server->credit, window);
  CAF_CHECK(!x.wire->closed);
  CAF_CHECK_EQUAL(counted(counter::acks_received), 1u);
  reply("<message/><message/>");
  CAF_CHECK(has(x.read(), "<policy-violation "));
}

CAF_TEST(a server that is slow to acknowledge delays an answer by a second) {
  auto x = log_in_resumable();
  say(x, message("1"));
  say(x, sm("r"));
  CAF_REQUIRE_EQUAL(node->timers.size(), 1u);
  CAF_CHECK_EQUAL(node->timers.front().first.count(), 1000);
  fire_timers();
  CAF_CHECK(has(x.read(), "<a xmlns='urn:xmpp:sm:3' h='0'/>"));
  reply(sm("a h='1'"));
  CAF_CHECK(has(x.read(), "<a xmlns='urn:xmpp:sm:3' h='1'/>"));
}

CAF_TEST(a client that is lost leaves its session with the server) {
  auto x = log_in_resumable();
  lose(x);
  // Behind all that the client has said, so that the server gets it whole.
  CAF_CHECK(server->closed);
  CAF_CHECK(!server->aborted);
  CAF_CHECK_EQUAL(server->read(), "");
  CAF_CHECK_EQUAL(counted(counter::upstream_hibernated), 1u);
  CAF_CHECK_EQUAL(counted(counter::sessions_ended), 1u);
}

CAF_TEST(a client without resumption ends its session where it is lost) {
  auto x = log_in_upstream(features_with_sm);
  say(x, "<enable xmlns='urn:xmpp:sm:3'/>");
  reply("<enabled xmlns='urn:xmpp:sm:3'/>");
  server->read();
  lose(x);
  CAF_CHECK_EQUAL(server->read(), "</stream:stream>");
}

CAF_TEST(a client that closes its stream ends its session) {
  auto x = log_in_resumable();
  say(x, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  CAF_CHECK_EQUAL(server->read(), "</stream:stream>");
}

CAF_TEST(a client that acknowledges too much ends its session) {
  auto x = log_in_resumable();
  say(x, sm("a h='1'"));
  CAF_CHECK(has(x.read(), "<handled-count-too-high "));
  CAF_CHECK_EQUAL(server->read(), "</stream:stream>");
}

CAF_TEST(a session is resumed over another link) {
  auto x = log_in_resumable();
  reply("<message><body>1</body></message>");
  lose(x);
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 1);
  CAF_CHECK_EQUAL(
    server->read(), "<resume xmlns='urn:xmpp:sm:3' previd='U' h='1'/>");
  // What the client sends meanwhile waits.
  say(y, message("early"));
  CAF_CHECK_EQUAL(server->read(), "");
  reply("<resumed xmlns='urn:xmpp:sm:3' previd='U' h='0'/>"
        "<message><body>2</body></message><message><body>3</body></message>"
        + sm("r"));
  auto got = y.read();
  auto at = got.find("<resumed ");
  CAF_CHECK(has(got, "previd='" + id + "' h='0'"));
  CAF_CHECK(at < got.find(">2<"));
  CAF_CHECK(got.find(">2<") < got.find(">3<"));
  auto sent = server->read();
  CAF_CHECK(has(sent, ">early<"));
  CAF_CHECK(has(sent, "<a xmlns='urn:xmpp:sm:3' h='1'/>"));
  CAF_CHECK_EQUAL(session_of(y).jid, "juliet@example.org/x");
  say(y, sm("a h='3'"));
  CAF_CHECK(has(server->read(), "<a xmlns='urn:xmpp:sm:3' h='3'/>"));
  CAF_CHECK_EQUAL(counted(counter::sessions_resumed), 1u);
  // And once more.
  lose(y);
  CAF_CHECK(server->closed);
}

CAF_TEST(a server that hears nothing after a resumption ends it) {
  log_in_resumable();
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  reply("<resumed xmlns='urn:xmpp:sm:3' previd='U' h='0'/>");
  CAF_CHECK(server->deadline == resumption_watch::patience);
  server->read();
  say(y, message("1"));
  server->read();
  server->deadline_passes();
  consume_messages();
  CAF_CHECK_EQUAL(server->read(), sm("r"));
  CAF_CHECK(!y.wire->closed);
  server->deadline_passes();
  consume_messages();
  auto told = server->read();
  CAF_CHECK(has(told, "<connection-timeout "));
  CAF_CHECK(has(told, "</stream:stream>"));
  CAF_CHECK(!has(y.read(), "<close "));
  CAF_CHECK_EQUAL(y.wire->close_code, 1012u);
}

CAF_TEST(a server that is not read after a resumption may be late) {
  log_in_resumable();
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  reply("<resumed xmlns='urn:xmpp:sm:3' previd='U' h='0'/>");
  auto credit = std::exchange(server->credit, 0);
  for (int i = 0; i < 3; ++i) {
    server->deadline = {};
    server->deadline_passes();
    consume_messages();
    CAF_CHECK(server->deadline == resumption_watch::patience);
  }
  CAF_CHECK(!server->closed);
  server->credit = credit;
  server->deadline_passes();
  consume_messages();
  reply(sm("a h='0'"));
  CAF_CHECK_EQUAL(server->deadline.count(), 0);
}

CAF_TEST(a server that acknowledges after a resumption is left in peace) {
  log_in_resumable();
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  reply("<resumed xmlns='urn:xmpp:sm:3' previd='U' h='0'/>");
  server->deadline_passes();
  consume_messages();
  reply(sm("a h='0'"));
  CAF_CHECK_EQUAL(server->deadline.count(), 0);
  server->deadline_passes();
  consume_messages();
  CAF_CHECK(!y.wire->closed);
  CAF_CHECK(!server->closed);
}

CAF_TEST(what a server does not resume may be bound anew) {
  log_in_resumable();
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  reply("<failed xmlns='urn:xmpp:sm:3' h='4'><item-not-found "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
  auto got = y.read();
  CAF_CHECK(has(got, "<item-not-found "));
  CAF_CHECK(has(got, "h='4'"));
  CAF_CHECK_EQUAL(counted(counter::resumptions_refused), 1u);
  server->read();
  say(y, bind);
  CAF_CHECK(has(server->read(), "id='b'"));
  reply(bind_result);
  say(y, enable);
  reply(enabled);
  CAF_CHECK(has(y.read(), "<enabled "));
}

CAF_TEST(a foreign id does not reach the server) {
  auto y = authenticate_upstream(features_with_sm);
  id = "of-no-one";
  resume(y, 0);
  CAF_CHECK(has(y.read(), "<item-not-found "));
  CAF_CHECK_EQUAL(server->read(), "");
}

CAF_TEST(a client that is still there hears of the resumption elsewhere) {
  auto x = log_in_resumable();
  reply("<stream:error><conflict "
        "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        "</stream:stream>");
  auto got = x.read();
  CAF_CHECK(has(got, "<conflict "));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1000u);
}

CAF_TEST(a server that acknowledges too much loses its link) {
  auto x = log_in_resumable();
  reply(sm("a h='1'"));
  auto told = server->read();
  CAF_CHECK(has(told, "<handled-count-too-high "));
  CAF_CHECK(has(told, "</stream:stream>"));
  CAF_CHECK(!has(x.read(), "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1012u);
}

CAF_TEST(without Stream Management upstream the edge counts alone) {
  auto x = log_in_upstream(
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
    "</stream:features>");
  say(x, enable);
  CAF_CHECK_EQUAL(x.read(), "<enabled xmlns='urn:xmpp:sm:3'/>\n");
  say(x, message("1"));
  say(x, sm("r"));
  CAF_CHECK(has(x.read(), "h='1'"));
  CAF_CHECK(!has(server->read(), "urn:xmpp:sm:3"));
  CAF_CHECK_EQUAL(counted(counter::sm_edge_only), 1u);
  for (auto i = 0; i < 5; ++i)
    reply("<message/>");
  CAF_CHECK(has(x.read(), "<r xmlns='urn:xmpp:sm:3'/>"));
}

CAF_TEST(a node that stops leaves sessions with the server) {
  auto x = log_in_resumable();
  caf::anon_send(x.session,
    end_session{protocol::stream_error::system_shutdown, "stopping"});
  consume_messages();
  CAF_CHECK(server->closed);
  CAF_CHECK(!has(x.read(), "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1012u);
}

CAF_TEST(a tracker that dies leaves the session with the server) {
  auto x = log_in_resumable();
  kill(session_of(x).tracker);
  CAF_CHECK(server->closed);
  CAF_CHECK(!has(x.read(), "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1011u);
}

CAF_TEST(a silent client is asked in the way that both ends count) {
  auto x = log_in_upstream(features_with_sm);
  caf::anon_send(session_of(x).connection, silence_noticed{false});
  consume_messages();
  CAF_CHECK(has(x.read(), "id='causeway-probe-1'"));
  say(x, enable);
  reply(enabled);
  server->read();
  // Counted by the client, so that the server must count it, too.
  say(x, "<iq xmlns='jabber:client' type='result' id='causeway-probe-1'/>");
  CAF_CHECK(has(server->read(), "causeway-probe-1"));
  x.read();
  caf::anon_send(session_of(x).connection, silence_noticed{false});
  consume_messages();
  CAF_CHECK_EQUAL(x.read(), "<r xmlns='urn:xmpp:sm:3'/>\n");
}

CAF_TEST(timers do not keep a tracker alive) {
  auto x = log_in_resumable();
  say(x, message("1"));
  say(x, sm("r"));
  auto tracker = caf::actor_cast<caf::weak_actor_ptr>(session_of(x).tracker);
  lose(x);
  CAF_CHECK(!tracker.lock());
  fire_timers();
}

CAF_TEST_FIXTURE_SCOPE_END()
