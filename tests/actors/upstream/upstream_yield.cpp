#define CAF_SUITE upstream_yield

#include "actors/upstream/kept_sessions.hpp"
#include "tests/support/resumable_fixture.hpp"

using namespace causeway;
using namespace causeway::test;
using namespace causeway::test::login;

namespace {

constexpr auto asked = "<resume xmlns='urn:xmpp:sm:3' previd='U' h='0'/>";

struct fixture : resumable_fixture {
  /// One whose link, `old`, takes its time to end.
  client log_in_lingering() {
    auto x = log_in_resumable();
    old = server;
    old->lingers = true;
    return x;
  }

  void end_old_link() {
    old->lose(close_cause::closed_here);
    consume_messages();
  }

  std::shared_ptr<fake_upstream_socket> old;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_yield_tests, fixture)

CAF_TEST(the link of a client that is still there ends first) {
  auto x = log_in_lingering();
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  auto told = x.read();
  CAF_CHECK(has(told, "<conflict "));
  CAF_CHECK(has(told, "<close "));
  CAF_CHECK_EQUAL(x.wire->close_code, 1000u);
  CAF_CHECK(old->closed);
  // No farewell, with which the server would end the session.
  CAF_CHECK_EQUAL(old->read(), "");
  CAF_CHECK_EQUAL(server->read(), "");
  say(y, message("early"));
  CAF_CHECK_EQUAL(server->read(), "");
  end_old_link();
  CAF_CHECK_EQUAL(server->read(), asked);
  reply("<resumed xmlns='urn:xmpp:sm:3' previd='U' h='0'/>");
  CAF_CHECK(has(y.read(), "<resumed "));
  CAF_CHECK(has(server->read(), ">early<"));
  CAF_CHECK_EQUAL(counted(counter::sessions_resumed), 1u);
}

CAF_TEST(so does the link of a client that was lost just before) {
  auto x = log_in_lingering();
  lose(x);
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  CAF_CHECK_EQUAL(server->read(), "");
  end_old_link();
  CAF_CHECK_EQUAL(server->read(), asked);
}

CAF_TEST(a link that has ended is not waited for) {
  auto x = log_in_resumable();
  lose(x);
  CAF_CHECK(!node->environment->kept->find("juliet@example.org/x").link);
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  CAF_CHECK_EQUAL(server->read(), asked);
}

CAF_TEST(a session that was resumed gives way as well) {
  log_in_resumable();
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  reply("<resumed xmlns='urn:xmpp:sm:3' previd='U' h='0'/>");
  y.read();
  old = server;
  old->lingers = true;
  auto z = authenticate_upstream(features_with_sm);
  resume(z, 0);
  CAF_CHECK(has(y.read(), "<conflict "));
  CAF_CHECK_EQUAL(server->read(), "");
  end_old_link();
  CAF_CHECK_EQUAL(server->read(), asked);
}

CAF_TEST(who is not known to be the same disturbs nobody) {
  auto x = log_in_lingering();
  // romeo, who knows the id of juliet.
  auto y = authenticate_upstream(features_with_sm,
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
    "mechanism='PLAIN'>AGMAYg==</auth>");
  resume(y, 0);
  CAF_CHECK_EQUAL(server->read(), asked);
  CAF_CHECK_EQUAL(x.read(), "");
  CAF_CHECK(!old->closed);
  reply("<failed xmlns='urn:xmpp:sm:3'><item-not-found "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
  CAF_CHECK(has(y.read(), "<item-not-found "));
  say(x, message("1"));
  CAF_CHECK(has(old->read(), ">1<"));
  old->lingers = false;
}

CAF_TEST(a client that is lost while it waits leaves its session as it is) {
  log_in_lingering();
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  lose(y);
  CAF_CHECK(server->closed);
  end_old_link();
  CAF_CHECK_EQUAL(server->read(), "");
}

CAF_TEST(a session that is no more is not waited for) {
  auto x = log_in_resumable();
  say(x, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  auto y = authenticate_upstream(features_with_sm);
  resume(y, 0);
  CAF_CHECK_EQUAL(server->read(), asked);
}

CAF_TEST_FIXTURE_SCOPE_END()
