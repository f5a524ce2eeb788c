#define CAF_SUITE edge_resume

#include "tests/support/resumable_fixture.hpp"

#include <algorithm>

using namespace causeway;
using namespace causeway::test;
using namespace causeway::test::login;

namespace {

constexpr auto stream_end = "</stream:stream>";

/// As the server writes it.
std::string chat(std::string_view body, std::string_view type = "chat") {
  return "<message type='" + std::string{type} + "' from='romeo@example.org/o' "
         + "to='juliet@example.org/x' id='" + std::string{body} + "'><body>"
         + std::string{body} + "</body></message>";
}

/// How often each of these bodies occurs, in this order.
bool has_in_order(const std::string& text, std::initializer_list<int> bodies) {
  std::size_t at = 0;
  for (auto x : bodies) {
    auto body = ">" + std::to_string(x) + "<";
    at = text.find(body, at);
    if (at == std::string::npos || count_of(text, body) != 1)
      return false;
  }
  return true;
}

struct fixture : resumable_fixture {
  fixture() { options.edge_resume = true; }

  /// A client whose session is held here; its id is in `id`, its server in
  /// `behind`.
  client log_in_held() {
    auto x = log_in_upstream();
    say(x, enable);
    id = id_in(x.read());
    behind = server;
    return x;
  }

  void from_behind(const std::string& bytes) {
    behind->server_sends(bytes);
    consume_messages();
  }

  /// On another connection, with a server of its own; returns what it gets.
  std::string come_back(client& x, std::uint32_t h) {
    x = authenticate_upstream();
    resume(x, h);
    return x.read();
  }

  /// The window of a session that waits is over.
  void expire() {
    for (auto& [delay, callback] : std::exchange(node->timers, {}))
      if (delay >= std::chrono::minutes{1})
        callback();
    consume_messages();
  }

  tracker_state& tracker_of(const client& x) {
    return state_of<tracker_state>(session_of(x).tracker);
  }

