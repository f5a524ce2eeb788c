#define CAF_SUITE upstream_link

#include "tests/support/gateway_fixture.hpp"

using namespace causeway;
using namespace causeway::test;
using namespace causeway::test::login;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct silent_state {
  static inline const char* name = "silent";
  std::vector<caf::typed_response_promise<endpoint_answer>> unanswered;
};

/// Servers of which nothing is ever known.
upstream_actor::behavior_type silent_servers(
  upstream_actor::stateful_pointer<silent_state> self) {
  return {
    [self](const endpoint_query&) -> caf::result<endpoint_answer> {
      self->state.unanswered.push_back(
        self->make_response_promise<endpoint_answer>());
      return self->state.unanswered.back();
    },
    [](const endpoint_outcome&) {},
    [](const upstream_warnings&) {},
    [](const srv_found&) {},
    [](upstream_probe) {},
    [](const upstream_changed&) {},
    [self](stop_request) { self->quit(); },
    [](inspect_request) { return actor_snapshot{}; },
  };
}

struct fixture : gateway_fixture {
  static std::string redirection(const std::string& to) {
    return "<stream:error><see-other-host "
           "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>"
           + to + "</see-other-host></stream:error>";
  }
  static std::string stream_error(const std::string& condition) {
    return "<stream:error><" + condition
           + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
             "</stream:stream>";
  }

  /// What the oldest connect under way may reach.
  std::string next_endpoints() {
    CAF_REQUIRE(!node->connector.waiting.empty());
    std::string out;
    for (auto& x : node->connector.waiting.front().request.targets)
      out += (out.empty() ? "" : " ") + x.endpoint;
    return out;
  }

  upstream_actor servers() {
    return node->upstream->environment->servers->get();
  }

  std::uint32_t failures(const std::string& endpoint) {
    return state_of<upstream_state>(servers()).health.at(endpoint).failures();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_link_tests, fixture)

CAF_TEST(a client of a gateway domain logs in at the server behind) {
  auto x = open_stream();
  CAF_CHECK_EQUAL(x.read(), "");
  accept();
  CAF_CHECK(has(server->read(), "<stream:stream xmlns='jabber:client'"));
  reply(header + std::string{features_before});
  auto opened = x.read();
  CAF_CHECK(has(opened, "<open "));
  CAF_CHECK(has(opened, "id='up1'"));
  CAF_CHECK(has(opened, "<mechanism>PLAIN</mechanism>"));
  say(x, auth);
  CAF_CHECK(has(server->read(), ">AGEAYg==</auth>"));
  reply(success);
  CAF_CHECK(has(x.read(), "<success "));
  say(x, open);
  CAF_CHECK(has(server->read(), "<stream:stream "));
  reply(header + std::string{features_after});
  CAF_CHECK(has(x.read(), "<bind "));
  say(x, bind);
  CAF_CHECK(has(server->read(), "id='b'"));
  reply(bind_result);
  CAF_CHECK(has(x.read(), "<jid>juliet@example.org/x</jid>"));
  CAF_CHECK_EQUAL(session_of(x).jid, "juliet@example.org/x");
}

CAF_TEST(stanzas pass both ways as they came) {
  auto x = log_in_upstream();
  auto stanza = "<message xmlns='jabber:client' to='a@example.org'>"
                "<body a='&lt;'>&#x41;</body></message>";
  say(x, stanza);
  CAF_CHECK_EQUAL(server->read(), stanza);
  reply("<message from='a@example.org'><body>hi</body></message>");
  auto got = x.read();
  CAF_CHECK(has(got, "xmlns='jabber:client'"));
  CAF_CHECK(has(got, " from='a@example.org'><body>hi</body></message>"));
}

CAF_TEST(what the server sends behind the bind result comes behind it) {
  auto x = open_stream();
  accept();
  reply(header + std::string{features_before});
  say(x, auth);
  reply(success);
  say(x, open);
  reply(header + std::string{features_after});
  say(x, bind);
  x.read();
  reply(bind_result
        + std::string{"<message><body>1</body></message>"
                      "<message><body>2</body></message></stream:stream>"});
  auto got = x.read();
  auto at = [&got](std::string_view part) { return got.find(part); };
  CAF_CHECK(at("<jid>") < at(">1<"));
  CAF_CHECK(at(">1<") < at(">2<"));
  CAF_CHECK(at(">2<") < at("<close "));
  CAF_CHECK(has(got, "<close "));
}

CAF_TEST(an element split over many chunks arrives whole) {
  auto x = log_in_upstream();
  std::string stanza = "<message><body>in pieces</body></message>";
  for (auto c : stanza)
    server->server_sends(std::string{c});
  consume_messages();
  CAF_CHECK(has(x.read(), "><body>in pieces</body></message>"));
}

CAF_TEST(a server that cannot be reached ends the opening) {
  auto x = open_stream();
  node->connector.refuse();
  consume_messages();
  auto got = x.read();
  CAF_CHECK(has(got, "<open "));
  CAF_CHECK(has(got, "<remote-connection-failed "));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1013u);
  CAF_CHECK_EQUAL(counted(counter::upstream_failed), 1u);
}

