/// What `ca` and `pin` of an upstream entry may be, and what operators read
/// when they are something else; names of certificates by RFC 9525.
#define CAF_SUITE client_tls

#include "actors/transport/client_tls.hpp"

#include "actors/transport/server_names.hpp"
#include "tests/support/test_authority.hpp"

#include <caf/test/dsl.hpp>
#include <openssl/pem.h>

#include <fstream>
#include <memory>

using namespace causeway;
using namespace causeway::test;

namespace {

struct fixture {
  std::string error() const {
    auto loaded = load_client_tls(settings);
    return loaded ? "" : loaded.error();
  }

  /// A certificate with these names.
  std::unique_ptr<X509, decltype(&X509_free)> certificate(
    const std::string& names) {
    auto in = std::fopen(authority.issue(names).certificate.c_str(), "r");
    auto out = PEM_read_X509(in, nullptr, nullptr, nullptr);
    std::fclose(in);
    return {out, &X509_free};
  }

  bool fits(const std::string& names, const std::string& name) {
    return has_name(certificate(names).get(), name);
  }

  test_authority authority;
  config::upstream settings;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(client_tls_tests, fixture)

CAF_TEST(without settings the authorities of the system are trusted) {
  auto loaded = load_client_tls(settings);
  CAF_REQUIRE(loaded.has_value());
  CAF_CHECK((*loaded)->context != nullptr);
  CAF_CHECK_EQUAL((*loaded)->name, "");
  CAF_CHECK_EQUAL((*loaded)->pin, "");
}

CAF_TEST(a pin is the digest of a key) {
  settings.pin = authority.issue("DNS:example.org").pin;
  settings.certificate_name = "xmpp.example.org";
  auto loaded = load_client_tls(settings);
  CAF_REQUIRE(loaded.has_value());
  CAF_CHECK_EQUAL((*loaded)->pin.size(), 32u);
  CAF_CHECK_EQUAL((*loaded)->name, "xmpp.example.org");
}

CAF_TEST(a pin that is none is named) {
  for (auto x : {"sha256/AAAA", "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "AAAA",
         "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF"}) {
    settings.pin = x;
    CAF_CHECK_EQUAL(error(),
      std::string{"pin: not \"sha256/\" and the base64 of 32 bytes: "} + x);
  }
}

CAF_TEST(a ca file that cannot be used is named with the reason) {
  settings.ca = authority.certificate();
  CAF_CHECK_EQUAL(error(), "");
  settings.ca = "/nowhere/ca.pem";
  CAF_CHECK_EQUAL(error(), "/nowhere/ca.pem: no such file");
  settings.ca = authority.folder() + "/text.pem";
  std::ofstream{settings.ca} << "hello\n";
  CAF_CHECK_EQUAL(
    error(), settings.ca + ": holds no certificate or key in PEM form");
}

CAF_TEST(only a subjectAltName is a name) {
  CAF_CHECK(fits("DNS:example.org", "example.org"));
  CAF_CHECK(fits("DNS:a.example,DNS:Example.ORG", "example.org"));
  // Its subject is example.org.
  CAF_CHECK(!fits("DNS:a.example", "example.org"));
  CAF_CHECK(!fits("", "example.org"));
}

CAF_TEST(a wildcard is one whole label on the left) {
  CAF_CHECK(fits("DNS:*.example.org", "xmpp.example.org"));
  CAF_CHECK(!fits("DNS:*.example.org", "example.org"));
  CAF_CHECK(!fits("DNS:*.example.org", "a.b.example.org"));
  CAF_CHECK(!fits("DNS:xm*.example.org", "xmpp.example.org"));
  CAF_CHECK(!fits("DNS:xmpp.*.org", "xmpp.example.org"));
}

CAF_TEST(an address matches an address and a domain never its parent) {
  CAF_CHECK(fits("IP:192.0.2.1", "192.0.2.1"));
  CAF_CHECK(fits("IP:2001:db8::1", "2001:db8:0::1"));
  CAF_CHECK(!fits("DNS:192.0.2.1", "192.0.2.1"));
  CAF_CHECK(!fits("DNS:xmpp.example.org", ".example.org"));
}

CAF_TEST(XmppAddr and SRVName are names too) {
  auto xmpp = "otherName:1.3.6.1.5.5.7.8.5;UTF8:example.org";
  CAF_CHECK(fits(xmpp, "example.org"));
  CAF_CHECK(!fits(xmpp, "example.com"));
  auto service = "otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-client.example.org";
  CAF_CHECK(fits(service, "example.org"));
  auto other = "otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-server.example.org";
  CAF_CHECK(!fits(other, "example.org"));
}

CAF_TEST(names are described for operators) {
  auto described = [this](const std::string& names) {
    return describe_names(certificate(names).get());
  };
  CAF_CHECK_EQUAL(
    described("DNS:a.example,IP:192.0.2.1"), "a.example, 192.0.2.1");
  CAF_CHECK_EQUAL(described("DNS:a.example,DNS:b.example,DNS:c.example,"
                            "DNS:d.example"),
    "a.example, b.example, c.example, ...");
  CAF_CHECK_EQUAL(described(""), "no name");
}

CAF_TEST_FIXTURE_SCOPE_END()