  std::shared_ptr<fake_upstream_socket> behind;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(edge_resume_tests, fixture)

// -- granting -----------------------------------------------------------------

CAF_TEST(no resumption is granted unless the configuration says so) {
  options.edge_resume = false;
  auto x = log_in_upstream();
  say(x, enable);
  CAF_CHECK_EQUAL(x.read(), "<enabled xmlns='urn:xmpp:sm:3'/>\n");
  CAF_CHECK_EQUAL(counted(counter::sm_edge_held), 0u);
  lose(x);
  CAF_CHECK_EQUAL(server->read(), stream_end);
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 0u);
  auto y = authenticate_upstream();
  say(y, "<resume xmlns='urn:xmpp:sm:3' previd='any' h='0'/>");
  CAF_CHECK(has(y.read(), "<feature-not-implemented "));
}

CAF_TEST(a session is held where the server has no Stream Management) {
  auto x = log_in_upstream();
  say(x, enable);
  auto got = x.read();
  CAF_CHECK(has(got, "<enabled xmlns='urn:xmpp:sm:3' id='"));
  CAF_CHECK(has(got, "resume='true' max='600'"));
  CAF_CHECK_EQUAL(server->read(), "");
  CAF_CHECK_EQUAL(counted(counter::sm_edge_held), 1u);
  CAF_CHECK_EQUAL(counted(counter::sm_edge_only), 1u);
  CAF_CHECK_EQUAL(counted(counter::sm_enabled), 1u);
  CAF_CHECK_EQUAL(session_of(x).resume_name(), "edge");
  // It may be closed for good.
  say(x, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  CAF_CHECK_EQUAL(server->read(), stream_end);
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 0u);
}

CAF_TEST(a session is held where the server refuses Stream Management) {
  auto x = log_in_upstream(features_with_sm);
  x.wire->client_sends(enable);
  x.wire->client_sends(message("1"));
  x.wire->client_sends(sm("r"));
  consume_messages();
  CAF_CHECK_EQUAL(x.read(), "");
  reply("<failed xmlns='urn:xmpp:sm:3'/>");
  auto got = x.read();
  CAF_CHECK(has(got, "resume='true'"));
  CAF_CHECK(has(got, "<a xmlns='urn:xmpp:sm:3' h='1'/>"));
}

CAF_TEST(a client that does not ask for it is not held) {
  auto x = log_in_upstream();
  say(x, "<enable xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK_EQUAL(x.read(), "<enabled xmlns='urn:xmpp:sm:3'/>\n");
  lose(x);
  CAF_CHECK_EQUAL(server->read(), stream_end);
}

CAF_TEST(what the server can resume stays with it) {
  auto x = log_in_upstream(features_with_sm);
  say(x, enable);
  reply("<enabled xmlns='urn:xmpp:sm:3' id='U' resume='true'/>");
  CAF_CHECK(has(x.read(), "resume='true'"));
  CAF_CHECK_EQUAL(session_of(x).resume_name(), "upstream");
  server->read();
  lose(x);
  CAF_CHECK(server->closed && !server->aborted);
  CAF_CHECK_EQUAL(server->read(), "");
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 0u);
}

// -- resumption ---------------------------------------------------------------

CAF_TEST(a client finds its session and everything once) {
  auto x = log_in_held();
  say(x, message("mine"));
  from_behind(chat("1") + chat("2"));
  lose(x);
  CAF_CHECK(!behind->closed && !behind->aborted);
  CAF_CHECK_EQUAL(counted(counter::sessions_parked), 1u);
  CAF_CHECK_EQUAL(node->table->parked(), 1u);
  from_behind(chat("3") + chat("4"));
  client y;
  auto got = come_back(y, 1);
  CAF_CHECK(
    has(got, "<resumed xmlns='urn:xmpp:sm:3' previd='" + id + "' h='1'"));
  CAF_CHECK(has_in_order(got, {2, 3, 4}));
  CAF_CHECK(!has(got, ">1<"));
  CAF_CHECK(has(got, "<delay "));
  // The stream of the new login is of no use.
  CAF_CHECK_EQUAL(server->read(), stream_end);
  CAF_CHECK_EQUAL(counted(counter::sessions_resumed), 1u);
  CAF_CHECK_EQUAL(node->table->parked(), 0u);
  say(y, message("more"));
  CAF_CHECK(has(behind->read(), ">more<"));
  from_behind(chat("5"));
  CAF_CHECK(has(y.read(), ">5<"));
  say(y, sm("a h='5'"));
  CAF_CHECK(tracker_of(x).unacked.empty());
  say(y, sm("r"));
  CAF_CHECK(has(y.read(), "<a xmlns='urn:xmpp:sm:3' h='2'/>"));
  // And again.
  lose(y);
  from_behind(chat("6"));
  CAF_CHECK(has_in_order(come_back(y, 5), {6}));
}

CAF_TEST(what comes behind a resumption belongs to the old session) {
  auto x = log_in_held();
  lose(x);
  auto y = authenticate_upstream();
  behind->read();
  y.wire->client_sends(
    "<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>");
  y.wire->client_sends(message("early"));
  consume_messages();
  CAF_CHECK(has(y.read(), "<resumed "));
  CAF_CHECK(has(behind->read(), ">early<"));
  CAF_CHECK_EQUAL(server->read(), stream_end);
}

CAF_TEST(a connection that is still there gets a conflict) {
  auto x = log_in_held();
  client y;
  CAF_CHECK(has(come_back(y, 0), "<resumed "));
  auto got = x.read();
  CAF_CHECK(has(got, "<conflict "));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1000u);
  CAF_CHECK_EQUAL(behind->read(), "");
  from_behind(chat("1"));
  CAF_CHECK(has(y.read(), ">1<"));
}

