#define CAF_SUITE sasl_identity

#include "protocol/sasl_identity.hpp"

#include "protocol/base64.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway::protocol;
using namespace std::string_literals;

namespace {

/// "FAMILY AUTHZID AUTHCID", or "-".
std::string shorten(const std::optional<sasl_identity>& x) {
  return x ? x->family + ' ' + x->authzid + ' ' + x->authcid : "-";
}

std::string read(std::string_view mechanism, const std::string& message) {
  return shorten(read_identity(mechanism, to_base64(message)));
}

const auto juliet = to_base64("\0juliet\0secret"s);
const auto romeo = to_base64("\0romeo\0secret"s);

element auth(std::string_view text = {}) {
  return element{"auth", ns::sasl}.set("mechanism", "PLAIN").with_text(text);
}

element response(std::string_view text) {
  return element{"response", ns::sasl}.with_text(text);
}

struct fixture {
  std::string who() const { return shorten(witness.identity()); }

  sasl_witness witness;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(sasl_identity_tests, fixture)

CAF_TEST(PLAIN names an account and who acts for it) {
  CAF_CHECK_EQUAL(read("PLAIN", "\0juliet\0secret"s), "PLAIN  juliet");
  CAF_CHECK_EQUAL(
    read("PLAIN", "a@example.org\0juliet\0s"s), "PLAIN a@example.org juliet");
}

CAF_TEST(SCRAM names the same without its escapes) {
  for (auto name : {"SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    CAF_CHECK_EQUAL(read(name, "n,,n=juliet,r=abc"), "SCRAM  juliet");
    CAF_CHECK_EQUAL(read(name, "y,,n=juliet,r=abc"), "SCRAM  juliet");
    CAF_CHECK_EQUAL(
      read(name, "n,a=b=2Cc,n=ju=3Dliet,r=abc"), "SCRAM b,c ju=liet");
  }
}

CAF_TEST(what can be read in two ways names nobody) {
  for (auto message :
    {""s, "juliet"s, "\0juliet"s, "\0\0secret"s, "\0juliet\0secret\0more"s})
    CAF_CHECK_EQUAL(read("PLAIN", message), "-");
  for (auto message : {"", "n,,n=juliet", "n,,n=,r=abc", "n,,n=ju=liet,r=abc",
         "n,,m=x,n=juliet,r=abc", "n,,n=juliet,r=abc,n=romeo",
         "p=tls-exporter,,n=juliet,r=abc", "c=biws,r=abc,p=AA=="})
    CAF_CHECK_EQUAL(read("SCRAM-SHA-1", message), "-");
  CAF_CHECK(!read_identity("PLAIN", "AGp1bGlldABzZWNyZXQ"));
  CAF_CHECK(!read_identity("PLAIN", "="));
}

CAF_TEST(other mechanisms name nobody) {
  for (auto name :
    {"EXTERNAL", "ANONYMOUS", "OAUTHBEARER", "X-OAUTH2", "LOGIN", "SCRAM", ""})
    CAF_CHECK_EQUAL(read(name, "\0juliet\0secret"s), "-");
}

CAF_TEST(the first message of a negotiation counts) {
  CAF_CHECK_EQUAL(who(), "-");
  witness.respond(response(juliet));
  CAF_CHECK_EQUAL(who(), "-");
  witness.begin(auth());
  CAF_CHECK_EQUAL(who(), "-");
  witness.respond(response(juliet));
  CAF_CHECK_EQUAL(who(), "PLAIN  juliet");
  witness.respond(response(romeo));
  CAF_CHECK_EQUAL(who(), "PLAIN  juliet");
}

CAF_TEST(a negotiation after one that failed takes its place) {
  witness.begin(auth(juliet));
  CAF_CHECK_EQUAL(who(), "PLAIN  juliet");
  witness.failed();
  witness.begin(auth(romeo));
  CAF_CHECK_EQUAL(who(), "PLAIN  romeo");
  witness.failed();
  witness.begin(auth("="));
  witness.respond(response(juliet));
  CAF_CHECK_EQUAL(who(), "-");
}

CAF_TEST(a message with child elements names nobody) {
  auto with_child = [](element x) {
    x.add(element{"x", ns::sasl}.with_text(romeo));
    return x;
  };
  witness.begin(with_child(auth(juliet)));
  CAF_CHECK_EQUAL(who(), "-");
  witness = {};
  witness.begin(with_child(auth()));
  witness.respond(response(juliet));
  CAF_CHECK_EQUAL(who(), "-");
  witness = {};
  witness.begin(auth());
  witness.respond(with_child(response(juliet)));
  CAF_CHECK_EQUAL(who(), "-");
  witness = {};
  witness.begin(auth(juliet));
  witness.respond(with_child(response("")));
  CAF_CHECK_EQUAL(who(), "-");
}

CAF_TEST(a negotiation that begins before the end of another names nobody) {
  witness.begin(auth());
  witness.begin(auth(juliet));
  CAF_CHECK_EQUAL(who(), "-");
  // For good.
  witness.failed();
  witness.begin(auth(juliet));
  CAF_CHECK_EQUAL(who(), "-");
}

CAF_TEST(a failure that may not be the last one leaves all later ones unknown) {
  witness.begin(auth(juliet));
  witness.respond(response(juliet));
  CAF_CHECK_EQUAL(who(), "PLAIN  juliet");
  witness.failed();
  witness.begin(auth(juliet));
  CAF_CHECK_EQUAL(who(), "-");
}

CAF_TEST_FIXTURE_SCOPE_END()
