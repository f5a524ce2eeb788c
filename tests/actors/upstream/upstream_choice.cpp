/// Streams of one client come to the same server (requirement G-33).
#define CAF_SUITE upstream_choice

#include "tests/support/gateway_fixture.hpp"

#include <map>

using namespace causeway;
using namespace causeway::test;

namespace {

struct fixture : gateway_fixture {
  fixture() {
    options.upstream = {
      entry_at("127.0.0.1:5222", 1), entry_at("127.0.0.1:5223", 1)};
  }

  /// The endpoint that the stream of a client tries first.
  std::string endpoint_for(
    const std::string& from, const std::string& address, bool secure = true) {
    auto peer = loopback_peer();
    peer.address = address;
    peer.secure = secure;
    auto x = connect(peer);
    say(x, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
           "to='example.org' version='1.0'"
             + (from.empty() ? "" : " from='" + from + "'") + "/>");
    CAF_REQUIRE_EQUAL(node->connector.waiting.size(), 1u);
    auto endpoint =
      node->connector.waiting.front().request.targets.front().endpoint;
    accept();
    lose(x);
    return endpoint;
  }

  void lose(client& x) {
    x.wire->lose();
    consume_messages();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_choice_tests, fixture)

CAF_TEST(a client that says who it is comes back from any address) {
  std::map<std::string, int> taken;
  for (int i = 0; i < 40; ++i) {
    auto from = "user" + std::to_string(i) + "@example.org";
    auto first = endpoint_for(from, "192.0.2.1:1000");
    auto other = "198.51.100." + std::to_string(i) + ":2000";
    CAF_CHECK_EQUAL(endpoint_for(from, other), first);
    ++taken[first];
  }
  CAF_CHECK_EQUAL(taken.size(), 2u);
}

CAF_TEST(a client that does not comes back from its own address) {
  std::map<std::string, int> taken;
  for (int i = 0; i < 40; ++i) {
    auto host = "192.0.2." + std::to_string(i);
    auto first = endpoint_for({}, host + ":1000");
    CAF_CHECK_EQUAL(endpoint_for({}, host + ":2000"), first);
    ++taken[first];
  }
  CAF_CHECK_EQUAL(taken.size(), 2u);
}

CAF_TEST(the address of a proxy is that of no client) {
  std::map<std::string, int> taken;
  for (int i = 0; i < 40; ++i)
    ++taken[endpoint_for({}, "192.0.2.1:1000", false)];
  CAF_CHECK_EQUAL(taken.size(), 2u);
  auto first = endpoint_for("juliet@example.org", "192.0.2.1:1000", false);
  for (int i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(
      endpoint_for("juliet@example.org", "192.0.2.1:1000", false), first);
}

CAF_TEST_FIXTURE_SCOPE_END()
