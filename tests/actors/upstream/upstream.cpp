#define CAF_SUITE upstream

#include "actors/upstream/upstream.hpp"

#include "actors/upstream/upstream_link.hpp"
#include "tests/support/fake_upstream.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <map>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

/// DNS whose answers the test gives.
class fake_resolver final : public resolver {
 public:
  void find_srv(
    std::string name, std::function<void(srv_answer)> done) override {
    asked.push_back(name);
    auto i = records.find(name);
    if (i != records.end())
      done(i->second);
    else if (absent)
      done(dns_error{true, "no such name"});
    else
      open.push_back(std::move(done));
  }
  void find_host(std::string, std::function<void(host_answer)>) override {}

  std::map<std::string, srv_answer> records;
  std::vector<std::string> asked;
  /// What has no record does not exist; otherwise nobody answers.
  bool absent = true;
  std::vector<std::function<void(srv_answer)>> open;
};

constexpr auto direct_service = "_xmpps-client._tcp.example.org";
constexpr auto starttls_service = "_xmpp-client._tcp.example.org";

resolver::srv_answer one_record(std::string host) {
  return std::vector<srv_record>{{std::move(host), 5222, 10, 0, 60}};
}

struct fixture : test_coordinator_fixture<> {
  ~fixture() override {
    anon_send_exit(servers, caf::exit_reason::kill);
    if (parts)
      parts->environment->servers->set({});
    servers = upstream_actor{};
    consume_messages();
  }

  void start(
    std::vector<upstream_entry> entries, std::string domain = "example.org") {
    auto made = std::const_pointer_cast<upstream_parts>(make_upstream_parts(
      std::move(domain), std::move(entries), connector, count));
    made->names = names;
    parts = made;
    servers = sys.spawn(upstream, parts);
    parts->environment->servers->set(servers);
    consume_messages();
  }

  /// The endpoints for a new stream of a client, or why there are none. This
  /// client wants 10.0.0.1 more than 10.0.0.2 where both have the same weight.
  std::string find(std::string key = "a") {
    std::string out;
    auto result =
      self->request(servers, caf::infinite, endpoint_query{std::move(key)});
    consume_messages();
    result.receive(
      [&](const endpoint_answer& x) {
        if (!x.targets)
          out = x.error;
        else
          for (auto& y : *x.targets)
            out += (out.empty() ? "" : " ") + y.endpoint
                   + (y.mode == config::upstream_tls::direct ? "/tls" : "");
      },
      [&](const caf::error& e) { out = to_string(e); });
    return out;
  }

  void tell(std::string endpoint, bool success) {
    self->send(
      servers, endpoint_outcome{std::move(endpoint), success, "refused"});
    consume_messages();
  }

  /// The same domain with other servers.
  void change(std::vector<upstream_entry> entries) {
    auto made = std::const_pointer_cast<upstream_parts>(
      make_upstream_parts("example.org", std::move(entries), connector, count));
    made->names = names;
    auto environment =
      std::const_pointer_cast<upstream_environment>(made->environment);
    environment->servers = parts->environment->servers;
    environment->load = parts->environment->load;
    parts = made;
    self->send(servers, upstream_changed{parts});
    consume_messages();
  }

  void fail(const std::string& endpoint) {
    for (int i = 0; i < 3; ++i)
      tell(endpoint, false);
  }

  /// As the node does at the start.
  void look() {
    self->send(servers, upstream_probe{});
    consume_messages();
  }

  void show_features(fake_upstream_socket& x) {
    consume_messages();
    x.server_sends(
      "<stream:stream xmlns='jabber:client' "
      "xmlns:stream='http://etherx.jabber.org/streams' id='x' version='1.0'>"
      "<stream:features/>");
    consume_messages();
  }

  /// What time brings about.
  void pass(caf::timespan time) {
    advance_time(time);
    consume_messages();
  }

  upstream_state& state() {
    return deref<upstream_actor::stateful_base<upstream_state>>(servers).state;
  }

  static upstream_entry srv(std::string name) {
    upstream_entry x;
    x.settings.srv = std::move(name);
    return x;
  }

  fake_connector connector;
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::shared_ptr<fake_resolver> names = std::make_shared<fake_resolver>();
  std::shared_ptr<const upstream_parts> parts;
  upstream_actor servers;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_tests, fixture)

CAF_TEST(an entry without weight is the last to be tried) {
  start({entry_at("10.0.0.1:5222", 0), entry_at("10.0.0.2:5222", 1)});
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222 10.0.0.1:5222");
}