CAF_TEST(another endpoint is tried before the first features) {
  auto x = open_stream();
  accept();
  server->lose();
  consume_messages();
  CAF_REQUIRE_EQUAL(node->connector.waiting.size(), 1u);
  CAF_CHECK_EQUAL(
    node->connector.waiting.front().request.targets.front().endpoint,
    "127.0.0.1:5223");
  accept();
  reply(header + std::string{features_before});
  CAF_CHECK(has(x.read(), "<mechanism>PLAIN</mechanism>"));
}

CAF_TEST(a slow endpoint is tried again when the faster one fails) {
  auto x = open_stream();
  server = node->connector.accept(1);
  consume_messages();
  server->lose();
  consume_messages();
  CAF_CHECK_EQUAL(next_endpoints(), "127.0.0.1:5222");
}

CAF_TEST(a stream error in answer to the client is not held against a server) {
  for (int i = 0; i < 5; ++i) {
    auto x = open_stream();
    accept();
    reply(header + stream_error("host-unknown"));
    CAF_CHECK(has(x.read(), "<host-unknown "));
    CAF_CHECK(has(server->read(), "</stream:stream>"));
    CAF_CHECK(server->closed);
  }
  CAF_CHECK_EQUAL(failures("127.0.0.1:5222"), 0u);
  CAF_CHECK(node->connector.waiting.empty());
}

CAF_TEST(a server that ends the stream before the features is up) {
  auto x = open_stream();
  accept();
  reply(header + std::string{"</stream:stream>"});
  CAF_CHECK(has(x.read(), "<remote-connection-failed "));
  CAF_CHECK(has(server->read(), "</stream:stream>"));
  CAF_CHECK_EQUAL(failures("127.0.0.1:5222"), 0u);
}

CAF_TEST(a server in trouble of its own makes room for the next) {
  auto x = open_stream();
  accept();
  reply(header + stream_error("system-shutdown"));
  CAF_CHECK_EQUAL(next_endpoints(), "127.0.0.1:5223");
  accept();
  reply(header + stream_error("resource-constraint"));
  CAF_CHECK(node->connector.waiting.empty());
  CAF_CHECK(has(x.read(), "<resource-constraint "));
  CAF_CHECK_EQUAL(failures("127.0.0.1:5222"), 0u);
}

CAF_TEST(what the client says of itself must not end the stream) {
  auto x = connect();
  say(x, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' "
         "from='@' version='1.0' xml:lang='"
           + std::string(5000, 'x') + "'/>");
  accept();
  auto got = server->read();
  CAF_CHECK(has(got, " to='example.org'"));
  CAF_CHECK(!has(got, "from="));
  CAF_CHECK(!has(got, "xml:lang"));
}

CAF_TEST(a stream that waits for endpoints ends with the upstream actor) {
  connect();
  auto silent = sys.spawn(silent_servers);
  node->upstream->environment->servers->set(silent);
  auto x = open_stream();
  CAF_CHECK(node->connector.waiting.empty());
  CAF_CHECK_EQUAL(x.read(), "");
  kill(silent);
  CAF_CHECK(has(x.read(), "<remote-connection-failed "));
}

CAF_TEST(what an abandoned connection still says is not taken for the next) {
  auto x = open_stream();
  auto first = node->connector.accept();
  consume_messages();
  first->server_sends("<not-xmpp/>");
  first->server_sends(header + std::string{features_before});
  consume_messages();
  CAF_CHECK(first->aborted);
  CAF_REQUIRE_EQUAL(node->connector.waiting.size(), 1u);
  accept();
  CAF_CHECK_EQUAL(x.read(), "");
  reply(header + std::string{features_before});
  CAF_CHECK(has(x.read(), "<mechanism>PLAIN</mechanism>"));
  CAF_CHECK(node->connector.waiting.empty());
}