CAF_TEST(an h beyond what was sent is refused and the session waits) {
  auto x = log_in_held();
  say(x, message("1"));
  lose(x);
  client y;
  auto got = come_back(y, 7);
  CAF_CHECK(
    has(got, "<failed xmlns='urn:xmpp:sm:3' h='1'><unexpected-request "));
  CAF_CHECK_EQUAL(counted(counter::resumptions_refused_unexpected), 1u);
  // Its own stream goes on.
  say(y, bind);
  CAF_CHECK(has(server->read(), "id='b'"));
  CAF_CHECK(has(come_back(y, 0), "<resumed "));
}

CAF_TEST(only the same login finds the session) {
  auto x = log_in_held();
  lose(x);
  auto try_as = [&](const std::string& auth) {
    auto y = open_stream();
    accept();
    reply(header + std::string{features_before});
    say(y, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
             + auth + "</auth>");
    reply(success);
    say(y, login::open);
    reply(header + std::string{features_after});
    y.read();
    say(y, "<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>");
    return y.read();
  };
  // \0c\0b, a\0a\0b, and one that two servers may read in two ways.
  for (auto auth : {"AGMAYg==", "YQBhAGI=", "AGEAYgBj"}) {
    auto got = try_as(auth);
    CAF_CHECK(has(got, "<failed xmlns='urn:xmpp:sm:3'><item-not-found "));
  }
  // The password may have changed.
  CAF_CHECK(has(try_as("AGEAYw=="), "<resumed "));
}

CAF_TEST(the id of another process says nothing here) {
  auto x = log_in_held();
  lose(x);
  auto opened = node->environment->keys->open(id);
  CAF_REQUIRE(opened.has_value());
  auto real = std::exchange(id, {});
  auto seal = [&](auto change) {
    auto y = *opened;
    change(y);
    return node->environment->keys->seal(y, "twelve bytes");
  };
  client y;
  for (auto& other : {seal([](auto& z) { ++z.incarnation; }),
         seal([](auto& z) { z.node = "other"; }),
         seal([](auto& z) { ++z.session; }),
         seal([](auto& z) { z.domain = "localhost"; }),
         seal([](auto& z) { z.bare_jid = "romeo@example.org"; }),
         seal([](auto& z) { z.upstream_id = "U"; }), std::string{"garbage"}}) {
    id = other;
    CAF_CHECK(
      has(come_back(y, 0), "<failed xmlns='urn:xmpp:sm:3'><item-not-found "));
  }
  CAF_CHECK_EQUAL(counted(counter::resumptions_refused_not_found), 7u);
  id = real;
  CAF_CHECK(has(come_back(y, 0), "<resumed "));
}

CAF_TEST(a session of a domain served here is not found from a gateway) {
  auto romeo = connect();
  log_in(romeo, "romeo", "orchard");
  say(romeo, enable);
  id = id_in(romeo.read());
  client y;
  CAF_CHECK(has(come_back(y, 0), "<item-not-found "));
  auto x = log_in_held();
  lose(x);
  auto other = connect();
  authenticate(other, "juliet");
  say(other, "<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>");
  CAF_CHECK(has(other.read(), "<item-not-found "));
}

CAF_TEST(a session that writes ahead is not one that is held) {
  options.durable = true;
  auto x = log_in_held();
  CAF_CHECK(!id.empty());
  say(x, message("1"));
  // Nothing waits for the disk.
  CAF_CHECK(has(behind->read(), ">1<"));
  lose(x);
  from_behind(chat("2"));
  client y;
  auto got = come_back(y, 0);
  CAF_CHECK(has(got, "<resumed "));
  CAF_CHECK(has(got, ">2<"));
  CAF_CHECK(!tracker_of(x).ahead);
  CAF_CHECK_EQUAL(tracker_of(x).last_write, 0u);
  CAF_CHECK(!session_of(x).recorded);
}

// -- the end ------------------------------------------------------------------