CAF_TEST(a client comes to the same endpoint and clients to all by weight) {
  start({entry_at("10.0.0.1:5222", 1), entry_at("10.0.0.2:5222", 3)});
  std::map<std::string, int> first;
  for (int i = 0; i < 400; ++i) {
    auto key = "client" + std::to_string(i);
    auto list = find(key);
    CAF_CHECK_EQUAL(find(key), list);
    ++first[list.substr(0, list.find(' '))];
  }
  // A quarter, give or take five standard deviations.
  CAF_CHECK(std::abs(first["10.0.0.1:5222"] - 100) < 44);
  CAF_CHECK_EQUAL(first.size(), 2u);
}

CAF_TEST(health goes before the choice and clients come back) {
  start({entry_at("10.0.0.1:5222"), entry_at("10.0.0.2:5222")});
  CAF_CHECK_EQUAL(find(), "10.0.0.1:5222 10.0.0.2:5222");
  fail("10.0.0.1:5222");
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
  tell("10.0.0.1:5222", true);
  CAF_CHECK_EQUAL(find(), "10.0.0.1:5222 10.0.0.2:5222");
}

CAF_TEST(records of one priority are chosen among by weight) {
  names->records.emplace(starttls_service,
    std::vector<srv_record>{{"a.example.org", 5222, 10, 1, 60},
      {"b.example.org", 5222, 10, 3, 60}, {"c.example.org", 5222, 20, 9, 60},
      {"z.example.org", 5222, 10, 0, 60}});
  start({srv("example.org")});
  find();
  std::map<std::string, int> first;
  for (int i = 0; i < 400; ++i) {
    auto key = "client" + std::to_string(i);
    auto list = find(key);
    CAF_CHECK_EQUAL(find(key), list);
    CAF_CHECK(list.ends_with(" c.example.org:5222"));
    ++first[list.substr(0, list.find('.'))];
  }
  CAF_CHECK(std::abs(first["a"] - 100) < 44);
  CAF_CHECK(first["z"] < 10);
}

CAF_TEST(records without weight are equals) {
  names->records.emplace(starttls_service,
    std::vector<srv_record>{
      {"a.example.org", 5222, 10, 0, 60}, {"b.example.org", 5222, 10, 0, 60}});
  start({srv("example.org")});
  find();
  int first = 0;
  for (int i = 0; i < 400; ++i)
    first += find("client" + std::to_string(i)).starts_with("a.");
  CAF_CHECK(std::abs(first - 200) < 50);
}

CAF_TEST(an endpoint that fails again and again is left alone) {
  start({entry_at("10.0.0.1:5222"), entry_at("10.0.0.2:5222", 0)});
  for (int i = 0; i < 3; ++i)
    tell("10.0.0.1:5222", false);
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
  tell("10.0.0.1:5222", true);
  CAF_CHECK_EQUAL(find(), "10.0.0.1:5222 10.0.0.2:5222");
}

CAF_TEST(without a healthy endpoint the answer says why) {
  start({entry_at("10.0.0.1:5222")});
  for (int i = 0; i < 3; ++i)
    tell("10.0.0.1:5222", false);
  CAF_CHECK_EQUAL(find(), "10.0.0.1:5222 is down: refused");
}

CAF_TEST(records of both services make one list) {
  names->records.emplace("_xmpps-client._tcp.example.org",
    std::vector<srv_record>{{"a.example.org", 5223, 5, 0, 60}});
  names->records.emplace("_xmpp-client._tcp.example.org",
    std::vector<srv_record>{{"b.example.org", 5222, 10, 0, 60}});
  start({srv("example.org")});
  CAF_CHECK_EQUAL(find(), "a.example.org:5223/tls b.example.org:5222");
}

CAF_TEST(answers of DNS are kept for their lifetime) {
  names->records.emplace("_xmpp-client._tcp.example.org",
    std::vector<srv_record>{{"b.example.org", 5222, 10, 0, 60}});
  start({srv("example.org")});
  find();
  find();
  CAF_CHECK_EQUAL(names->asked.size(), 2u);
}

CAF_TEST(a name without records is served at its own address) {
  start({srv("example.org")});
  CAF_CHECK_EQUAL(find(), "example.org:5222");
}

CAF_TEST(a service that is not offered is not looked for elsewhere) {
  names->records.emplace("_xmpp-client._tcp.example.org",
    std::vector<srv_record>{{".", 0, 0, 0, 60}});
  start({srv("example.org")});
  CAF_CHECK_EQUAL(find(), "DNS says that example.org has no XMPP server");
}

