/// How long the sessions of a domain wait for their client
/// (`domains.*.resumeTimeout`).
#define CAF_SUITE resume_window

#include "actors/stream_settings.hpp"
#include "tests/support/resumable_fixture.hpp"

#include <algorithm>

using namespace causeway;
using namespace causeway::test;
using namespace causeway::test::login;
using namespace std::chrono_literals;

namespace {

struct fixture : resumable_fixture {
  fixture() { options.management.resume_seconds = 600; }

  /// What a client of localhost is granted.
  std::string enable_here() {
    auto x = connect();
    log_in(x, "juliet", "balcony");
    say(x, enable);
    return x.read();
  }

  /// What a client of example.org is granted, and its server asked for.
  std::string enable_upstream() {
    auto x = log_in_upstream(features_with_sm);
    say(x, enable);
    asked = server->read();
    reply("<enabled xmlns='urn:xmpp:sm:3' id='U' resume='true' max='3000'/>");
    return x.read();
  }

  /// As a reload does, for all sessions.
  void change(std::map<std::string, std::uint32_t, std::less<>> seconds) {
    auto changed = std::make_shared<stream_environment>(*node->environment);
    changed->resume_seconds = std::move(seconds);
    node->environment = changed;
    for (auto& x : node->sessions)
      caf::anon_send(x, policy_changed{changed});
    consume_messages();
  }

  std::string asked;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(resume_window_tests, fixture)

CAF_TEST(a domain without a window of its own has that of all) {
  options.resume_seconds = {{"elsewhere.example", 5}};
  CAF_CHECK(has(enable_here(), "max='600'"));
  CAF_CHECK(has(enable_upstream(), "max='600'"));
}

CAF_TEST(a domain that is served here has its own) {
  options.resume_seconds = {{"localhost", 77}, {"example.org", 600}};
  CAF_CHECK(has(enable_here(), "max='77'"));
  CAF_CHECK(has(enable_upstream(), "max='600'"));
}

CAF_TEST(a domain of a gateway has its own) {
  options.resume_seconds = {{"localhost", 600}, {"example.org", 77}};
  auto enabled = enable_upstream();
  CAF_CHECK(has(asked, "max='77'"));
  CAF_CHECK(has(enabled, "max='77'"));
  CAF_CHECK(has(enable_here(), "max='600'"));
}

CAF_TEST(a session waits for as long as its domain says) {
  options.resume_seconds = {{"localhost", 77}};
  auto x = connect();
  log_in(x, "juliet", "balcony");
  say(x, enable);
  lose(x);
  auto waits = [](auto& timer) { return timer.first == 77s; };
  CAF_CHECK(std::ranges::any_of(node->timers, waits));
}

CAF_TEST(a session that is held at the edge waits for as long) {
  options.edge_resume = true;
  options.resume_seconds = {{"example.org", 77}};
  auto x = log_in_upstream();
  say(x, enable);
  CAF_CHECK(has(x.read(), "max='77'"));
}

CAF_TEST(where the window is nothing no resumption is granted) {
  options.resume_seconds = {{"localhost", 0}, {"example.org", 0}};
  auto here = enable_here();
  CAF_CHECK(has(here, "<enabled "));
  CAF_CHECK(!has(here, "resume="));
  auto there = enable_upstream();
  CAF_CHECK(has(there, "<enabled "));
  CAF_CHECK(!has(there, "resume="));
}

CAF_TEST(a reload changes it for what is granted from then on) {
  auto x = connect();
  log_in(x, "romeo", "orchard");
  change({{"localhost", 77}});
  say(x, enable);
  CAF_CHECK(has(x.read(), "max='77'"));
  auto y = connect();
  log_in(y, "juliet", "balcony");
  change({});
  say(y, enable);
  CAF_CHECK(has(y.read(), "max='600'"));
}

CAF_TEST(every domain of a configuration has a window) {
  config::configuration x;
  x.stream.management.resume_timeout = 90s;
  x.domains["a.example"].resume_timeout = 1500ms;
  x.domains["*.b.example"].upstream.emplace_back();
  x.domains["*"].resume_timeout = 0ms;
  stream_environment y;
  y.resume_seconds = resume_seconds_of(x);
  auto of = [&](auto name) { return y.management_of(name).resume_seconds; };
  CAF_CHECK_EQUAL(of("localhost"), 90u);
  CAF_CHECK_EQUAL(of("a.example"), 2u);
  CAF_CHECK_EQUAL(of("x.b.example"), 90u);
  CAF_CHECK_EQUAL(of("b.example"), 0u);
  CAF_CHECK(negotiation_of(x).offer_resume);
  x.stream.management.resume_timeout = 0s;
  CAF_CHECK(negotiation_of(x).offer_resume);
  x.domains["a.example"].resume_timeout.reset();
  CAF_CHECK(!negotiation_of(x).offer_resume);
}

CAF_TEST_FIXTURE_SCOPE_END()
