/// RFC 6120 sections 3 to 5 from below: bytes, credit, STARTTLS and the end of
/// a connection to an upstream server, over loopback sockets.
#define CAF_SUITE upstream_socket

#include "tests/support/socket_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace causeway::test;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t chunk_size = 16 * 1024;

struct fixture : socket_fixture {
  fixture() {
    request.domain = "example.org";
    settings.ca = authority.certificate();
  }

  /// Connects to the server and starts reading.
  upstream_transport& open(std::size_t credit = 256 * 1024) {
    server->accept();
    request.targets = {target("127.0.0.1", server->port())};
    auto loaded = load_client_tls(settings);
    CAF_REQUIRE(loaded.has_value());
    request.targets[0].mode = config::upstream_tls::starttls;
    request.targets[0].tls = *loaded;
    CAF_REQUIRE(connect());
    CAF_REQUIRE(outcome->socket);
    outcome->socket->start(caf::actor_cast<upstream_link_actor>(link), credit);
    CAF_REQUIRE(until([&] { return server->connections == 1; }));
    settle();
    return *outcome->socket;
  }

  bool received(const std::string& bytes) {
    return until([&] { return server->received == bytes; });
  }

  /// The one message that ends a connection.
  transport_closed end() {
    CAF_REQUIRE(until([&] { return !log().ends.empty(); }));
    settle();
    CAF_REQUIRE_EQUAL(log().ends.size(), 1u);
    return log().ends[0];
  }

  /// Up to the handshake: `<starttls/>` and `<proceed/>` are gone.
  void upgrade(upstream_transport& socket, const test_authority::files& files) {
    socket.send(make_outgoing("<starttls/>"));
    CAF_REQUIRE(received("<starttls/>"));
    server->write("<proceed/>");
    CAF_REQUIRE(until([&] { return log().bytes == "<proceed/>"; }));
    server->upgrade(files);
    socket.start_tls();
  }

  test_authority authority;
  config::upstream settings;
  std::shared_ptr<scripted_server> server = make_server();
};

/// 1000 bytes that hold a credit.
outgoing_message costly(const read_credit& credit) {
  auto out = make_outgoing(std::string(1000, 'x'));
  out.credit = credit;
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_socket_tests, fixture)

CAF_TEST(bytes go both ways as they are and in order) {
  auto& socket = open();
  server->write("<stream:stream>");
  server->write("<features/>");
  CAF_CHECK(until([&] { return log().bytes == "<stream:stream><features/>"; }));
  socket.send(make_outgoing("<a/>"));
  socket.send(make_outgoing(""));
  socket.send(make_outgoing("<b/>"));
  CAF_CHECK(received("<a/><b/>"));
  CAF_CHECK_EQUAL(socket.queued_bytes(), 0u);
  auto counted = socket.counters();
  CAF_CHECK_EQUAL(counted.bytes_in, 26u);
  CAF_CHECK_EQUAL(counted.bytes_out, 8u);
  CAF_CHECK_EQUAL(counted.messages_out, 3u);
}