CAF_TEST(after the wait the stream to the server is closed) {
  auto x = log_in_held();
  lose(x);
  behind->read();
  from_behind(chat("1") + chat("2", "groupchat") + "<presence/>"
              + "<message from='romeo@example.org/o' type='chat' id='3'>"
                "<body>3</body><stanza-id xmlns='urn:xmpp:sid:0' id='3' "
                "by='juliet@example.org'/></message>"
                "<iq type='get' id='4' from='romeo@example.org/o'>"
                "<ping xmlns='urn:xmpp:ping'/></iq>");
  expire();
  auto told = behind->read();
  CAF_CHECK(told.ends_with(stream_end));
  CAF_CHECK(behind->closed && !behind->aborted);
  // Senders hear of what is lost, if the archive has it not.
  CAF_CHECK_EQUAL(count_of(told, "<recipient-unavailable "), 2u);
  CAF_CHECK(has(told, "<message xmlns='jabber:client' type='error' id='1' "
                      "from='juliet@example.org/x' "
                      "to='romeo@example.org/o'>"));
  CAF_CHECK(has(told, "<iq xmlns='jabber:client' type='error' id='4' "));
  // The room and the archive were not told.
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 2u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 2u);
  CAF_CHECK_EQUAL(counted(counter::sessions_expired), 1u);
  client y;
  CAF_CHECK(
    has(come_back(y, 0), "<failed xmlns='urn:xmpp:sm:3'><item-not-found "));
}

CAF_TEST(only what the archive of the user has is not answered) {
  auto x = log_in_held();
  lose(x);
  behind->read();
  auto marked = [this](int n, std::string_view payload) {
    auto id = std::to_string(n);
    from_behind("<message from='romeo@example.org/o' type='chat' id='" + id
                + "'><body>" + id + "</body>" + std::string{payload}
                + "</message>");
  };
  marked(1, "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>");
  marked(2, "<body>&lt;stanza-id xmlns='urn:xmpp:sid:0' "
            "by='juliet@example.org'/&gt;</body>");
  marked(
    3, "<stanza-id xmlns='urn:xmpp:sid:0' id='s' by='romeo@example.org'/>");
  marked(4, "<stanza-id xmlns='urn:x' id='s' by='juliet@example.org'/>");
  marked(5, "<x xmlns='urn:x'><stanza-id xmlns='urn:xmpp:sid:0' id='s' "
            "by='juliet@example.org'/></x>");
  marked(6, "<stanza-id xmlns='urn:xmpp:sid:0' id='s'/>");
  marked(
    7, "<stanza-id xmlns='urn:xmpp:sid:0' id='s' by='Juliet@example.org'/>");
  marked(8, "<s:stanza-id xmlns:s='urn:xmpp:sid:0' id='s' "
            "by='juliet@example.org'/>");
  expire();
  auto told = behind->read();
  CAF_CHECK_EQUAL(count_of(told, "<recipient-unavailable "), 6u);
  for (auto id : {1, 2, 3, 4, 5, 6})
    CAF_CHECK(has(told, " id='" + std::to_string(id) + "' "));
}

CAF_TEST(a client that closes its stream need not have acknowledged all) {
  auto x = log_in_held();
  from_behind(chat("1") + chat("2"));
  say(x, sm("a h='1'"));
  behind->read();
  say(x, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  CAF_CHECK_EQUAL(behind->read(), stream_end);
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 0u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 0u);
}

CAF_TEST(what a client did not acknowledge when we end its stream is answered) {
  auto x = log_in_held();
  from_behind(chat("1") + chat("2"));
  say(x, sm("a h='1'"));
  behind->read();
  caf::anon_send(
    x.session, end_session{protocol::stream_error::system_shutdown, "stop"});
  consume_messages();
  auto told = behind->read();
  CAF_CHECK(told.ends_with(stream_end));
  CAF_CHECK_EQUAL(count_of(told, "<recipient-unavailable "), 1u);
  CAF_CHECK(has(told, " id='2' "));
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 0u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 1u);
}

