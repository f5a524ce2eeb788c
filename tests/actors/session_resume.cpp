#define CAF_SUITE session_resume

#include "tests/support/stream_fixture.hpp"

using namespace causeway;
using namespace causeway::test;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The value of an attribute in the first element that has it.
std::string value_of(const std::string& xml, std::string_view name) {
  auto begin = xml.find(' ' + std::string{name} + "='");
  if (begin == std::string::npos)
    return {};
  begin += name.size() + 3;
  return xml.substr(begin, xml.find('\'', begin) - begin);
}

struct fixture : stream_fixture {
  fixture() {
    juliet = connect();
    log_in(juliet, "juliet", "balcony");
    say(juliet, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    previd = value_of(juliet.read(), "id");
    romeo = connect();
    log_in(romeo, "romeo", "orchard");
  }

  void lose(client& x) {
    x.wire->lose();
    consume_messages();
  }

  void from_romeo(const std::string& body) {
    send_chat(romeo, "juliet@localhost/balcony", body);
  }

  std::string resume_text(std::uint32_t h) const {
    return "<resume xmlns='urn:xmpp:sm:3' previd='" + previd + "' h='"
           + std::to_string(h) + "'/>";
  }

  /// Juliet comes back on another connection; returns what she gets.
  std::string come_back(client& x, std::uint32_t h) {
    x = connect();
    authenticate(x, "juliet");
    say(x, resume_text(h));
    return x.read();
  }

  void order(const client& x, session_verb verb) {
    caf::anon_send(x.session, session_order{verb, "by an operator"});
    consume_messages();
  }

  std::size_t counted(counter x) { return node->count->get(x); }

  client juliet;
  client romeo;
  std::string previd;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(session_resume_tests, fixture)

CAF_TEST(a session that lost its connection is resumed) {
  CAF_REQUIRE(!previd.empty());
  say(juliet, "<presence xmlns='jabber:client'/>");
  from_romeo("one");
  from_romeo("two");
  lose(juliet);
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 1u);
  from_romeo("three");
  client again;
  auto got = come_back(again, 2);
  CAF_CHECK(has(got, "<resumed "));
  CAF_CHECK_EQUAL(value_of(got, "previd"), previd);
  CAF_CHECK(has(got, " h='1'"));
  CAF_CHECK(!has(got, ">one<"));
  CAF_CHECK(got.find("<resumed ") < got.find(">two<"));
  CAF_CHECK(got.find(">two<") < got.find(">three<"));
  CAF_CHECK(has(got, "urn:xmpp:delay"));
  CAF_CHECK(has(got, "<r xmlns='urn:xmpp:sm:3'/>"));
  from_romeo("four");
  CAF_CHECK(has(again.read(), ">four<"));
  say(again, "<message xmlns='jabber:client' to='romeo@localhost/orchard'>"
             "<body>back</body></message>");
  CAF_CHECK(has(romeo.read(), "from='juliet@localhost/balcony'"));
  CAF_CHECK_EQUAL(counted(counter::sessions_resumed), 1u);
}

CAF_TEST(a session keeps no memory of connections that are gone) {
  // CAF frees the memory of an actor when nobody refers to it weakly either.
  auto weak = [](auto& x) { return caf::actor_cast<caf::weak_actor_ptr>(x); };
  auto& session = session_of(juliet);
  std::vector<caf::weak_actor_ptr> gone{
    weak(session.connection), weak(session.parser)};
  lose(juliet);
  for (auto& x : gone) {
    CAF_CHECK_EQUAL(x.get()->strong_refs.load(), 0u);
    CAF_CHECK_EQUAL(x.get()->weak_refs.load(), 1u);
  }
}

CAF_TEST(what ended a connection is not said of the one that follows) {
  auto& session = session_of(juliet);
  lose(juliet);
  CAF_CHECK_EQUAL(session.life.last_error, "lost");
  client again;
  come_back(again, 0);
  CAF_CHECK_EQUAL(session.life.last_error, "");
}

CAF_TEST(the stream that brought the client back ends without a word) {
  lose(juliet);
  client again;
  come_back(again, 0);
  CAF_CHECK(!again.wire->closed);
  CAF_CHECK_EQUAL(node->table->size(), 3u);
  auto owner = state_of<connection_state>(session_of(juliet).connection).owner;
  CAF_CHECK(owner == juliet.session);
}

CAF_TEST(a stream that is still there gets a conflict) {
  client again;
  auto got = come_back(again, 0);
  CAF_CHECK(has(got, "<resumed "));
  auto old = juliet.read();
  CAF_CHECK(has(old, "<conflict "));
  CAF_CHECK(has(old, "<close "));
  CAF_CHECK(juliet.wire->closed);
  from_romeo("here");
  CAF_CHECK(has(again.read(), ">here<"));
  CAF_CHECK(session_of(juliet).parked == nullptr);
}

CAF_TEST(what a client sends right behind its resume is handled in order) {
  lose(juliet);
  auto again = connect();
  authenticate(again, "juliet");
  again.wire->client_sends(resume_text(0));
  for (auto body : {"a", "b", "c"})
    again.wire->client_sends(
      "<message xmlns='jabber:client' to='romeo@localhost/orchard'><body>"
      + std::string{body} + "</body></message>");
  again.wire->client_sends("<r xmlns='urn:xmpp:sm:3'/>");
  consume_messages();
  auto got = romeo.read();
  CAF_CHECK(got.find(">a<") < got.find(">b<"));
  CAF_CHECK(got.find(">b<") < got.find(">c<"));
  CAF_CHECK(has(got, ">c<"));
  CAF_CHECK(has(again.read(), "<a xmlns='urn:xmpp:sm:3' h='3'/>"));
}

CAF_TEST(what still comes from the old connection is not counted) {
  auto old_parser = session_of(juliet).parser;
  client again;
  come_back(again, 0);
  auto late = std::make_shared<frame>(
    "<message xmlns='jabber:client' to='romeo@localhost/orchard'/>",
    std::weak_ptr<credit_account>{});
  auto text = protocol::parse_message(late->text);
  caf::anon_send(session_of(juliet).tracker,
    element_in{
      std::make_shared<const protocol::stream_element>(*text), nullptr, 0});
  consume_messages();
  say(again, "<r xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK(has(again.read(), "h='0'"));
}

CAF_TEST(a resumed session can be resumed again) {
  lose(juliet);
  client second;
  come_back(second, 0);
  from_romeo("one");
  lose(second);
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 2u);
  client third;
  auto got = come_back(third, 0);
  CAF_CHECK(has(got, "<resumed "));
  CAF_CHECK(has(got, ">one<"));
}

CAF_TEST(the wait ends when its time is over) {
  say(juliet, "<presence xmlns='jabber:client'/>");
  node->timers.clear();
  lose(juliet);
  CAF_REQUIRE_EQUAL(node->timers.size(), 1u);
  CAF_CHECK(node->timers.front().first == std::chrono::seconds{600});
  node->timers.front().second();
  consume_messages();
  CAF_CHECK_EQUAL(counted(counter::sessions_expired), 1u);
  client again;
  auto got = come_back(again, 0);
  CAF_CHECK(has(got, "<failed "));
  CAF_CHECK(has(got, "<item-not-found "));
}

CAF_TEST(a client that wants a shorter wait gets it) {
  auto brief = connect();
  log_in(brief, "juliet", "window");
  say(brief, "<enable xmlns='urn:xmpp:sm:3' resume='true' max='60'/>");
  CAF_CHECK_EQUAL(value_of(brief.read(), "max"), "60");
  node->timers.clear();
  lose(brief);
  CAF_REQUIRE_EQUAL(node->timers.size(), 1u);
  CAF_CHECK(node->timers.front().first == std::chrono::seconds{60});
}

CAF_TEST(one more that waits ends the one that has waited longest) {
  auto tight = std::make_shared<stream_environment>(*node->environment);
  tight->resumption.max_parked_per_account = 2;
  node->environment = tight;
  from_romeo("one");
  lose(juliet);
  std::string ids[2];
  for (auto i : {0, 1}) {
    CAF_CHECK_EQUAL(counted(counter::sessions_crowded_out), 0u);
    auto x = connect();
    log_in(x, "juliet", "room" + std::to_string(i));
    say(x, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    ids[i] = value_of(x.read(), "id");
    lose(x);
  }
  CAF_CHECK_EQUAL(counted(counter::sessions_crowded_out), 1u);
  CAF_CHECK_EQUAL(counted(counter::sessions_expired), 0u);
  CAF_CHECK_EQUAL(counted(counter::returned_stored), 1u);
  CAF_CHECK_EQUAL(node->table->parked(), 2u);
  client again;
  CAF_CHECK(has(come_back(again, 0), "<item-not-found "));
  for (auto& id : ids) {
    previd = id;
    CAF_CHECK(has(come_back(again, 0), "<resumed "));
  }
}

CAF_TEST(a timer of an earlier wait ends nothing) {
  lose(juliet);
  client second;
  come_back(second, 0);
  lose(second);
  CAF_REQUIRE_EQUAL(node->timers.size(), 2u);
  node->timers.front().second();
  consume_messages();
  CAF_CHECK(session_of(juliet).parked != nullptr);
}

CAF_TEST(after a refusal the client may bind) {
  auto again = connect();
  authenticate(again, "juliet");
  say(again, "<resume xmlns='urn:xmpp:sm:3' previd='nonsense' h='0'/>");
  CAF_CHECK(has(again.read(), "<item-not-found "));
  say(again, "<iq xmlns='jabber:client' type='set' id='b'><bind "
             "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>window"
             "</resource></bind></iq>");
  CAF_CHECK(has(again.read(), "juliet@localhost/window"));
  say(again, "<enable xmlns='urn:xmpp:sm:3' resume='1'/>");
  CAF_CHECK(has(again.read(), "<enabled "));
}

CAF_TEST(what was sent behind a refused resume is not lost) {
  auto again = connect();
  authenticate(again, "juliet");
  again.wire->client_sends(
    "<resume xmlns='urn:xmpp:sm:3' previd='nonsense' h='0'/>");
  again.wire->client_sends("<iq xmlns='jabber:client' type='set' id='b'><bind "
                           "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  consume_messages();
  auto got = again.read();
  CAF_CHECK(has(got, "<failed "));
  CAF_CHECK(has(got, "<jid>"));
}

CAF_TEST(nobody resumes the session of another user) {
  lose(juliet);
  auto thief = connect();
  authenticate(thief, "romeo");
  say(thief, resume_text(0));
  CAF_CHECK(has(thief.read(), "<item-not-found "));
  CAF_CHECK(session_of(juliet).parked != nullptr);
}

CAF_TEST(an h that covers what was never sent leaves the session waiting) {
  lose(juliet);
  client again;
  auto got = come_back(again, 7);
  CAF_CHECK(has(got, "<failed "));
  CAF_CHECK(session_of(juliet).parked != nullptr);
  CAF_CHECK(has(come_back(again, 0), "<resumed "));
}

CAF_TEST(a session that was closed cannot be resumed) {
  say(juliet, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  client again;
  CAF_CHECK(has(come_back(again, 0), "<item-not-found "));
}

CAF_TEST(a stream error is the end of the session) {
  say(juliet, "<nonsense");
  client again;
  CAF_CHECK(has(come_back(again, 0), "<item-not-found "));
}

CAF_TEST(a session that is kicked is over and what it had is stored) {
  from_romeo("one");
  order(juliet, session_verb::kick);
  auto got = juliet.read();
  CAF_CHECK(has(got, "<policy-violation "));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(counted(counter::sessions_kicked), 1u);
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 0u);
  CAF_CHECK_EQUAL(counted(counter::returned_stored), 1u);
  client again;
  CAF_CHECK(has(come_back(again, 0), "<item-not-found "));
  auto other = connect();
  log_in(other, "juliet", "window");
  say(other, "<presence xmlns='jabber:client'/>");
  got = other.read();
  CAF_CHECK_EQUAL(count_of(got, ">one<"), 1u);
  CAF_CHECK(has(got, "urn:xmpp:delay"));
}

CAF_TEST(what a session had that is kicked goes to another resource) {
  auto other = connect();
  log_in(other, "juliet", "window");
  say(other, "<presence xmlns='jabber:client'/>");
  other.read();
  from_romeo("one");
  CAF_CHECK(other.read().empty());
  order(juliet, session_verb::kick);
  CAF_CHECK_EQUAL(count_of(other.read(), ">one<"), 1u);
  CAF_CHECK_EQUAL(counted(counter::returned_delivered), 1u);
}

CAF_TEST(an operator ends a session that waits) {
  from_romeo("one");
  order(juliet, session_verb::expire);
  CAF_CHECK(!juliet.wire->closed);
  lose(juliet);
  order(juliet, session_verb::expire);
  CAF_CHECK_EQUAL(counted(counter::sessions_expired_operator), 1u);
  CAF_CHECK_EQUAL(counted(counter::sessions_expired), 0u);
  CAF_CHECK_EQUAL(counted(counter::returned_stored), 1u);
  client again;
  CAF_CHECK(has(come_back(again, 0), "<item-not-found "));
}

CAF_TEST(a session that a newer one replaces is over) {
  from_romeo("one");
  auto newer = connect();
  auto got = log_in(newer, "juliet", "balcony");
  CAF_CHECK(has(juliet.read(), "<conflict "));
  CAF_CHECK(juliet.wire->closed);
  CAF_CHECK_EQUAL(count_of(got, ">one<"), 1u);
  CAF_CHECK_EQUAL(counted(counter::sessions_replaced), 1u);
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 0u);
  client again;
  CAF_CHECK(has(come_back(again, 0), "<item-not-found "));
  from_romeo("two");
  CAF_CHECK_EQUAL(count_of(newer.read(), ">two<"), 1u);
}

CAF_TEST(a bind of the same resource gets what the waiting session had) {
  from_romeo("one");
  lose(juliet);
  from_romeo("two");
  auto again = connect();
  auto got = log_in(again, "juliet", "balcony");
  CAF_CHECK_EQUAL(count_of(got, ">one<"), 1u);
  CAF_CHECK(got.find(">one<") < got.find(">two<"));
  CAF_CHECK_EQUAL(count_of(got, ">two<"), 1u);
}

CAF_TEST(the last of two who resume at a time has the session) {
  lose(juliet);
  auto second = connect();
  authenticate(second, "juliet");
  auto third = connect();
  authenticate(third, "juliet");
  second.wire->client_sends(resume_text(0));
  third.wire->client_sends(resume_text(0));
  consume_messages();
  auto one = second.read();
  auto two = third.read();
  CAF_CHECK_EQUAL(count_of(one + two, "<resumed "), 2u);
  CAF_CHECK_EQUAL(count_of(one + two, "<conflict "), 1u);
  CAF_CHECK(second.wire->closed != third.wire->closed);
  from_romeo("once");
  CAF_CHECK_EQUAL(count_of(second.read() + third.read(), ">once<"), 1u);
}

CAF_TEST(what came right before the loss is handled and may be the end) {
  juliet.wire->client_sends(
    "<message xmlns='jabber:client' to='romeo@localhost/orchard'>"
    "<body>last</body></message>");
  juliet.wire->client_sends(
    "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  juliet.wire->lose();
  consume_messages();
  CAF_CHECK(has(romeo.read(), ">last<"));
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 0u);
  client again;
  CAF_CHECK(has(come_back(again, 0), "<item-not-found "));
}

CAF_TEST(a session that dies during its resumption leaves nobody waiting) {
  lose(juliet);
  for (int steps = 0; steps < 40; ++steps) {
    auto owner = connect();
    log_in(owner, "juliet", "room" + std::to_string(steps));
    say(owner, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    previd = value_of(owner.read(), "id");
    lose(owner);
    auto again = connect();
    authenticate(again, "juliet");
    again.wire->client_sends(resume_text(0));
    for (int i = 0; i < steps && sched.try_run_once(); ++i)
      ;
    kill(owner.session);
    // Resumed before, refused, or cut: never silent.
    auto got = again.read();
    CAF_CHECK(again.wire->closed || has(got, "<item-not-found "));
    CAF_CHECK(!(has(got, "<resumed ") && has(got, "<failed ")));
  }
}

CAF_TEST(the loss of the old connection during a resumption changes nothing) {
  // However far the resumption has come.
  for (int steps = 0; steps < 40; ++steps) {
    auto again = connect();
    authenticate(again, "juliet");
    auto old = juliet.wire;
    again.wire->client_sends(resume_text(0));
    for (int i = 0; i < steps && sched.try_run_once(); ++i)
      ;
    old->lose();
    consume_messages();
    CAF_CHECK(has(again.read(), "<resumed "));
    say(again, "<r xmlns='urn:xmpp:sm:3'/>");
    CAF_CHECK(has(again.read(), "<a xmlns='urn:xmpp:sm:3' h='0'/>"));
    CAF_CHECK(session_of(juliet).parked == nullptr);
    juliet.wire = again.wire;
  }
}

CAF_TEST(the end of the wait during a resumption leaves one decision) {
  for (int steps = 0; steps < 40; ++steps) {
    auto waits = connect();
    log_in(waits, "juliet", "room" + std::to_string(steps));
    say(waits, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    previd = value_of(waits.read(), "id");
    lose(waits);
    auto again = connect();
    authenticate(again, "juliet");
    again.wire->client_sends(resume_text(0));
    for (int i = 0; i < steps && sched.try_run_once(); ++i)
      ;
    node->timers.back().second();
    consume_messages();
    auto got = again.read();
    CAF_CHECK(has(got, "<resumed ") != has(got, "<item-not-found "));
    CAF_CHECK(!again.wire->closed);
  }
}

CAF_TEST(a parser that dies during a resumption leaves nobody waiting) {
  for (int steps = 0; steps < 40; ++steps) {
    lose(juliet);
    auto again = connect();
    authenticate(again, "juliet");
    auto parser = session_of(again).parser;
    again.wire->client_sends(resume_text(0));
    for (auto body : {"a", "b"})
      again.wire->client_sends(
        "<message xmlns='jabber:client' to='romeo@localhost/orchard'><body>"
        + std::string{body} + "</body></message>");
    for (int i = 0; i < steps && sched.try_run_once(); ++i)
      ;
    kill(parser);
    CAF_CHECK(has(again.read(), "<resumed "));
    auto got = romeo.read();
    CAF_CHECK_EQUAL(count_of(got, ">a<"), 1u);
    CAF_CHECK_EQUAL(count_of(got, ">b<"), 1u);
    CAF_CHECK(got.find(">a<") < got.find(">b<"));
    say(again, "<r xmlns='urn:xmpp:sm:3'/>");
    CAF_CHECK(has(again.read(), "h='" + std::to_string(2 * (steps + 1)) + "'"));
    juliet.wire = again.wire;
  }
}

CAF_TEST(a parser that dies during a refused resumption is replaced) {
  for (int steps = 0; steps < 30; ++steps) {
    auto again = connect();
    authenticate(again, "juliet");
    auto parser = session_of(again).parser;
    again.wire->client_sends(
      "<resume xmlns='urn:xmpp:sm:3' previd='nonsense' h='0'/>");
    again.wire->client_sends("<iq xmlns='jabber:client' type='set' id='b'>"
                             "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
                             "</iq>");
    for (int i = 0; i < steps && sched.try_run_once(); ++i)
      ;
    kill(parser);
    auto got = again.read();
    CAF_CHECK(has(got, "<failed "));
    CAF_CHECK_EQUAL(count_of(got, "<jid>"), 1u);
  }
}

CAF_TEST(what ends the stream right behind its resume is told as an error) {
  lose(juliet);
  auto again = connect();
  authenticate(again, "juliet");
  again.wire->client_sends(resume_text(0));
  again.wire->client_sends("<nonsense");
  consume_messages();
  auto got = again.read();
  CAF_CHECK(got.find("<resumed ") < got.find("<not-well-formed "));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(again.wire->close_code, 1000u);
  client last;
  CAF_CHECK(has(come_back(last, 0), "<item-not-found "));
}

CAF_TEST(a replaced connection does not end the session that goes on) {
  auto old = session_of(juliet).connection;
  client again;
  come_back(again, 0);
  caf::send_as(caf::actor_cast<caf::actor>(old), juliet.session,
    stream_failed{protocol::stream_error::internal_server_error, "late", {}});
  consume_messages();
  CAF_CHECK(!again.wire->closed);
  say(again, "<r xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK(has(again.read(), "<a "));
}

CAF_TEST(a close frame without a word before it parks the session) {
  from_romeo("one");
  juliet.wire->lose(close_cause::peer_closed);
  consume_messages();
  CAF_CHECK(session_of(juliet).parked != nullptr);
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 1u);
  client again;
  auto got = come_back(again, 0);
  CAF_CHECK(has(got, "<resumed "));
  CAF_CHECK(has(got, ">one<"));
}

CAF_TEST(a connection that dies parks its session) {
  kill(session_of(juliet).connection);
  CAF_CHECK(session_of(juliet).parked != nullptr);
  client again;
  CAF_CHECK(has(come_back(again, 0), "<resumed "));
}

CAF_TEST(a silent client is cut and its session waits) {
  caf::anon_send(session_of(juliet).connection, silence_noticed{true});
  consume_messages();
  CAF_CHECK(juliet.wire->closed);
  CAF_CHECK(!has(juliet.read(), "<close "));
  CAF_CHECK(session_of(juliet).parked != nullptr);
}

// -- poison -------------------------------------------------------------------

CAF_TEST(a stanza that ends three resumed connections is sent no more) {
  from_romeo("bad");
  from_romeo("good");
  lose(juliet);
  client again;
  for (auto i = 0; i < 3; ++i) {
    CAF_CHECK(has(come_back(again, 0), ">bad<"));
    lose(again);
  }
  CAF_CHECK_EQUAL(counted(counter::poison_stanzas), 0u);
  CAF_CHECK(romeo.read().empty());
  auto got = come_back(again, 0);
  CAF_CHECK(!has(got, ">bad<"));
  CAF_CHECK(has(got, ">good<"));
  CAF_CHECK_EQUAL(counted(counter::poison_stanzas), 1u);
  auto error = romeo.read();
  CAF_CHECK(has(error, "id='bad'"));
  CAF_CHECK(has(error, "<service-unavailable "));
  // What came behind it is the first one that the client counts.
  say(again, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
  CAF_CHECK(!again.wire->closed);
  auto& tracker = state_of<tracker_state>(session_of(juliet).tracker);
  CAF_CHECK(tracker.unacked.empty());
  lose(again);
  CAF_CHECK(has(come_back(again, 1), "<resumed "));
}

CAF_TEST(a network that fails is no proof against a stanza) {
  from_romeo("one");
  lose(juliet);
  client again;
  for (auto i = 0; i < 5; ++i) {
    CAF_CHECK(has(come_back(again, 0), ">one<"));
    again.wire->lose(close_cause::pong_timeout);
    consume_messages();
  }
  CAF_CHECK_EQUAL(counted(counter::poison_stanzas), 0u);
}

CAF_TEST(a stanza that was not written is not to blame) {
  from_romeo("one");
  lose(juliet);
  client again;
  for (auto i = 0; i < 5; ++i) {
    again = connect();
    authenticate(again, "juliet");
    again.wire->stalled = true;
    say(again, resume_text(0));
    lose(again);
  }
  CAF_CHECK(has(come_back(again, 0), ">one<"));
  CAF_CHECK_EQUAL(counted(counter::poison_stanzas), 0u);
}

CAF_TEST(a client that gets on is given each stanza again) {
  for (auto i = 0; i < 5; ++i)
    from_romeo("m" + std::to_string(i));
  lose(juliet);
  client again;
  for (auto h = 0u; h < 5; ++h)
    for (auto tries = 0; tries < 2; ++tries) {
      CAF_CHECK(has(come_back(again, h), ">m" + std::to_string(h) + "<"));
      lose(again);
    }
  CAF_CHECK_EQUAL(counted(counter::poison_stanzas), 0u);
}

CAF_TEST(a stored stanza that ends connections is stored no more) {
  say(juliet, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  from_romeo("bad");
  juliet = connect();
  log_in(juliet, "juliet", "balcony");
  say(juliet, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
  previd = value_of(juliet.read(), "id");
  say(juliet, "<presence xmlns='jabber:client'/>");
  say(juliet, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
  CAF_CHECK(has(juliet.read(), ">bad<"));
  lose(juliet);
  client again;
  for (auto i = 0; i < 3; ++i) {
    come_back(again, 1);
    lose(again);
  }
  romeo.read();
  CAF_CHECK(!has(come_back(again, 1), ">bad<"));
  CAF_CHECK(has(romeo.read(), "<service-unavailable "));
  say(again, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  client later = connect();
  log_in(later, "juliet", "balcony");
  say(later, "<presence xmlns='jabber:client'/>");
  CAF_CHECK(!has(later.read(), ">bad<"));
}

CAF_TEST_FIXTURE_SCOPE_END()
