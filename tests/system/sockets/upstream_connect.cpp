/// RFC 8305, XEP-0368 and the PROXY protocol over loopback sockets: which
/// server is reached, and what operators read about the others.
#define CAF_SUITE upstream_connect

#include "tests/support/socket_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace causeway::test;
using std::chrono::milliseconds;

namespace {

constexpr auto loopback = "127.0.0.1";

struct fixture : socket_fixture {
  fixture() {
    request.domain = "example.org";
    settings.ca = authority.certificate();
  }

  /// The server is the next target.
  void add(const scripted_server& x, const std::string& host = loopback) {
    request.targets.push_back(target(host, x.port()));
  }

  /// The server is the next target, by direct TLS.
  void add_direct(const scripted_server& x) {
    add(x);
    auto loaded = load_client_tls(settings);
    CAF_REQUIRE(loaded.has_value());
    request.targets.back().mode = config::upstream_tls::direct;
    request.targets.back().tls = *loaded;
  }

  /// The failure of direct TLS with a server that has this certificate.
  std::string refusal(const test_authority::files& files) {
    request.targets.clear();
    auto server = make_server();
    server->accept(&files);
    add_direct(*server);
    CAF_REQUIRE(connect());
    CAF_CHECK(!outcome->socket);
    CAF_REQUIRE_EQUAL(outcome->failures.size(), 1u);
    CAF_CHECK(outcome->failures[0].tls);
    CAF_CHECK(until([&] { return bool{server->handshake_error}; }));
    return outcome->failures[0].detail;
  }

  test_authority authority;
  config::upstream settings;
  std::shared_ptr<scripted_server> first = make_server();
  std::shared_ptr<scripted_server> second = make_server();
};

/// A port whose queue of connections is full: no answer at all.
struct hanging_port {
  explicit hanging_port(boost::asio::io_context& context)
    : listener{context}, queued{context}, refused{context} {
    using boost::asio::ip::tcp;
    listener.open(tcp::v4());
    listener.bind({boost::asio::ip::address_v4::loopback(), 0});
    listener.listen(0);
    queued.connect(listener.local_endpoint());
    refused.open(tcp::v4());
    refused.non_blocking(true);
    // Asio would wait.
    auto to = listener.local_endpoint();
    ::connect(refused.native_handle(), to.data(), to.size());
  }
  std::uint16_t port() const { return listener.local_endpoint().port(); }