CAF_TEST(DNS that does not answer is the reason for having no endpoint) {
  names->records.emplace(
    "_xmpp-client._tcp.example.org", dns_error{false, "timed out"});
  start({srv("example.org")});
  CAF_CHECK_EQUAL(find(), "DNS for example.org: timed out");
}

CAF_TEST(while DNS does not answer streams go where they went) {
  names->records.emplace(starttls_service, one_record("b.example.org"));
  start({srv("example.org")});
  CAF_CHECK_EQUAL(find(), "b.example.org:5222");
  names->records.clear();
  names->absent = false;
  for (int i = 0; i < 3; ++i) {
    pass(61s);
    CAF_CHECK_EQUAL(find(), "b.example.org:5222");
    // One question per service is under way, and no more.
    CAF_CHECK_EQUAL(names->open.size(), 2u);
  }
  for (auto& answer : std::exchange(names->open, {}))
    answer(dns_error{false, "timed out"});
  consume_messages();
  CAF_CHECK_EQUAL(find(), "b.example.org:5222");
}

CAF_TEST(new records are used once they are there and nobody waits for them) {
  names->records.emplace(starttls_service, one_record("b.example.org"));
  start({srv("example.org")});
  look();
  show_features(*connector.accept());
  names->records.at(starttls_service) = one_record("c.example.org");
  pass(61s);
  CAF_CHECK_EQUAL(find(), "b.example.org:5222");
  CAF_CHECK_EQUAL(find(), "c.example.org:5222");
}

CAF_TEST(what one question has found is used though the other failed) {
  names->records.emplace(direct_service, dns_error{false, "timed out"});
  names->records.emplace(starttls_service, one_record("b.example.org"));
  start({srv("example.org")});
  CAF_CHECK_EQUAL(find(), "b.example.org:5222");
}

CAF_TEST(records that are gone are doubted at first) {
  names->records.emplace(starttls_service, one_record("b.example.org"));
  start({srv("example.org")});
  find();
  names->records.clear();
  pass(61s);
  find();
  CAF_CHECK_EQUAL(find(), "b.example.org:5222");
  pass(31s);
  find();
  CAF_CHECK_EQUAL(find(), "example.org:5222");
}

CAF_TEST(a name without records is asked for again soon) {
  start({srv("example.org")});
  find();
  names->records.emplace(starttls_service, one_record("b.example.org"));
  pass(6s);
  find();
  CAF_CHECK_EQUAL(find(), "b.example.org:5222");
}

CAF_TEST(a stream waits for DNS no longer than it may) {
  names->absent = false;
  start({srv("example.org")});
  std::string error;
  auto result = self->request(servers, caf::infinite, endpoint_query{});
  consume_messages();
  pass(14s);
  CAF_CHECK_EQUAL(state().waiting.size(), 1u);
  pass(1s);
  result.receive([&](const endpoint_answer& x) { error = x.error; },
    [](const caf::error&) {});
  CAF_CHECK_EQUAL(error, "DNS does not answer in time");
  CAF_CHECK(state().waiting.empty());
}

