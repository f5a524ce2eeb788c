#define CAF_SUITE endpoint_search

#include "actors/upstream/endpoint_search.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

upstream_target target(std::string host, std::uint16_t port = 5222) {
  upstream_target x;
  x.endpoint = host + ':' + std::to_string(port);
  x.host = std::move(host);
  x.port = port;
  return x;
}

struct fixture {
  fixture() { search.offer({target("a"), target("b"), target("c")}); }

  /// Where a redirection leads.
  std::string follow(const upstream_target& from, const std::string& to) {
    auto x = search.follow(from, to);
    return x ? x->host + ' ' + std::to_string(x->port) : x.error().reason;
  }

  endpoint_search::clock::time_point now{1'000s};
  endpoint_search search{now, 15'000ms};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(endpoint_search_tests, fixture)

CAF_TEST(each endpoint has the same share of what is left) {
  search.tried("a:5222");
  CAF_CHECK(search.share(now) == 5'000ms);
  now += 5'000ms;
  search.tried("b:5222");
  CAF_CHECK(search.share(now) == 5'000ms);
  now += 2'000ms;
  search.tried("c:5222");
  CAF_CHECK(search.share(now) == 8'000ms);
  CAF_CHECK(search.left().empty());
}

CAF_TEST(a share is a second at least and never more than the rest) {
  search.tried("a:5222");
  now += 14'000ms;
  CAF_CHECK(search.share(now) == 1'000ms);
  now += 700ms;
  CAF_CHECK(search.share(now) == 300ms);
  CAF_CHECK(!search.is_over(now));
  now += 300ms;
  CAF_CHECK(search.is_over(now));
}

CAF_TEST(an endpoint with too little time is not to blame) {
  CAF_CHECK(search.is_fair(1'000ms));
  CAF_CHECK(!search.is_fair(999ms));
  endpoint_search short_one{now, 100ms};
  CAF_CHECK(short_one.is_fair(100ms));
  CAF_CHECK(!short_one.is_fair(49ms));
}

CAF_TEST(only what has been tried is struck off) {
  search.tried("b:5222");
  CAF_REQUIRE_EQUAL(search.left().size(), 2u);
  CAF_CHECK_EQUAL(search.left().front().endpoint, "a:5222");
  CAF_CHECK_EQUAL(search.left().back().endpoint, "c:5222");
}

CAF_TEST(a redirection keeps TLS and takes no PROXY header along) {
  auto from = target("a", 5223);
  from.mode = config::upstream_tls::direct;
  from.proxy = config::proxy_protocol::v2;
  auto x = search.follow(from, "other.example");
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(x->endpoint, "other.example");
  CAF_CHECK_EQUAL(x->host, "other.example");
  CAF_CHECK_EQUAL(x->port, 5223u);
  CAF_CHECK(x->mode == config::upstream_tls::direct);
  CAF_CHECK(x->proxy == config::proxy_protocol::none);
}

CAF_TEST(a redirection in the clear stays on this machine) {
  auto from = target("127.0.0.1");
  from.mode = config::upstream_tls::none;
  for (auto to : {"192.0.2.1:5222", "other.example", "localhost", "127.1",
         "127.0.0.1.example", "[2001:db8::1]"})
    CAF_CHECK_EQUAL(
      follow(from, to), std::string{"redirected in the clear to "} + to);
  CAF_CHECK_EQUAL(follow(from, "127.0.0.2:5299"), "127.0.0.2 5299");
  CAF_CHECK_EQUAL(follow(from, "[::1]"), "::1 5222");
}

CAF_TEST(redirections have a bound) {
  auto from = target("a");
  for (int i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(follow(from, "b:1"), "b 1");
  CAF_CHECK_EQUAL(follow(from, "b:1"), "redirected too often, last to b:1");
}

CAF_TEST(what is no host is not followed) {
  CAF_CHECK_EQUAL(
    follow(target("a"), "a b"), "redirected to what is no host: a b");
}

CAF_TEST_FIXTURE_SCOPE_END()
