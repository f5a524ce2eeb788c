/// Each refusal of Stream Management counts by who refused, and why.
#define CAF_SUITE sm_refusals

#include "tests/support/resumable_fixture.hpp"

using namespace causeway;
using namespace causeway::test;
using namespace causeway::test::login;

namespace {

struct fixture : resumable_fixture {
  /// What was counted since the start: not found, unexpected, unsupported, by
  /// the server behind.
  std::string refused() {
    std::string out;
    std::size_t sum = 0;
    for (auto x : {counter::resumptions_refused_not_found,
           counter::resumptions_refused_unexpected,
           counter::resumptions_refused_unsupported,
           counter::resumptions_refused_upstream}) {
      sum += counted(x);
      out += std::to_string(counted(x)) + ' ';
    }
    CAF_CHECK_EQUAL(counted(counter::resumptions_refused), sum);
    return out;
  }

  client log_in_here() {
    auto x = connect();
    log_in(x, "juliet", "balcony");
    say(x, enable);
    id = id_in(x.read());
    return x;
  }
};

constexpr auto resume_of_nobody =
  "<resume xmlns='urn:xmpp:sm:3' previd='of-no-one' h='0'/>";

} // namespace

CAF_TEST_FIXTURE_SCOPE(sm_refusals_tests, fixture)

CAF_TEST(an id that says nothing is not found) {
  auto x = connect();
  authenticate(x, "juliet");
  say(x, resume_of_nobody);
  CAF_CHECK(has(x.read(), "<item-not-found "));
  CAF_CHECK_EQUAL(refused(), "1 0 0 0 ");
  say(x, "<resume xmlns='urn:xmpp:sm:3' previd='' h='0'/>");
  CAF_CHECK_EQUAL(refused(), "2 0 0 0 ");
}

CAF_TEST(a resumption at the wrong time is unexpected) {
  auto x = log_in_here();
  resume(x, 0);
  CAF_CHECK(has(x.read(), "<unexpected-request "));
  CAF_CHECK_EQUAL(refused(), "0 1 0 0 ");
  auto early = connect();
  say(early, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
             "to='localhost' version='1.0'/>");
  early.read();
  resume(early, 0);
  CAF_CHECK(has(early.read(), "<unexpected-request "));
  CAF_CHECK_EQUAL(refused(), "0 2 0 0 ");
}

CAF_TEST(an h that does not fit is unexpected) {
  auto x = log_in_here();
  lose(x);
  auto y = connect();
  authenticate(y, "juliet");
  resume(y, 7);
  CAF_CHECK_EQUAL(refused(), "0 1 0 0 ");
  resume(y, 0);
  CAF_CHECK(has(y.read(), "<resumed "));
  CAF_CHECK_EQUAL(refused(), "0 1 0 0 ");
}

CAF_TEST(where resumption is off it is unsupported) {
  options.management.resume_seconds = 0;
  auto x = connect();
  authenticate(x, "juliet");
  say(x, resume_of_nobody);
  CAF_CHECK(has(x.read(), "<feature-not-implemented "));
  CAF_CHECK_EQUAL(refused(), "0 0 1 0 ");
}

CAF_TEST(a foreign id is not found by us and the server is not blamed) {
  auto x = authenticate_upstream(features_with_sm);
  say(x, resume_of_nobody);
  CAF_CHECK(has(x.read(), "<item-not-found "));
  CAF_CHECK_EQUAL(server->read(), "");
  CAF_CHECK_EQUAL(refused(), "1 0 0 0 ");
}

CAF_TEST(a server without Stream Management makes it unsupported) {
  auto x = authenticate_upstream();
  say(x, resume_of_nobody);
  CAF_CHECK_EQUAL(refused(), "0 0 1 0 ");
}

CAF_TEST(what the server refuses counts as its own) {
  log_in_resumable();
  auto x = authenticate_upstream(features_with_sm);
  resume(x, 0);
  reply("<failed xmlns='urn:xmpp:sm:3'><item-not-found "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
  CAF_CHECK(has(x.read(), "<item-not-found "));
  CAF_CHECK_EQUAL(refused(), "0 0 0 1 ");
}

CAF_TEST(in a gateway a resumption behind bind is unexpected) {
  auto x = log_in_resumable();
  resume(x, 0);
  CAF_CHECK(has(x.read(), "<unexpected-request "));
  CAF_CHECK_EQUAL(refused(), "0 1 0 0 ");
}

CAF_TEST(an enable that fails is counted) {
  auto early = connect();
  authenticate(early, "juliet");
  say(early, enable);
  CAF_CHECK(has(early.read(), "<failed "));
  CAF_CHECK_EQUAL(counted(counter::sm_enable_refused), 1u);
  auto x = log_in_here();
  CAF_CHECK_EQUAL(counted(counter::sm_enable_refused), 1u);
  say(x, enable);
  CAF_CHECK(has(x.read(), "<failed "));
  CAF_CHECK_EQUAL(counted(counter::sm_enable_refused), 2u);
  auto y = log_in_resumable();
  CAF_CHECK_EQUAL(counted(counter::sm_enable_refused), 2u);
  say(y, enable);
  CAF_CHECK(has(y.read(), "<failed "));
  CAF_CHECK_EQUAL(counted(counter::sm_enable_refused), 3u);
  CAF_CHECK_EQUAL(refused(), "0 0 0 0 ");
}

CAF_TEST(an enable that the operator has turned off is counted) {
  options.management.active = false;
  auto x = connect();
  log_in(x, "juliet", "balcony");
  say(x, enable);
  CAF_CHECK(has(x.read(), "<failed "));
  CAF_CHECK_EQUAL(counted(counter::sm_enable_refused), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