CAF_TEST(a burst comes in chunks of at most 16 KiB) {
  open(1024 * 1024);
  std::string burst;
  for (int i = 0; burst.size() < 300'000; ++i)
    burst += std::to_string(i) + ' ';
  server->write_all(burst);
  CAF_CHECK(until([&] { return log().bytes.size() == burst.size(); }));
  CAF_CHECK(log().bytes == burst);
  CAF_CHECK_LESS_OR_EQUAL(log().largest_chunk, chunk_size);
  CAF_CHECK_GREATER(log().largest_chunk, 512u);
}

CAF_TEST(reading stops without credit and goes on when it comes back) {
  auto& socket = open(1000);
  server->write_all(std::string(100'000, 'x'));
  CAF_REQUIRE(until([&] { return log().bytes.size() >= 1000; }));
  settle();
  auto read = log().bytes.size();
  CAF_CHECK_LESS_OR_EQUAL(read, 1000 + chunk_size);
  // Not enough: the last chunk went beyond.
  socket.grant(read - 1000);
  settle();
  CAF_CHECK_EQUAL(log().bytes.size(), read);
  socket.grant(1);
  CAF_CHECK(until([&] { return log().bytes.size() > read; }));
  socket.grant(200'000);
  CAF_CHECK(until([&] { return log().bytes.size() == 100'000; }));
}

CAF_TEST(credit that the link charges stops reading too) {
  auto& socket = open(1000);
  socket.charge(1000);
  server->write("<a/>");
  CAF_REQUIRE(until([&] { return log().bytes == "<a/>"; }));
  server->write("<b/>");
  settle();
  CAF_CHECK_EQUAL(log().bytes, "<a/>");
  socket.grant(1004);
  CAF_CHECK(until([&] { return log().bytes == "<a/><b/>"; }));
}

CAF_TEST(a server that does not read makes the queue grow and holds credit) {
  server->reads = false;
  auto& socket = open();
  auto credit = std::make_shared<int>();
  std::size_t sent = 0;
  std::size_t queued = 0;
  while (queued < 100'000) {
    queued = socket.send(costly(credit));
    ++sent;
    settle();
  }
  CAF_CHECK_EQUAL(socket.queued_bytes(), queued);
  auto held = static_cast<std::size_t>(credit.use_count()) - 1;
  CAF_CHECK_EQUAL(held, queued / (1000 + frame::overhead));
  server->read();
  CAF_CHECK(until([&] { return server->received.size() == 1000 * sent; }));
  CAF_CHECK_EQUAL(socket.queued_bytes(), 0u);
  CAF_CHECK_EQUAL(credit.use_count(), 1);
}

CAF_TEST(what is lost with the connection lets go of its credit) {
  server->reads = false;
  auto& socket = open();
  auto credit = std::make_shared<int>();
  while (socket.send(costly(credit)) < 100'000)
    settle();
  socket.abort();
  CAF_CHECK(end().cause == close_cause::closed_here);
  CAF_CHECK_EQUAL(socket.queued_bytes(), 0u);
  CAF_CHECK_EQUAL(credit.use_count(), 1);
}

CAF_TEST(a server that ends the connection is told from one that breaks it) {
  open();
  server->write("</stream:stream>");
  server->end();
  CAF_CHECK(end().cause == close_cause::peer_closed);
  CAF_CHECK_EQUAL(log().bytes, "</stream:stream>");
}

CAF_TEST(a reset is a lost connection and is told once) {
  auto& socket = open();
  server->reset();
  socket.send(make_outgoing("<a/>"));
  auto how = end();
  CAF_CHECK(how.cause == close_cause::connection_lost);
  CAF_CHECK(!how.detail.empty());
  socket.abort();
  socket.close();
  settle();
  CAF_CHECK_EQUAL(log().ends.size(), 1u);
}

CAF_TEST(close writes what is queued and waits for the server) {
  auto& socket = open();
  socket.send(make_outgoing("<a/>"));
  socket.send(make_outgoing("</stream:stream>"));
  socket.close();
  CAF_CHECK(until([&] { return server->ended; }));
  CAF_CHECK_EQUAL(server->received, "<a/></stream:stream>");
  settle();
  CAF_CHECK(log().ends.empty());
  socket.send(make_outgoing("<late/>"));
  server->end();
  auto how = end();
  CAF_CHECK(how.cause == close_cause::closed_here);
  CAF_CHECK_EQUAL(how.detail, "closed");
  CAF_CHECK_EQUAL(server->received, "<a/></stream:stream>");
}

CAF_TEST(close does not wait forever) {
  auto& socket = open();
  socket.close();
  auto how = end();
  CAF_CHECK(how.cause == close_cause::closed_here);
  CAF_CHECK_EQUAL(how.detail, "the server did not close in time");
}

CAF_TEST(a socket that is dropped before its start is closed) {
  server->accept();
  request.targets = {target("127.0.0.1", server->port())};
  CAF_REQUIRE(connect());
  outcome.reset();
  CAF_CHECK(until([&] { return server->ended; }));
}

CAF_TEST(a deadline that is set anew counts from then and fires once) {
  auto& socket = open();
  socket.set_deadline(milliseconds{1});
  socket.set_deadline(milliseconds{20});
  CAF_CHECK(until([&] { return log().deadlines > 0; }));
  socket.set_deadline(milliseconds{1});
  socket.set_deadline(milliseconds{0});
  settle();
  CAF_CHECK_EQUAL(log().deadlines, 1);
}

CAF_TEST(STARTTLS goes on with the same connection) {
  auto files = authority.issue("DNS:example.org");
  auto& socket = open();
  upgrade(socket, files);
  CAF_REQUIRE(until([&] { return log().tls_ready == 1; }));
  CAF_CHECK(until([&] { return server->secure; }));
  CAF_CHECK_EQUAL(server->server_name, "example.org");
  CAF_CHECK_EQUAL(server->alpn, "");
  socket.send(make_outgoing("<stream:stream>"));
  CAF_CHECK(received("<starttls/><stream:stream>"));
  server->write("<features/>");
  CAF_CHECK(until([&] { return log().bytes == "<proceed/><features/>"; }));
  server->write_all(std::string(100'000, 'x'));
  CAF_CHECK(until([&] { return log().bytes.size() == 100'021; }));
  CAF_CHECK_LESS_OR_EQUAL(log().largest_chunk, chunk_size);
  socket.close();
  CAF_CHECK(until([&] { return server->ended; }));
}

CAF_TEST(STARTTLS works while reading stops) {
  auto files = authority.issue("DNS:example.org");
  auto& socket = open(10);
  upgrade(socket, files);
  CAF_REQUIRE(until([&] { return log().tls_ready == 1; }));
  CAF_REQUIRE(until([&] { return server->secure; }));
  server->write("<features/>");
  settle();
  CAF_CHECK_EQUAL(log().bytes, "<proceed/>");
  socket.grant(10);
  CAF_CHECK(until([&] { return log().bytes == "<proceed/><features/>"; }));
}

CAF_TEST(STARTTLS with a certificate for somebody else ends the connection) {
  auto files = authority.issue("DNS:other.example");
  upgrade(open(), files);
  auto how = end();
  CAF_CHECK(how.cause == close_cause::tls_failed);
  CAF_CHECK_EQUAL(
    how.detail, "certificate is for other.example, not example.org");
  CAF_CHECK_EQUAL(log().tls_ready, 0);
}

CAF_TEST(bytes in the clear in place of TLS end the connection) {
  auto& socket = open();
  server->write("<proceed/>");
  CAF_REQUIRE(until([&] { return log().bytes == "<proceed/>"; }));
  socket.start_tls();
  server->write("<features/>");
  CAF_CHECK(end().cause == close_cause::tls_failed);
  CAF_CHECK_EQUAL(log().bytes, "<proceed/>");
}

CAF_TEST(a socket without TLS settings does not begin it) {
  server->accept();
  request.targets = {target("127.0.0.1", server->port())};
  CAF_REQUIRE(connect());
  outcome->socket->start(caf::actor_cast<upstream_link_actor>(link), 1000);
  outcome->socket->start_tls();
  CAF_CHECK(end().cause == close_cause::tls_failed);
}

CAF_TEST_FIXTURE_SCOPE_END()