CAF_TEST(where the link has died nobody is told and that is counted) {
  for (auto dies_with_client : {false, true}) {
    auto x = log_in_held();
    from_behind(chat("1") + chat("2"));
    if (!dies_with_client)
      lose(x);
    kill(session_of(x).link);
  }
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 4u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 0u);
}

CAF_TEST(where the session has died nobody is told and that is counted) {
  auto x = log_in_held();
  from_behind(chat("1"));
  behind->read();
  kill(x.session);
  CAF_CHECK_EQUAL(behind->read(), stream_end);
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 1u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 0u);
}

CAF_TEST(a server that is gone ends a session that waits) {
  auto x = log_in_held();
  from_behind(chat("1"));
  lose(x);
  behind->lose();
  consume_messages();
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 0u);
  CAF_CHECK_EQUAL(counted(counter::sessions_ended), 1u);
  CAF_CHECK_EQUAL(counted(counter::upstream_lost), 1u);
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 1u);
  CAF_CHECK_EQUAL(node->table->parked(), 0u);
  client y;
  CAF_CHECK(has(come_back(y, 0), "<item-not-found "));
  say(y, bind);
  reply(bind_result);
  say(y, enable);
  CAF_CHECK(has(y.read(), "resume='true'"));
}

CAF_TEST(a server that ends its stream ends a session that waits) {
  auto x = log_in_held();
  lose(x);
  from_behind("<stream:error><conflict "
              "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
              "</stream:stream>");
  CAF_CHECK_EQUAL(counted(counter::sessions_ended), 1u);
  client y;
  CAF_CHECK(has(come_back(y, 0), "<item-not-found "));
}

CAF_TEST(a server that is gone cuts the client that is there) {
  auto x = log_in_held();
  behind->lose();
  consume_messages();
  CAF_CHECK(!has(x.read(), "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1012u);
  client y;
  CAF_CHECK(has(come_back(y, 0), "<item-not-found "));
}

CAF_TEST(a node that stops ends what it holds) {
  auto x = log_in_held();
  auto stop = [this](const client& y) {
    caf::anon_send(y.session,
      end_session{protocol::stream_error::system_shutdown, "stopping"});
    consume_messages();
  };
  stop(x);
  CAF_CHECK(has(x.read(), "<system-shutdown "));
  CAF_CHECK_EQUAL(behind->read(), stream_end);
  auto y = log_in_held();
  lose(y);
  CAF_CHECK(!behind->closed);
  stop(y);
  CAF_CHECK_EQUAL(behind->read(), stream_end);
  CAF_CHECK(behind->closed && !behind->aborted);
}

CAF_TEST(a tracker that dies takes what it holds with it) {
  auto x = log_in_held();
  kill(session_of(x).tracker);
  CAF_CHECK(has(x.read(), "<internal-server-error "));
  CAF_CHECK_EQUAL(behind->read(), stream_end);
  CAF_CHECK_EQUAL(counted(counter::upstream_hibernated), 0u);
}

// -- limits -------------------------------------------------------------------

CAF_TEST(
  the server of a client that is away slows down and then it is too much) {
  options.management.max_unacked = 6;
  auto x = log_in_held();
  lose(x);
  auto window = behind->credit;
  from_behind(chat("1") + chat("2") + chat("3"));
  CAF_CHECK_EQUAL(behind->credit, window);
  from_behind(chat("4"));
  CAF_CHECK(behind->credit < window);
  for (auto& [delay, callback] : std::exchange(node->timers, {}))
    if (delay <= std::chrono::seconds{1})
      callback();
  CAF_CHECK_EQUAL(behind->credit, window);
  from_behind(chat("5") + chat("6"));
  CAF_CHECK(session_of(x).parked != nullptr);
  from_behind(chat("7"));
  CAF_CHECK_EQUAL(counted(counter::sm_overflows), 1u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 7u);
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 0u);
  CAF_CHECK(behind->read().ends_with(stream_end));
  client y;
  CAF_CHECK(has(come_back(y, 0), "<item-not-found "));
}

CAF_TEST(what is too much for a client that is there is answered) {
  options.management.max_unacked = 3;
  auto x = log_in_held();
  from_behind(chat("1") + chat("2") + chat("3"));
  behind->read();
  CAF_CHECK(!x.wire->closed);
  from_behind(chat("4"));
  CAF_CHECK(has(x.read(), "<policy-violation "));
  auto told = behind->read();
  CAF_CHECK(told.ends_with(stream_end));
  CAF_CHECK_EQUAL(count_of(told, "<recipient-unavailable "), 4u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 4u);
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 0u);
}