  boost::asio::ip::tcp::acceptor listener;
  boost::asio::ip::tcp::socket queued;
  boost::asio::ip::tcp::socket refused;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_connect_tests, fixture)

CAF_TEST(a server that listens is reached) {
  first->accept();
  add(*first);
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK(!outcome->secure);
  CAF_CHECK(outcome->loopback);
  auto endpoint = "127.0.0.1:" + std::to_string(first->port());
  CAF_CHECK_EQUAL(outcome->address, endpoint);
  CAF_CHECK_EQUAL(outcome->target.endpoint, endpoint);
  CAF_CHECK_EQUAL(failures(), "");
}

CAF_TEST(the next target is used when one refuses) {
  first->stop_listening();
  second->accept();
  add(*first);
  add(*second);
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK_EQUAL(outcome->target.port, second->port());
  CAF_CHECK_EQUAL(failures(),
    "127.0.0.1:" + std::to_string(first->port()) + ": Connection refused\n");
}

CAF_TEST(the next address of a name is used when one refuses) {
  names->hosts["xmpp.example.org"] = {"127.0.0.2", "127.0.0.1"};
  first->accept();
  add(*first, "xmpp.example.org");
  CAF_REQUIRE(connect());
  CAF_CHECK(outcome->socket != nullptr);
  CAF_CHECK_EQUAL(failures(), "");
}

CAF_TEST(without a server every target has its failure) {
  first->stop_listening();
  second->stop_listening();
  names->hosts["xmpp.example.org"] = {"127.0.0.2", "127.0.0.1"};
  add(*first);
  add(*second, "xmpp.example.org");
  CAF_REQUIRE(connect());
  CAF_CHECK(!outcome->socket);
  CAF_CHECK_EQUAL(failures(),
    "127.0.0.1:" + std::to_string(first->port())
      + ": Connection refused\nxmpp.example.org:"
      + std::to_string(second->port())
      + ": 127.0.0.2: Connection refused; 127.0.0.1: Connection refused\n");
}

CAF_TEST(a server that hangs has a head start only) {
  hanging_port silent{context()};
  first->accept();
  request.targets.push_back(target(loopback, silent.port()));
  add(*first);
  request.attempt_delay = milliseconds{10};
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK_EQUAL(outcome->target.port, first->port());
  CAF_CHECK_EQUAL(failures(), "");
}

CAF_TEST(a server that hangs in TLS makes room for the next) {
  auto files = authority.issue("DNS:example.org");
  first->accept();
  second->accept(&files);
  add_direct(*first);
  add_direct(*second);
  request.budget = milliseconds{2'000};
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK_EQUAL(outcome->target.port, second->port());
  CAF_CHECK_EQUAL(
    failures(), request.targets[0].endpoint + " TLS: no answer within 1 s\n");
  CAF_CHECK(outcome->failures.at(0).counts);
}

CAF_TEST(a name that nobody resolves makes room for the next) {
  first->accept();
  second->accept();
  add(*first, "xmpp.example.org");
  add(*second);
  names->silent_about = "xmpp.example.org";
  request.budget = milliseconds{2'000};
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK_EQUAL(outcome->target.port, second->port());
  CAF_CHECK(!outcome->failures.at(0).counts);
}

CAF_TEST(the next server waits longer than the next address) {
  hanging_port silent{context()};
  names->hosts["xmpp.example.org"] = {"127.0.0.1", "127.0.0.2"};
  first->accept();
  request.targets.push_back(target("xmpp.example.org", silent.port()));
  add(*first);
  request.attempt_delay = milliseconds{10};
  // Its second address refuses, which leaves the first its time.
  auto begun = std::chrono::steady_clock::now();
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK_EQUAL(outcome->target.port, first->port());
  CAF_CHECK(
    std::chrono::steady_clock::now() - begun >= std::chrono::seconds{1});
}

CAF_TEST(one budget ends a connect that hangs) {
  hanging_port silent{context()};
  request.targets.push_back(target(loopback, silent.port()));
  request.budget = milliseconds{30};
  request.attempt_delay = milliseconds{10};
  CAF_REQUIRE(connect());
  CAF_CHECK(!outcome->socket);
  CAF_CHECK_EQUAL(
    failures(), request.targets[0].endpoint + ": timed out after 30 ms\n");
}

CAF_TEST(one budget ends a server that never answers to TLS) {
  first->accept();
  add_direct(*first);
  request.budget = milliseconds{30};
  CAF_REQUIRE(connect());
  CAF_CHECK(!outcome->socket);
  CAF_CHECK_EQUAL(
    failures(), request.targets[0].endpoint + " TLS: timed out after 30 ms\n");
  CAF_CHECK(until([&] { return first->ended; }));
}

CAF_TEST(one budget ends a name that nobody resolves) {
  names->silent = true;
  add(*first, "xmpp.example.org");
  request.budget = milliseconds{10};
  CAF_REQUIRE(connect());
  CAF_CHECK_EQUAL(
    failures(), request.targets[0].endpoint + ": DNS: timed out after 10 ms\n");
}

CAF_TEST(dropping an attempt closes its connection and calls nobody) {
  first->accept();
  add_direct(*first);
  begin();
  CAF_REQUIRE(until([&] { return !first->received.empty(); }));
  attempt.reset();
  CAF_CHECK(until([&] { return first->ended; }));
  settle();
  CAF_CHECK(!outcome);
}

CAF_TEST(direct TLS names the domain and its protocol) {
  auto files = authority.issue("DNS:example.org");
  first->accept(&files);
  add_direct(*first);
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK(outcome->secure);
  CAF_CHECK(until([&] { return first->secure; }));
  CAF_CHECK_EQUAL(first->server_name, "example.org");
  CAF_CHECK_EQUAL(first->alpn, "xmpp-client");
}

CAF_TEST(a name in the settings is used in place of the domain) {
  settings.certificate_name = "xmpp.example.com";
  auto files = authority.issue("DNS:xmpp.example.com");
  first->accept(&files);
  add_direct(*first);
  CAF_REQUIRE(connect());
  CAF_CHECK(outcome->secure);
  CAF_CHECK(until([&] { return first->secure; }));
  CAF_CHECK_EQUAL(first->server_name, "xmpp.example.com");
}

CAF_TEST(a domain with other letters is looked for by its A label) {
  request.domain = "b\u00fccher.example";
  auto files = authority.issue("DNS:xn--bcher-kva.example");
  first->accept(&files);
  add_direct(*first);
  CAF_REQUIRE(connect());
  CAF_CHECK_EQUAL(failures(), "");
  CAF_CHECK(until([&] { return first->secure; }));
  CAF_CHECK_EQUAL(first->server_name, "xn--bcher-kva.example");
}

CAF_TEST(the reason why a certificate is refused is told) {
  CAF_CHECK_EQUAL(refusal(authority.issue("DNS:other.example")),
    "certificate is for other.example, not example.org");
  CAF_CHECK_EQUAL(
    refusal(authority.issue("DNS:example.org", 1)), "certificate has expired");
  test_authority stranger{"Stranger"};
  CAF_CHECK_EQUAL(
    refusal(stranger.issue("DNS:example.org")), "issuer is not trusted");
  test_authority namesake;
  CAF_CHECK_EQUAL(refusal(namesake.issue("DNS:example.org")),
    "issuer is not trusted: it has the name of one that is, but another key");
}

CAF_TEST(a pin stands for chain and name) {
  test_authority stranger;
  auto files = stranger.issue("DNS:other.example");
  settings.pin = files.pin;
  first->accept(&files);
  add_direct(*first);
  CAF_REQUIRE(connect());
  CAF_CHECK(outcome->secure);
  CAF_CHECK_EQUAL(refusal(authority.issue("DNS:example.org")),
    "the server's key is not the pinned one");
}

CAF_TEST(the next target is used when TLS fails) {
  auto wrong = authority.issue("DNS:other.example");
  auto right = authority.issue("DNS:example.org");
  first->accept(&wrong);
  second->accept(&right);
  add_direct(*first);
  add_direct(*second);
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  CAF_CHECK(outcome->secure);
  CAF_CHECK_EQUAL(outcome->target.port, second->port());
  CAF_CHECK_EQUAL(failures(),
    request.targets[0].endpoint
      + " TLS: certificate is for other.example, not example.org\n");
}

CAF_TEST(a server that speaks no TLS is told from others) {
  first->accept();
  add_direct(*first);
  begin();
  CAF_REQUIRE(until([&] { return !first->received.empty(); }));
  first->write("<stream:stream xmlns='jabber:client'>");
  CAF_REQUIRE(until([&] { return outcome.has_value(); }));
  CAF_CHECK_EQUAL(
    outcome->failures.at(0).detail, "the server does not answer with TLS");
}

CAF_TEST(a server that hangs up during TLS is told from others) {
  first->accept();
  add_direct(*first);
  begin();
  CAF_REQUIRE(until([&] { return !first->received.empty(); }));
  first->end();
  CAF_REQUIRE(until([&] { return outcome.has_value(); }));
  CAF_CHECK_EQUAL(outcome->failures.at(0).detail,
    "the server closed the connection during the TLS handshake");
}

CAF_TEST(the address of the client comes before everything else) {
  request.client = "203.0.113.7:54321";
  request.server = "198.51.100.1:443";
  const std::string header =
    "PROXY TCP4 203.0.113.7 198.51.100.1 54321 443\r\n";
  first->accept();
  add(*first);
  request.targets[0].proxy = config::proxy_protocol::v1;
  CAF_REQUIRE(connect());
  CAF_REQUIRE(outcome->socket);
  outcome->socket->send(make_outgoing("<stream:stream>"));
  CAF_CHECK(
    until([&] { return first->received == header + "<stream:stream>"; }));
  second->accept();
  request.targets.clear();
  add_direct(*second);
  request.targets[0].proxy = config::proxy_protocol::v1;
  begin();
  // A TLS handshake record.
  CAF_CHECK(until([&] { return second->received.size() > header.size(); }));
  CAF_CHECK_EQUAL(
    second->received.substr(0, header.size() + 1), header + "\x16");
}

CAF_TEST_FIXTURE_SCOPE_END()
