/// RFC 1035 and RFC 2782: questions to a name server of the test's own. No
/// thread runs: the test itself works off the handlers.
#define CAF_SUITE dns_resolver

#include "actors/transport/dns_resolver.hpp"

#include "actors/transport/dns_answer.hpp"
#include "actors/transport/io_threads.hpp"
#include "tests/support/fake_name_server.hpp"

#include <boost/asio/io_context.hpp>
#include <caf/test/dsl.hpp>

#include <algorithm>
#include <arpa/nameser.h>
#include <optional>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

struct fixture {
  fixture() : server{threads.context()} { names = make({server.address()}); }

  std::shared_ptr<resolver> make(
    const strings& servers, const dns_limits& limits = {20s, 2}) {
    auto made = make_dns_resolver(threads, servers, limits);
    if (made.has_error())
      CAF_FAIL(made.error());
    return *made;
  }

  /// Works off handlers until the answer is there.
  template <class Answer>
  Answer wait_for(std::optional<Answer>& answer) {
    while (!answer)
      if (threads.context().run_one_for(30s) == 0)
        CAF_FAIL("no answer");
    return *answer;
  }

  resolver::srv_answer srv(std::string name) {
    std::optional<resolver::srv_answer> answer;
    names->find_srv(std::move(name), [&](auto x) { answer = std::move(x); });
    return wait_for(answer);
  }

  resolver::host_answer host(std::string name) {
    std::optional<resolver::host_answer> answer;
    names->find_host(std::move(name), [&](auto x) { answer = std::move(x); });
    return wait_for(answer);
  }

  /// The sorted addresses of a host.
  strings addresses(std::string name) {
    auto answer = host(std::move(name));
    if (answer.has_error())
      return {answer.error().detail};
    std::ranges::sort(*answer);
    return *answer;
  }

  fake_answer& set(std::string name, std::uint16_t type) {
    return server.answers[{std::move(name), type}];
  }

  io_threads threads{1};
  fake_name_server server;
  std::shared_ptr<resolver> names;
};

constexpr auto service = "_xmpp-client._tcp.example.org";

} // namespace

CAF_TEST_FIXTURE_SCOPE(dns_resolver_tests, fixture)

CAF_TEST(SRV records come as they stand in the answer) {
  set(service, ns_t_srv).records = {
    fake_record::srv(20, 5, 5222, "b.example.org", 300),
    fake_record::srv(10, 0, 15222, "a.example.org", 60),
  };
  auto answer = srv(service);
  CAF_REQUIRE(answer.has_value());
  auto records = *answer;
  CAF_REQUIRE_EQUAL(records.size(), 2u);
  CAF_CHECK_EQUAL(records[0].target, "b.example.org");
  CAF_CHECK_EQUAL(records[0].port, 5222u);
  CAF_CHECK_EQUAL(records[0].priority, 20u);
  CAF_CHECK_EQUAL(records[0].weight, 5u);
  CAF_CHECK_EQUAL(records[1].target, "a.example.org");
  CAF_CHECK_EQUAL(records[1].port, 15222u);
  // The smallest of the answer.
  CAF_CHECK_EQUAL(records[0].ttl, 60u);
  CAF_CHECK_EQUAL(records[1].ttl, 60u);
}

CAF_TEST(the root as target is a dot) {
  set(service, ns_t_srv).records = {fake_record::srv(0, 0, 0, ".")};
  auto answer = srv(service);
  CAF_REQUIRE(answer.has_value());
  CAF_REQUIRE_EQUAL(answer->size(), 1u);
  CAF_CHECK_EQUAL(answer->front().target, ".");
}

CAF_TEST(what does not exist is absent) {
  auto answer = srv(service);
  CAF_REQUIRE(answer.has_error());
  CAF_CHECK(answer.error().absent);
  CAF_CHECK_EQUAL(answer.error().detail, "Domain name not found");
  // The name is there, but no such record.
  set(service, ns_t_srv) = {};
  answer = srv(service);
  CAF_REQUIRE(answer.has_error());
  CAF_CHECK(answer.error().absent);
  auto address = host("nowhere.example.org");
  CAF_REQUIRE(address.has_error());
  CAF_CHECK(address.error().absent);
}

CAF_TEST(a server that never answers is asked twice) {
  set(service, ns_t_srv).silent = true;
  names = make({server.address()}, {50ms, 2});
  auto answer = srv(service);
  CAF_REQUIRE(answer.has_error());
  CAF_CHECK(!answer.error().absent);
  CAF_CHECK_EQUAL(
    answer.error().detail, "Timeout while contacting DNS servers");
  threads.context().poll();
  CAF_CHECK_EQUAL(server.udp_queries, 2);
}

CAF_TEST(the next server is asked when one fails) {
  fake_name_server other{threads.context()};
  set(service, ns_t_srv).code = 2;
  other.answers[{service, ns_t_srv}].records = {
    fake_record::srv(0, 0, 5222, "a.example.org")};
  names = make({server.address(), other.address()});
  auto answer = srv(service);
  CAF_CHECK(answer.has_value());
  CAF_CHECK_EQUAL(server.udp_queries, 1);
  CAF_CHECK_EQUAL(other.udp_queries, 1);
}