CAF_TEST(bytes are limited as well) {
  options.management.max_unacked_bytes = 400;
  auto x = log_in_held();
  lose(x);
  from_behind(chat("1"));
  CAF_CHECK(session_of(x).parked != nullptr);
  from_behind(chat(std::string(300, 'x')));
  CAF_CHECK_EQUAL(counted(counter::sm_overflows), 1u);
  CAF_CHECK_EQUAL(counted(counter::stanzas_bounced), 2u);
}

CAF_TEST(a stanza that ends three resumed connections is sent no more) {
  auto x = log_in_held();
  from_behind(chat("1") + chat("2"));
  lose(x);
  client y;
  for (auto i = 0; i < 3; ++i) {
    CAF_CHECK(has_in_order(come_back(y, 0), {1, 2}));
    lose(y);
  }
  behind->read();
  auto got = come_back(y, 0);
  CAF_CHECK(!has(got, ">1<"));
  CAF_CHECK(has(got, ">2<"));
  CAF_CHECK_EQUAL(counted(counter::poison_stanzas), 1u);
  auto told = behind->read();
  CAF_CHECK(has(told, "<message xmlns='jabber:client' type='error' id='1' "
                      "from='juliet@example.org/x'"));
  CAF_CHECK(has(told, "<service-unavailable "));
  say(y, sm("a h='1'"));
  CAF_CHECK(!y.wire->closed);
  CAF_CHECK(tracker_of(x).unacked.empty());
}

// -- a server that counts, and cannot resume ----------------------------------

CAF_TEST(a server that counts hears of what the client handled) {
  auto x = log_in_upstream(features_with_sm);
  say(x, enable);
  CAF_CHECK(has(server->read(), "<enable "));
  reply("<message/><enabled xmlns='urn:xmpp:sm:3' id='U'/>" + chat("1"));
  behind = server;
  auto got = x.read();
  id = id_in(got);
  CAF_CHECK(has(got, "resume='true' max='600'"));
  CAF_CHECK_EQUAL(counted(counter::sm_edge_held), 1u);
  CAF_CHECK_EQUAL(counted(counter::sm_edge_only), 0u);
  from_behind(sm("r"));
  CAF_CHECK_EQUAL(behind->read(), "<a xmlns='urn:xmpp:sm:3' h='0'/>");
  // Answered here: the server is not asked.
  say(x, message("1"));
  behind->read();
  say(x, sm("r"));
  CAF_CHECK(has(x.read(), "<a xmlns='urn:xmpp:sm:3' h='1'/>"));
  say(x, sm("a h='1'"));
  CAF_CHECK_EQUAL(behind->read(), "<a xmlns='urn:xmpp:sm:3' h='1'/>");
  from_behind(chat("2") + chat("3"));
  lose(x);
  from_behind(chat("4") + sm("r"));
  CAF_CHECK_EQUAL(behind->read(), "<a xmlns='urn:xmpp:sm:3' h='1'/>");
  client y;
  got = come_back(y, 2);
  CAF_CHECK(has_in_order(got, {3, 4}));
  CAF_CHECK_EQUAL(behind->read(), "<a xmlns='urn:xmpp:sm:3' h='2'/>");
  // It knows what the client has not got, and what to do with that.
  lose(y);
  expire();
  CAF_CHECK_EQUAL(behind->read(), stream_end);
  CAF_CHECK_EQUAL(counted(counter::edge_stanzas_lost), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
