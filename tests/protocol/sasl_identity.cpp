#define CAF_SUITE sasl_identity

#include "protocol/sasl_identity.hpp"

#include "protocol/base64.hpp"

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

} // namespace

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
  auto juliet = to_base64("\0juliet\0secret"s);
  auto romeo = to_base64("\0romeo\0secret"s);
  sasl_witness witness;
  CAF_CHECK(!witness.identity());
  witness.respond(juliet);
  CAF_CHECK(!witness.identity());
  witness.begin("PLAIN", "");
  CAF_CHECK(!witness.identity());
  witness.respond(juliet);
  CAF_CHECK_EQUAL(shorten(witness.identity()), "PLAIN  juliet");
  witness.respond(romeo);
  CAF_CHECK_EQUAL(shorten(witness.identity()), "PLAIN  juliet");
  // Another negotiation takes its place, whatever comes of it.
  witness.begin("PLAIN", romeo);
  CAF_CHECK_EQUAL(shorten(witness.identity()), "PLAIN  romeo");
  witness.begin("PLAIN", "=");
  witness.respond(juliet);
  CAF_CHECK(!witness.identity());
}