CAF_TEST(an endpoint that is down is looked at until it is back) {
  start({entry_at("10.0.0.1:5222"), entry_at("10.0.0.2:5222")});
  look();
  connector.refuse();
  show_features(*connector.accept());
  tell("10.0.0.1:5222", false);
  tell("10.0.0.1:5222", false);
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
  pass(1'999ms);
  CAF_CHECK(connector.waiting.empty());
  pass(1ms);
  CAF_REQUIRE_EQUAL(connector.waiting.size(), 1u);
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
  connector.refuse();
  consume_messages();
  CAF_CHECK_EQUAL(count->get(counter::upstream_failed), 0u);
  pass(3'999ms);
  CAF_CHECK(connector.waiting.empty());
  pass(1ms);
  CAF_REQUIRE_EQUAL(connector.waiting.size(), 1u);
  show_features(*connector.accept());
  CAF_CHECK_EQUAL(find(), "10.0.0.1:5222 10.0.0.2:5222");
  pass(60s);
  CAF_CHECK(connector.waiting.empty());
}

CAF_TEST(one stream per pause tries an endpoint of a pattern first) {
  start({entry_at("10.0.0.1:5222"), entry_at("10.0.0.2:5222", 0)}, "*");
  fail("10.0.0.1:5222");
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
  pass(2s);
  CAF_CHECK(connector.waiting.empty());
  CAF_CHECK_EQUAL(find(), "10.0.0.1:5222 10.0.0.2:5222");
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
}

CAF_TEST(a certificate for a name of the clients choice is not counted) {
  auto fail_in_tls = [&](std::string domain, std::string certificate_name) {
    start({entry_at("10.0.0.1:5222")}, std::move(domain));
    upstream_target target;
    target.endpoint = "10.0.0.1:5222";
    target.mode = config::upstream_tls::direct;
    target.tls = std::make_shared<const client_tls>(
      client_tls{nullptr, std::move(certificate_name), {}});
    upstream_order order;
    order.wish.to = "x.example";
    order.probe = true;
    order.targets =
      std::make_shared<const std::vector<upstream_target>>(1, target);
    sys.spawn(upstream_link, session_actor{}, tracker_actor{},
      parts->environment, std::move(order));
    consume_messages();
    connector.refuse(true);
    consume_messages();
    auto failures = state().health.at("10.0.0.1:5222").failures();
    anon_send_exit(servers, caf::exit_reason::kill);
    consume_messages();
    return failures;
  };
  CAF_CHECK_EQUAL(fail_in_tls("*", ""), 0u);
  CAF_CHECK_EQUAL(fail_in_tls("*.example", ""), 0u);
  CAF_CHECK_EQUAL(fail_in_tls("*.example", "xmpp.example"), 1u);
  CAF_CHECK_EQUAL(fail_in_tls("x.example", ""), 1u);
}

CAF_TEST(nothing is kept of endpoints that are not listed) {
  names->records.emplace(starttls_service, one_record("b.example.org"));
  start({srv("example.org")});
  find();
  auto lease = parts->environment->load->take("b.example.org:5222");
  tell("elsewhere.example:5222", false);
  CAF_CHECK_EQUAL(state().health.size(), 1u);
  names->records.at(starttls_service) = one_record("c.example.org");
  pass(61s);
  find();
  find();
  CAF_CHECK_EQUAL(state().health.size(), 2u);
  lease = nullptr;
  pass(61s);
  find();
  CAF_CHECK_EQUAL(state().health.size(), 1u);
}

CAF_TEST(warnings are remembered up to a bound) {
  start({entry_at("10.0.0.1:5222")});
  for (int i = 0; i < 1'000; ++i)
    self->send(servers, upstream_warnings{std::to_string(i), {"weak"}});
  consume_messages();
  CAF_CHECK_EQUAL(state().warned.size(), 256u);
}

CAF_TEST(the snapshot shows each endpoint with its health and load) {
  start({entry_at("10.0.0.1:5222")});
  tell("10.0.0.1:5222", true);
  auto lease = parts->environment->load->take("10.0.0.1:5222");
  auto result = self->request(servers, caf::infinite, inspect_request{});
  consume_messages();
  std::string text;
  result.receive(
    [&](const actor_snapshot& x) {
      for (auto y : x.fields)
        text.append(y.name).append("=").append(y.value).append(" ");
    },
    [](const caf::error&) {});
  CAF_CHECK_EQUAL(text, "domain=example.org endpoint.0=10.0.0.1:5222 "
                        "state.0=up streams.0=1 failures.0=0 error.0= ");
}

CAF_TEST(the probe looks at each endpoint and leaves) {
  start({entry_at("10.0.0.1:5222")});
  look();
  auto socket = connector.accept();
  consume_messages();
  CAF_CHECK(socket->read().find("to='example.org'") != std::string::npos);
  show_features(*socket);
  CAF_CHECK_EQUAL(socket->read(), "</stream:stream>");
  CAF_CHECK(socket->closed);
}

CAF_TEST(other servers hold for the next stream) {
  start({entry_at("10.0.0.1:5222"), entry_at("10.0.0.2:5222")});
  change({entry_at("10.0.0.3:5222"), entry_at("10.0.0.2:5222", 0)});
  CAF_CHECK_EQUAL(find(), "10.0.0.3:5222 10.0.0.2:5222");
}

CAF_TEST(what is known of a server outlives a change of its weight) {
  start({entry_at("10.0.0.1:5222"), entry_at("10.0.0.2:5222", 0)});
  fail("10.0.0.1:5222");
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
  change({entry_at("10.0.0.1:5222", 7), entry_at("10.0.0.2:5222", 0)});
  CAF_CHECK_EQUAL(find(), "10.0.0.2:5222");
  // Of one that is gone nothing is kept.
  change({entry_at("10.0.0.2:5222")});
  change({entry_at("10.0.0.1:5222", 7), entry_at("10.0.0.2:5222", 0)});
  CAF_CHECK_EQUAL(find(), "10.0.0.1:5222 10.0.0.2:5222");
}

CAF_TEST_FIXTURE_SCOPE_END()
