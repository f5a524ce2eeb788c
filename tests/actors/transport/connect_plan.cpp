/// RFC 8305 sections 3 to 5: the order of addresses, and what operators read
/// about those that did not work.
#define CAF_SUITE connect_plan

#include "actors/transport/connect_plan.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway;

namespace {

upstream_target target(std::string host) {
  upstream_target out;
  out.endpoint = host + ":5222";
  out.host = std::move(host);
  return out;
}

struct fixture {
  /// Resolves the next name.
  void resolve(const std::vector<std::string>& addresses) {
    CAF_REQUIRE(plan.next_name().has_value());
    plan.resolved(addresses);
  }

  connect_step next() {
    auto step = plan.next_address();
    CAF_REQUIRE(step.has_value());
    return *step;
  }

  std::string failures() const {
    std::string out;
    for (auto& x : plan.failures())
      out += x.endpoint + (x.tls ? " TLS " : " ") + x.detail + "\n";
    return out;
  }

  /// The endpoints that are to blame.
  std::string blamed() const {
    std::string out;
    for (auto& x : plan.failures())
      if (x.counts)
        out += x.endpoint + "\n";
    return out;
  }

  connect_plan plan{{target("a.example"), target("192.0.2.9")}};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(connect_plan_tests, fixture)

CAF_TEST(families alternate and the first of the resolver stays first) {
  resolve({"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"});
  CAF_CHECK_EQUAL(next().address, "2001:db8::1");
  CAF_CHECK_EQUAL(next().address, "192.0.2.1");
  CAF_CHECK_EQUAL(next().address, "2001:db8::2");
  CAF_CHECK_EQUAL(next().address, "2001:db8::3");
  CAF_CHECK(!plan.next_address());
}

CAF_TEST(a name is resolved when no address is left and one at a time) {
  CAF_CHECK(plan.next_name() == std::optional<std::size_t>{0});
  CAF_CHECK(!plan.next_name());
  plan.resolved({"192.0.2.1"});
  CAF_CHECK(!plan.next_name());
  next();
  CAF_CHECK(plan.next_name() == std::optional<std::size_t>{1});
  CAF_CHECK(!plan.exhausted());
  plan.resolved({"192.0.2.9"});
  CAF_CHECK_EQUAL(next().target, 1u);
  CAF_CHECK(plan.exhausted());
}

CAF_TEST(a target has failed once all its addresses have) {
  resolve({"192.0.2.1", "2001:db8::1"});
  auto first = next();
  auto second = next();
  plan.failed(first, "Connection refused");
  CAF_CHECK_EQUAL(failures(), "");
  plan.failed(second, "No route to host");
  CAF_CHECK_EQUAL(failures(), "a.example:5222 192.0.2.1: Connection refused; "
                              "2001:db8::1: No route to host\n");
}

CAF_TEST(a target that is an address does not name it twice) {
  resolve({"192.0.2.1"});
  plan.failed(next(), "Connection refused");
  resolve({"192.0.2.9"});
  plan.failed(next(), "Connection refused");
  CAF_CHECK_EQUAL(failures(), "a.example:5222 192.0.2.1: Connection refused\n"
                              "192.0.2.9:5222 Connection refused\n");
}

CAF_TEST(a name without answer or address is a failure) {
  plan.next_name();
  plan.unresolved("no such name");
  resolve({});
  CAF_CHECK_EQUAL(failures(), "a.example:5222 DNS: no such name\n"
                              "192.0.2.9:5222 DNS: no address\n");
  CAF_CHECK(plan.exhausted());
}

CAF_TEST(after a failure of TLS the rest of the target is left out) {
  resolve({"192.0.2.1", "2001:db8::1"});
  next();
  plan.tls_failed(0, "certificate has expired", true);
  CAF_CHECK(!plan.next_address());
  CAF_CHECK_EQUAL(failures(), "a.example:5222 TLS certificate has expired\n");
  resolve({"192.0.2.9"});
  CAF_CHECK_EQUAL(next().target, 1u);
}

CAF_TEST(a slower address gets another chance when the fast one fails) {
  resolve({"192.0.2.1"});
  auto slow = next();
  resolve({"192.0.2.9"});
  next();
  plan.postpone(slow);
  CAF_CHECK_EQUAL(failures(), "");
  plan.tls_failed(1, "issuer is not trusted", true);
  CAF_CHECK(!plan.exhausted());
  CAF_CHECK(next() == slow);
}

CAF_TEST(a timeout names what was under way and not what was not tried) {
  resolve({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
  plan.failed(next(), "Connection refused");
  next();
  plan.time_out("timed out after 15 s");
  CAF_CHECK_EQUAL(failures(),
    "a.example:5222 192.0.2.1: Connection refused; timed out after 15 s\n");
  CAF_CHECK(plan.exhausted());
}

CAF_TEST(a timeout while a name is resolved blames DNS) {
  plan.next_name();
  plan.time_out("timed out after 15 s");
  CAF_CHECK_EQUAL(failures(), "a.example:5222 DNS: timed out after 15 s\n");
  CAF_CHECK_EQUAL(blamed(), "");
}

CAF_TEST(an endpoint is not to blame for DNS) {
  plan.next_name();
  plan.unresolved("server failure");
  resolve({"192.0.2.9"});
  plan.failed(next(), "Connection refused");
  CAF_CHECK_EQUAL(blamed(), "192.0.2.9:5222\n");
}

CAF_TEST(an endpoint is to blame for a timeout if it had time enough) {
  resolve({"192.0.2.1"});
  auto slow = next();
  resolve({"192.0.2.9"});
  next();
  plan.overdue(slow);
  plan.time_out("timed out after 15 s");
  CAF_CHECK_EQUAL(blamed(), "a.example:5222\n");
  CAF_CHECK_EQUAL(plan.failures().size(), 2u);
}

CAF_TEST(targets are open until they are given up) {
  CAF_CHECK_EQUAL(plan.open_targets(), 2u);
  plan.next_name();
  CAF_CHECK_EQUAL(plan.open_targets(), 2u);
  plan.unresolved("no such name");
  CAF_CHECK_EQUAL(plan.open_targets(), 1u);
  resolve({"192.0.2.9"});
  CAF_CHECK_EQUAL(plan.open_targets(), 1u);
  auto step = next();
  CAF_CHECK_EQUAL(plan.open_targets(), 1u);
  plan.failed(step, "Connection refused");
  CAF_CHECK_EQUAL(plan.open_targets(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
