/// RFC 6455 section 4.2 and RFC 7395 section 3.1: who gets a WebSocket.
#define CAF_SUITE upgrade

#include "actors/transport/upgrade.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;

namespace {

http_request valid_request() {
  http_request x;
  x.method = "GET";
  x.target = "/ws/";
  x.host = "example.org:7070";
  x.upgrade = "websocket";
  x.connection = "keep-alive, Upgrade";
  x.key = "dGhlIHNhbXBsZSBub25jZQ==";
  x.version = "13";
  x.protocols = "xmpp";
  return x;
}

struct fixture {
  /// The HTTP status of the answer.
  unsigned answer(bool secure = false) const {
    auto decision = decide_upgrade(request, rules, secure);
    if (std::holds_alternative<upgrade_accepted>(decision))
      return 101;
    return std::get<http_reply>(decision).status;
  }

  http_reply reply() const {
    return std::get<http_reply>(decide_upgrade(request, rules, false));
  }

  bool has_field(std::string_view name, std::string_view value) const {
    for (auto& [x, y] : reply().fields)
      if (x == name && y == value)
        return true;
    return false;
  }

  config::websocket rules;
  http_request request = valid_request();
};

bool same_host(std::string_view origin, std::string_view host, bool secure) {
  return origin_allowed(origin, host, {"same-host"}, secure);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(upgrade_tests, fixture)

CAF_TEST(a request with subprotocol xmpp is accepted) {
  CAF_CHECK_EQUAL(answer(), 101u);
}

CAF_TEST(the endpoint answers with and without its last slash) {
  request.target = "/ws";
  CAF_CHECK_EQUAL(answer(), 101u);
  request.target = "/ws/?token=1";
  CAF_CHECK_EQUAL(answer(), 101u);
  rules.path = "/xmpp";
  request.target = "/xmpp";
  CAF_CHECK_EQUAL(answer(), 101u);
}

CAF_TEST(another path is not found) {
  request.target = "/wss/";
  CAF_CHECK_EQUAL(answer(), 404u);
  request.target = "/";
  CAF_CHECK_EQUAL(answer(), 404u);
  request.target = "*";
  CAF_CHECK_EQUAL(answer(), 404u);
}

CAF_TEST(xmpp may stand anywhere in the list of subprotocols) {
  request.protocols = "foo,xmpp";
  CAF_CHECK_EQUAL(answer(), 101u);
  request.protocols = "xmpp \t, mqtt";
  CAF_CHECK_EQUAL(answer(), 101u);
}

CAF_TEST(the subprotocol is compared as a whole and with case) {
  for (auto x : {"", "XMPP", "xmpp2", "xmpp framing", "foo", ",,"}) {
    request.protocols = x;
    CAF_CHECK_EQUAL(answer(), 400u);
  }
  CAF_CHECK(reply().body.find("xmpp") != std::string::npos);
}

CAF_TEST(another version gets 426 and the version that would do) {
  request.version = "8";
  CAF_CHECK_EQUAL(answer(), 426u);
  CAF_CHECK(has_field("Sec-WebSocket-Version", "13"));
  request.version = "";
  CAF_CHECK_EQUAL(answer(), 426u);
}

CAF_TEST(an incomplete request for a WebSocket is a bad request) {
  auto refuse = [this](auto spoil) {
    request = valid_request();
    spoil(request);
    CAF_CHECK_EQUAL(answer(), 400u);
  };
  refuse([](auto& x) { x.key = ""; });
  refuse([](auto& x) { x.key = "dGhlIHNhbXBsZSBub25jZQ"; });
  refuse([](auto& x) { x.key = "dGhlIHNhbXBsZSBub25jZ!=="; });
  refuse([](auto& x) { x.connection = "keep-alive"; });
  refuse([](auto& x) { x.host = ""; });
  refuse([](auto& x) { x.http_1_1 = false; });
}

CAF_TEST(a plain GET gets the page at the endpoint and at the root) {
  request.upgrade = "";
  CAF_CHECK_EQUAL(answer(), 200u);
  request.target = "/";
  CAF_CHECK_EQUAL(answer(), 200u);
  CAF_CHECK(
    reply().body.find("ws://example.org:7070/ws/") != std::string::npos);
}

CAF_TEST(the page escapes what the client sent) {
  request.upgrade = "";
  request.host = "\"><script>";
  CAF_CHECK(reply().body.find("<script>") == std::string::npos);
}

CAF_TEST(methods other than GET and HEAD are not allowed) {
  for (auto x : {"POST", "OPTIONS", "CONNECT", "get"}) {
    request.method = x;
    CAF_CHECK_EQUAL(answer(), 405u);
    CAF_CHECK(has_field("Allow", "GET, HEAD"));
  }
}

CAF_TEST(HEAD gets the header of the page and no body) {
  request.method = "HEAD";
  CAF_CHECK_EQUAL(answer(), 200u);
  auto bytes = to_bytes(reply(), true);
  CAF_CHECK(bytes.ends_with("\r\n\r\n"));
  CAF_CHECK_EQUAL(bytes + reply().body, to_bytes(reply(), false));
}

CAF_TEST(a page from another host may not connect) {
  request.origin = "http://evil.example";
  CAF_CHECK_EQUAL(answer(), 403u);
  request.origin = "http://example.org";
  CAF_CHECK_EQUAL(answer(), 101u);
}

CAF_TEST(a missing Origin is allowed unless the configuration forbids it) {
  CAF_CHECK_EQUAL(answer(), 101u);
  rules.allow_missing_origin = false;
  CAF_CHECK_EQUAL(answer(), 403u);
}

CAF_TEST(same host compares names without case and without ports) {
  CAF_CHECK(same_host("http://Example.ORG", "example.org:7070", false));
  CAF_CHECK(same_host("http://example.org:8080", "example.org", false));
  CAF_CHECK(same_host("http://[::1]:80", "[::1]:7070", false));
  CAF_CHECK(!same_host("http://localhost", "127.0.0.1", false));
  CAF_CHECK(
    !same_host("http://example.org.evil.example", "example.org", false));
  CAF_CHECK(
    !same_host("http://evil.example/example.org", "example.org", false));
}

CAF_TEST(same host wants https for wss) {
  CAF_CHECK(same_host("https://example.org", "example.org:7443", true));
  CAF_CHECK(!same_host("http://example.org", "example.org:7443", true));
  // A TLS proxy stands in front of a plain listener.
  CAF_CHECK(same_host("https://example.org", "example.org:7070", false));
  CAF_CHECK(!same_host("ftp://example.org", "example.org:7070", false));
}

CAF_TEST(listed origins match with their default port) {
  std::vector<std::string> allowed{
    "https://a.example", "http://b.example:8080"};
  auto check = [&](auto origin) {
    return origin_allowed(origin, "other", allowed, true);
  };
  CAF_CHECK(check("https://a.example"));
  CAF_CHECK(check("https://A.example:443"));
  CAF_CHECK(check("http://b.example:8080"));
  CAF_CHECK(!check("http://a.example"));
  CAF_CHECK(!check("https://a.example:8443"));
  CAF_CHECK(!check("http://b.example"));
  CAF_CHECK(!check("null"));
  CAF_CHECK(!check(""));
}

CAF_TEST(a star allows every origin) {
  CAF_CHECK(origin_allowed("null", "x", {"*"}, true));
  CAF_CHECK(!origin_allowed("http://x", "x", {}, false));
}

CAF_TEST(what a client says of itself is shown as printable ASCII) {
  CAF_CHECK_EQUAL(presentable("probe/1 (x; y)~"), "probe/1 (x; y)~");
  CAF_CHECK_EQUAL(presentable("a\xff\xfe\x62"), "a??b");
  CAF_CHECK_EQUAL(presentable("a\tb\x7f\x1b[2J"), "a?b??[2J");
  CAF_CHECK_EQUAL(presentable(std::string("\0", 1)), "?");
  // The cut is within a character of two bytes.
  CAF_CHECK_EQUAL(
    presentable(std::string(127, 'a') + "\u00e9"), std::string(127, 'a') + '?');
}

CAF_TEST_FIXTURE_SCOPE_END()
