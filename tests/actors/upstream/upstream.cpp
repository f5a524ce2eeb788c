#define CAF_SUITE upstream

#include "actors/upstream/upstream.hpp"

#include "tests/support/fake_upstream.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace causeway::test;

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
    else
      done(dns_error{true, "no such name"});
  }
  void find_host(std::string, std::function<void(host_answer)>) override {}

  std::map<std::string, srv_answer> records;
  std::vector<std::string> asked;
};

struct fixture : test_coordinator_fixture<> {
  ~fixture() override {
    anon_send_exit(servers, caf::exit_reason::kill);
    if (parts)
      parts->environment->servers->set({});
    servers = upstream_actor{};
    run();
  }

  void start(std::vector<upstream_entry> entries) {
    auto made = std::const_pointer_cast<upstream_parts>(
      make_upstream_parts("example.org", std::move(entries), connector, count));
    made->names = names;
    parts = made;
    servers = sys.spawn(upstream, parts);
    parts->environment->servers->set(servers);
    run();
  }

  /// The endpoints for a new stream, or why there are none.
  std::string find() {
    std::string out;
    auto result = self->request(servers, caf::infinite, endpoint_query{});
    run();
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
    run();
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

CAF_TEST(the snapshot shows each endpoint with its health and load) {
  start({entry_at("10.0.0.1:5222")});
  tell("10.0.0.1:5222", true);
  auto lease = parts->environment->load->take("10.0.0.1:5222");
  auto result = self->request(servers, caf::infinite, inspect_request{});
  run();
  std::string text;
  result.receive(
    [&](const actor_snapshot& x) {
      for (auto& y : x.fields)
        text += y.name + '=' + y.value + ' ';
    },
    [](const caf::error&) {});
  CAF_CHECK_EQUAL(text, "domain=example.org endpoint.0=10.0.0.1:5222 "
                        "state.0=up streams.0=1 failures.0=0 error.0= ");
}

CAF_TEST(the probe looks at each endpoint and leaves) {
  start({entry_at("10.0.0.1:5222")});
  self->send(servers, upstream_probe{});
  run();
  auto socket = connector.accept();
  run();
  CAF_CHECK(socket->read().find("to='example.org'") != std::string::npos);
  socket->server_sends(
    "<stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='x' version='1.0'>"
    "<stream:features/>");
  run();
  CAF_CHECK_EQUAL(socket->read(), "</stream:stream>");
  CAF_CHECK(socket->closed);
}

CAF_TEST_FIXTURE_SCOPE_END()
