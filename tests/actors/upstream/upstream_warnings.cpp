/// What an operator is told about the features of a server, by the look at the
/// start and by streams (requirement G-52).
#define CAF_SUITE upstream_warnings

#include "actors/upstream/upstream.hpp"
#include "protocol/feature_rewrite.hpp"
#include "tests/support/resumable_fixture.hpp"

using namespace causeway;
using namespace causeway::test;
using namespace causeway::test::login;

namespace {

std::string mechanisms(std::string_view more) {
  return "<stream:features><mechanisms "
         "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
         "<mechanism>SCRAM-SHA-1</mechanism>"
         + std::string{more} + "</mechanisms></stream:features>";
}

struct fixture : gateway_fixture {
  /// What was warned of, one a line.
  std::string warned() {
    auto& servers = *node->upstream->environment->servers;
    std::string out;
    for (auto& x : state_of<upstream_state>(servers.get()).warned)
      out += x + '\n';
    return out;
  }

  /// A stream whose server challenges it with this text.
  void challenge(const std::string& first_message) {
    auto x = open_stream();
    accept();
    reply(header + mechanisms({}));
    say(x, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
           "mechanism='SCRAM-SHA-1'>biwsbj1qdWxpZXQscj1jbnQ=</auth>");
    reply("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
          + protocol::to_base64(first_message) + "</challenge>");
    CAF_CHECK(has(x.read(), "<challenge "));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_warnings_tests, fixture)

CAF_TEST(a stream tells of mechanisms that need channel binding) {
  auto x = open_stream();
  accept();
  reply(header + mechanisms("<mechanism>SCRAM-SHA-1-PLUS</mechanism>"));
  CAF_CHECK(has(warned(), "127.0.0.1:5222 "));
  CAF_CHECK(has(warned(), "SCRAM-SHA-1-PLUS"));
}

CAF_TEST(so does the look at the start) {
  connect();
  caf::anon_send(node->upstream->environment->servers->get(), upstream_probe{});
  consume_messages();
  accept();
  reply(header + mechanisms("<mechanism>SCRAM-SHA-1-PLUS</mechanism>"));
  CAF_CHECK(has(warned(), "SCRAM-SHA-1-PLUS"));
}

CAF_TEST(a stream tells of a hash of the mechanisms in a challenge) {
  challenge("r=cntsrv,s=c2FsdA==,i=4096,h=aGFzaA==");
  CAF_CHECK_EQUAL(
    warned(), "127.0.0.1:5222 "
                + std::string{protocol::downgrade_protection_warning} + '\n');
}

CAF_TEST(a server that is set up well is not warned of) {
  challenge("r=cntsrv,s=c2FsdA==,i=4096");
  CAF_CHECK_EQUAL(warned(), "");
}

CAF_TEST(after login missing Stream Management is told of) {
  log_in_upstream(features_with_sm);
  CAF_CHECK_EQUAL(warned(), "");
  log_in_upstream();
  CAF_CHECK(has(warned(), "Stream Management"));
}

CAF_TEST_FIXTURE_SCOPE_END()