CAF_TEST(a server without features in time makes room for the next) {
  auto x = open_stream();
  auto silent = node->connector.accept();
  consume_messages();
  // Half of 15 s, since there is another.
  CAF_CHECK(silent->deadline <= 7'500ms);
  CAF_CHECK(silent->deadline > 5'000ms);
  silent->deadline_passes();
  consume_messages();
  CAF_CHECK(silent->aborted);
  CAF_CHECK_EQUAL(failures("127.0.0.1:5222"), 1u);
  CAF_CHECK_EQUAL(next_endpoints(), "127.0.0.1:5223");
  accept();
  CAF_CHECK(server->deadline > 10'000ms);
  reply(header + std::string{features_before});
  CAF_CHECK(has(x.read(), "<mechanism>PLAIN</mechanism>"));
}

CAF_TEST(the last server without features in time ends the opening) {
  auto x = open_stream();
  for (int i = 0; i < 2; ++i) {
    accept();
    server->deadline_passes();
    consume_messages();
  }
  CAF_CHECK(has(x.read(), "<remote-connection-failed "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1013u);
}

CAF_TEST(the deadline is off once the features are there) {
  auto x = open_stream();
  accept();
  reply(header + std::string{features_before});
  CAF_CHECK_EQUAL(server->deadline.count(), 0);
}

CAF_TEST(a link that breaks cuts the client without close) {
  auto x = log_in_upstream();
  server->lose();
  consume_messages();
  CAF_CHECK(!has(x.read(), "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1012u);
  CAF_CHECK_EQUAL(counted(counter::upstream_lost), 1u);
}

CAF_TEST(a stream error of the server is passed on as one message) {
  auto x = log_in_upstream();
  reply("<message><body>before</body></message><stream:error><conflict "
        "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        "</stream:stream>");
  auto got = x.read();
  CAF_CHECK(got.find(">before<") < got.find("<conflict "));
  CAF_CHECK(has(got, "xmlns:stream='http://etherx.jabber.org/streams'"));
  CAF_CHECK(got.find("<conflict ") < got.find("<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1000u);
}

CAF_TEST(bad XML of the server is told to it and cuts the client) {
  auto x = log_in_upstream();
  reply("<message><!-- no --></message>");
  CAF_CHECK(has(server->read(), "<restricted-xml "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1012u);
}

CAF_TEST(the end of the client ends the stream of the server) {
  auto x = log_in_upstream();
  say(x, "<message xmlns='jabber:client'><body>last</body></message>");
  say(x, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  auto got = server->read();
  CAF_CHECK(got.find(">last<") < got.find("</stream:stream>"));
  CAF_CHECK(has(got, "</stream:stream>"));
  CAF_CHECK(server->closed);
  CAF_CHECK(has(x.read(), "<close "));
}

CAF_TEST(a redirection before authentication is followed with a bound) {
  auto x = open_stream();
  for (int hop = 0; hop < 4; ++hop) {
    accept();
    reply(header + redirection("127.0.0.1:5299"));
    CAF_REQUIRE_EQUAL(node->connector.waiting.size(), 1u);
    CAF_CHECK_EQUAL(
      next_endpoints(), hop < 3 ? "127.0.0.1:5299" : "127.0.0.1:5223");
  }
  node->connector.refuse();
  consume_messages();
  CAF_CHECK(has(x.read(), "<remote-connection-failed "));
  CAF_CHECK_EQUAL(counted(counter::upstream_redirected), 3u);
}

CAF_TEST(a redirection in the clear to another machine is not followed) {
  auto x = open_stream();
  accept();
  reply(header + redirection("192.0.2.1:5222"));
  CAF_CHECK_EQUAL(next_endpoints(), "127.0.0.1:5223");
  CAF_CHECK_EQUAL(counted(counter::upstream_redirected), 0u);
  accept();
  reply(header + redirection("xmpp.example.org"));
  CAF_CHECK(node->connector.waiting.empty());
  CAF_CHECK(has(x.read(), "<remote-connection-failed "));
  CAF_CHECK_EQUAL(failures("127.0.0.1:5222"), 0u);
}

CAF_TEST(after a redirection that leads nowhere the others are tried) {
  auto x = open_stream();
  accept();
  reply(header + redirection("127.0.0.1:5299"));
  CAF_CHECK_EQUAL(next_endpoints(), "127.0.0.1:5299");
  node->connector.refuse();
  consume_messages();
  CAF_CHECK_EQUAL(next_endpoints(), "127.0.0.1:5223");
  accept();
  reply(header + std::string{features_before});
  CAF_CHECK(has(x.read(), "<mechanism>PLAIN</mechanism>"));
  CAF_CHECK_EQUAL(state_of<upstream_state>(servers()).health.size(), 2u);
}

CAF_TEST(a redirection after the features is a lost link) {
  auto x = open_stream();
  accept();
  reply(header + std::string{features_before});
  x.read();
  reply(redirection("127.0.0.1:5299"));
  CAF_CHECK(node->connector.waiting.empty());
  auto got = x.read();
  CAF_CHECK(has(got, "<remote-connection-failed "));
  CAF_CHECK(has(got, "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1013u);
}

CAF_TEST(a client that does not read stops the server) {
  auto x = log_in_upstream();
  auto window = server->credit;
  x.wire->stalled = true;
  reply("<message><body>" + std::string(1000, 'x') + "</body></message>");
  CAF_CHECK(server->credit < window - 1000);
  x.wire->take_all();
  consume_messages();
  CAF_CHECK_EQUAL(server->credit, window);
}

CAF_TEST(a server that does not read stops the client) {
  auto x = log_in_upstream();
  server->stalled = true;
  say(x, "<message xmlns='jabber:client'><body>waits</body></message>");
  CAF_CHECK(x.wire->granted_credit < x.wire->taken_credit);
  server->take_all();
  consume_messages();
  CAF_CHECK_EQUAL(x.wire->granted_credit, x.wire->taken_credit);
  CAF_CHECK(has(server->read(), ">waits<"));
}

CAF_TEST(nonzas of either side hold the credit of their source) {
  auto x = open_stream();
  accept();
  reply(header + std::string{features_before});
  say(x, auth);
  reply(success);
  say(x, open);
  reply(header
        + std::string{"<stream:features><bind "
                      "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><csi "
                      "xmlns='urn:xmpp:csi:0'/></stream:features>"});
  say(x, bind);
  reply(bind_result);
  auto window = server->credit;
  server->stalled = true;
  say(x, "<active xmlns='urn:xmpp:csi:0'/>");
  CAF_CHECK(x.wire->granted_credit < x.wire->taken_credit);
  server->take_all();
  consume_messages();
  CAF_CHECK_EQUAL(x.wire->granted_credit, x.wire->taken_credit);
  x.wire->stalled = true;
  reply("<x xmlns='urn:example'/>");
  CAF_CHECK(server->credit < window);
  x.wire->take_all();
  consume_messages();
  CAF_CHECK_EQUAL(server->credit, window);
}

CAF_TEST(what a client sends before it is lost still reaches the server) {
  auto x = log_in_upstream();
  for (auto body : {"1", "2", "3"})
    x.wire->client_sends("<message xmlns='jabber:client'><body>"
                         + std::string{body} + "</body></message>");
  x.wire->lose();
  consume_messages();
  auto got = server->read();
  CAF_CHECK(got.find(">1<") < got.find(">2<"));
  CAF_CHECK(got.find(">2<") < got.find(">3<"));
  CAF_CHECK(got.find(">3<") < got.find("</stream:stream>"));
  CAF_CHECK(has(got, "</stream:stream>"));
}

CAF_TEST(Stream Management ends at the edge) {
  auto x = log_in_upstream();
  say(x, "<enable xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK(has(x.read(), "<enabled "));
  say(x, "<presence xmlns='jabber:client'/>");
  say(x, "<r xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK(has(x.read(), "h='1'"));
  auto got = server->read();
  CAF_CHECK(has(got, "<presence "));
  CAF_CHECK(!has(got, "urn:xmpp:sm:3"));
}

CAF_TEST(the answer to a probe does not reach the server) {
  auto x = log_in_upstream();
  caf::anon_send(session_of(x).connection, silence_noticed{false});
  consume_messages();
  auto ping = x.read();
  CAF_CHECK(has(ping, "id='causeway-probe-1'"));
  say(x, "<iq xmlns='jabber:client' type='result' id='causeway-probe-1'/>");
  CAF_CHECK_EQUAL(server->read(), "");
}

CAF_TEST(a link that dies cuts its client and its connection) {
  auto x = log_in_upstream();
  kill(session_of(x).upstream);
  CAF_CHECK(server->aborted);
  CAF_CHECK(!has(x.read(), "<close "));
  CAF_CHECK(x.wire->closed);
}

CAF_TEST_FIXTURE_SCOPE_END()
