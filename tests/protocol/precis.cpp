/// RFC 7622 section 3.2 and IDNA2008: the two forms of a domain name. The other
/// profiles are tested where they are used, in `jid` and `scram`.
#define CAF_SUITE precis

#include "protocol/precis.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway::protocol;

CAF_TEST(a domain has U labels and A labels) {
  CAF_CHECK(unicode_domain("XN--Bcher-KVA.example") == "b\u00fccher.example");
  CAF_CHECK(ascii_domain("B\u00fccher.example") == "xn--bcher-kva.example");
  CAF_CHECK(ascii_domain("Example.ORG") == "example.org");
}

CAF_TEST(what is no domain has neither) {
  for (auto x : {"", "a..b", "exa mple.org", "\xff", "-a.example"}) {
    CAF_CHECK(!unicode_domain(x));
    CAF_CHECK(!ascii_domain(x));
  }
}
