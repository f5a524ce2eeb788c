/// The way to a bound resource: RFC 7395, RFC 6120, XEP-0198.
#define CAF_SUITE load_login

#include "tools/load/login.hpp"

#include "protocol/base64.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway::load;
using causeway::protocol::to_base64;

namespace {

const std::string open_reply =
  "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='localhost'/>";
const std::string sasl = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

std::string mechanisms(std::initializer_list<std::string> names) {
  auto result = "<features xmlns='http://etherx.jabber.org/streams'><mechanisms"
                + sasl + ">";
  for (auto& x : names)
    result += "<mechanism>" + x + "</mechanism>";
  return result + "</mechanisms></features>";
}

std::string bind_features(const std::string& more) {
  return "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
         "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
         + more + "</stream:features>";
}

const std::string bound =
  "<iq type=\"result\" id=\"bind\"><bind "
  "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>romeo@localhost/a&amp;b"
  "</jid></bind></iq>";
const std::string sm_feature = "<sm xmlns='urn:xmpp:sm:3'/>";

struct fixture {
  login_step last;

  // The frames that answer `text`, joined.
  std::string give(login& x, const std::string& text) {
    auto element = scan_element(text);
    CAF_REQUIRE(element);
    last = x.handle(*element);
    std::string result;
    for (auto& frame : last.send)
      result += frame;
    return result;
  }
  bool ready() const { return last.now == login_step::state::ready; }
  bool failed() const { return last.now == login_step::state::failed; }

  // A login that is about to bind.
  login authenticated(bool sm, bool resumable = false) {
    login x{{"localhost", "romeo", "secret", "PLAIN", sm, resumable}, "nonce"};
    give(x, open_reply);
    give(x, mechanisms({"PLAIN"}));
    give(x, "<success" + sasl + "/>");
    give(x, open_reply);
    return x;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(login_tests, fixture)

CAF_TEST(a login with PLAIN binds and is ready) {
  login x{{"a&b", "romeo", "secret", "auto", false}, "nonce"};
  CAF_CHECK_EQUAL(x.open(),
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a&amp;b' "
    "version='1.0'/>");
  CAF_CHECK_EQUAL(give(x, open_reply), "");
  CAF_CHECK_EQUAL(give(x, mechanisms({"X-OTHER", "PLAIN"})),
    "<auth" + sasl + " mechanism='PLAIN'>"
      + to_base64(std::string{"\0romeo\0secret", 13}) + "</auth>");
  CAF_CHECK_EQUAL(give(x, "<success" + sasl + "/>"), x.open());
  give(x, open_reply);
  CAF_CHECK_EQUAL(give(x, bind_features("")),
    "<iq xmlns='jabber:client' type='set' id='bind'><bind "
    "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  give(x, bound);
  CAF_CHECK(ready());
  CAF_CHECK_EQUAL(x.jid(), "romeo@localhost/a&b");
}

CAF_TEST(the exchange of RFC 5802 section 5 is reproduced) {
  login x{{"localhost", "user", "pencil", "SCRAM-SHA-1", false},
    "fyko+d2lbbFgONRv9qkxdawL"};
  CAF_CHECK_EQUAL(give(x, mechanisms({"SCRAM-SHA-1", "PLAIN"})),
    "<auth" + sasl + " mechanism='SCRAM-SHA-1'>"
      + to_base64("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL") + "</auth>");
  CAF_CHECK_EQUAL(
    give(x, "<challenge" + sasl + ">"
              + to_base64("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s="
                          "QSXCR+Q6sek8bf92,i=4096")
              + "</challenge>"),
    "<response" + sasl + ">"
      + to_base64("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p="
                  "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
      + "</response>");
  auto success = x;
  give(success, "<success" + sasl + ">"
                  + to_base64("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") + "</success>");
  CAF_CHECK(!failed());
  give(x, "<success" + sasl + ">" + to_base64("v=AAAA") + "</success>");
  CAF_CHECK(failed());
}

CAF_TEST(auto takes the strongest mechanism that is offered) {
  login x{{"localhost", "romeo", "secret", "auto", false}, "nonce"};
  auto frame = give(x, mechanisms({"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"}));
  CAF_CHECK(frame.find("mechanism='SCRAM-SHA-256'") != std::string::npos);
}

CAF_TEST(a mechanism that is not offered fails the login) {
  login x{{"localhost", "romeo", "secret", "SCRAM-SHA-512", false}, "nonce"};
  give(x, mechanisms({"PLAIN"}));
  CAF_CHECK(failed());
  CAF_CHECK_EQUAL(
    last.reason, "the server does not offer mechanism SCRAM-SHA-512");
}

CAF_TEST(a refused password names user and condition) {
  login x{{"localhost", "romeo", "secret", "auto", false}, "nonce"};
  give(x, mechanisms({"PLAIN"}));
  give(x, "<failure" + sasl + "><not-authorized/><text>no</text></failure>");
  CAF_CHECK_EQUAL(
    last.reason, "authentication of romeo failed: not-authorized (no)");
}

CAF_TEST(stream management is enabled after bind and a needed session) {
  auto x = authenticated(true);
  give(x,
    bind_features(
      sm_feature + "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"));
  CAF_CHECK_EQUAL(give(x, bound),
    "<iq xmlns='jabber:client' type='set' id='session'><session "
    "xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>");
  CAF_CHECK_EQUAL(give(x, "<iq type='result' id='session'/>"),
    "<enable xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK(!ready());
  give(x, "<enabled xmlns='urn:xmpp:sm:3'/>");
  CAF_CHECK(ready());
}

CAF_TEST(a session that can be resumed has to be granted) {
  for (std::string granted : {"true", "1", "false", ""}) {
    auto x = authenticated(true, true);
    give(x, bind_features(sm_feature));
    CAF_CHECK_EQUAL(
      give(x, bound), "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    give(x, "<enabled xmlns='urn:xmpp:sm:3' id='a' resume='" + granted + "'/>");
    auto ok = granted == "true" || granted == "1";
    CAF_CHECK_EQUAL(ready(), ok);
    if (!ok)
      CAF_CHECK_EQUAL(last.reason, "the server does not grant resumption");
  }
}

CAF_TEST(stream management that is not offered or refused fails the login) {
  auto x = authenticated(true);
  give(x, bind_features(
            "<sm xmlns='urn:xmpp:sm:2'/>"
            "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/>"
            "</session>"));
  give(x, bound);
  CAF_CHECK_EQUAL(
    last.reason, "the server does not offer Stream Management (urn:xmpp:sm:3)");
  auto y = authenticated(true);
  give(y, bind_features(sm_feature));
  give(y, bound);
  give(y, "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns="
          "'urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
  CAF_CHECK_EQUAL(last.reason, "Stream Management refused: unexpected-request");
}

CAF_TEST(errors of stream and bind are told by name) {
  auto x = authenticated(false);
  give(x, "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
          "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
          "</stream:error>");
  CAF_CHECK_EQUAL(last.reason, "stream error host-unknown");
  auto y = authenticated(false);
  give(y, bind_features(""));
  give(y, "<iq type='error' id='bind'><error type='wait'>"
          "<resource-constraint/></error></iq>");
  CAF_CHECK_EQUAL(last.reason, "bind failed: resource-constraint");
}

CAF_TEST_FIXTURE_SCOPE_END()