CAF_TEST(a malformed answer is an error) {
  auto& answer = set(service, ns_t_srv);
  answer.records = {fake_record::srv(0, 0, 5222, "a.example.org")};
  answer.malformed = true;
  auto got = srv(service);
  CAF_REQUIRE(got.has_error());
  CAF_CHECK(!got.error().absent);
  CAF_CHECK_EQUAL(got.error().detail, "Misformatted DNS reply");
}

CAF_TEST(what does not fit into UDP is asked for by TCP) {
  auto& answer = set(service, ns_t_srv);
  for (int i = 0; i < 100; ++i)
    answer.records.push_back(
      fake_record::srv(0, 0, 5222, "host" + std::to_string(i) + ".example"));
  answer.only_tcp = true;
  auto got = srv(service);
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(got->size(), 100u);
  CAF_CHECK_EQUAL(server.tcp_queries, 1);
}

CAF_TEST(a host has IPv6 and IPv4 addresses) {
  set("a.example.org", ns_t_a).records = {
    fake_record::a("192.0.2.1"), fake_record::a("192.0.2.2")};
  set("a.example.org", ns_t_aaaa).records = {fake_record::aaaa("2001:db8::1")};
  set("b.example.org", ns_t_a).records = {fake_record::a("192.0.2.1")};
  set("b.example.org", ns_t_aaaa) = {};
  CAF_CHECK_EQUAL(addresses("a.example.org"),
    (strings{"192.0.2.1", "192.0.2.2", "2001:db8::1"}));
  CAF_CHECK_EQUAL(addresses("b.example.org"), strings{"192.0.2.1"});
}

CAF_TEST(an address is its own answer) {
  for (auto address : {"192.0.2.1", "2001:db8::1", "::1"})
    CAF_CHECK_EQUAL(addresses(address), strings{address});
  CAF_CHECK_EQUAL(server.udp_queries, 0);
}

CAF_TEST(localhost is known without a name server) {
  auto found = addresses("localhost");
  CAF_REQUIRE(!found.empty());
  for (const auto& address : found)
    CAF_CHECK(address == "127.0.0.1" || address == "::1");
  CAF_CHECK_EQUAL(server.udp_queries, 0);
}

CAF_TEST(what is asked already is not asked again) {
  set(service, ns_t_srv).records = {
    fake_record::srv(0, 0, 5222, "a.example.org")};
  int answers = 0;
  std::optional<resolver::srv_answer> last;
  for (int i = 0; i < 1'000; ++i)
    names->find_srv(service, [&](auto x) {
      CAF_CHECK(x.has_value());
      if (++answers == 1'000)
        last = std::move(x);
    });
  wait_for(last);
  CAF_CHECK_EQUAL(server.udp_queries, 1);
  // But later it is.
  CAF_CHECK(srv(service).has_value());
  CAF_CHECK_EQUAL(server.udp_queries, 2);
}

CAF_TEST(the end of the resolver answers all that is open) {
  set(service, ns_t_srv).silent = true;
  std::optional<resolver::srv_answer> found;
  std::optional<resolver::host_answer> addresses;
  int answers = 0;
  names->find_srv(service, [&](auto x) {
    ++answers;
    found = std::move(x);
  });
  while (server.udp_queries == 0)
    threads.context().run_one();
  // Not even asked yet.
  names->find_host("a.example.org", [&](auto x) {
    ++answers;
    addresses = std::move(x);
  });
  names.reset();
  CAF_CHECK(wait_for(found).has_error());
  CAF_CHECK(wait_for(addresses).has_error());
  CAF_CHECK(!found->error().absent);
  // Neither timers nor sockets are left to call back again.
  while (threads.context().run_one_for(200ms) != 0)
    continue;
  CAF_CHECK_EQUAL(answers, 2);
}

CAF_TEST(open questions may outlive the io threads) {
  set(service, ns_t_srv).silent = true;
  auto own = std::make_unique<io_threads>(1);
  auto made = make_dns_resolver(*own, {server.address()}, {});
  CAF_REQUIRE(made.has_value());
  auto answers = std::make_shared<int>(0);
  auto other = *made;
  other->find_srv(service, [answers](const auto&) { ++*answers; });
  own->context().run_one();
  other.reset();
  made = {};
  own.reset();
  // Nobody was called, and nothing is kept.
  CAF_CHECK_EQUAL(*answers, 0);
  CAF_CHECK_EQUAL(answers.use_count(), 1);
}

CAF_TEST(a name server that is no address is refused) {
  CAF_CHECK(make_dns_resolver(threads, {"example.org:53"}, {}).has_error());
  CAF_CHECK(make_resolver(threads, {}).has_value());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(a damaged message has no TTL and is not overrun) {
  std::vector<unsigned char> message{0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0,
    // a. SRV IN
    1, 'a', 0, 0, 33, 0, 1,
    // A pointer to it, with 5 minutes, and the root as target.
    0xc0, 12, 0, 33, 0, 1, 0, 0, 1, 44, 0, 7, 0, 0, 0, 0, 0, 0, 0};
  CAF_CHECK_EQUAL(smallest_ttl(message), 300u);
  for (std::size_t size = 0; size < message.size(); ++size) {
    // A copy of that size, so that a sanitizer sees what reads beyond.
    std::vector<unsigned char> part{
      message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size)};
    CAF_CHECK_EQUAL(smallest_ttl(part), 0u);
    CAF_CHECK(read_srv_answer(part).has_error());
  }
  // RFC 2181 section 8.
  message[25] = 0x80;
  CAF_CHECK_EQUAL(smallest_ttl(message), 0u);
}
