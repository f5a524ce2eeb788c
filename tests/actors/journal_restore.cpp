#define CAF_SUITE journal_restore

#include "actors/domain/journal_restore.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>
#include <string>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

constexpr journal_time noon =
  std::chrono::sys_days{std::chrono::January / 2 / 2026} + 12h;

stored_stanza stanza(journal_id id, std::uint32_t seq) {
  return {id, seq, noon,
    "<message xmlns='jabber:client' id='" + std::to_string(id) + "'/>"};
}

stored_session session() {
  stored_session x;
  x.record = {{1, 2}, "romeo@localhost/x", "en", 0, 1, 60s, noon, {}};
  x.has_account = true;
  x.unacked = {stanza(6, 1), stanza(5, 0), stanza(4, 0xffffffff)};
  return x;
}

restore_plan plan(stored_session x, journal_time now = noon + 20s) {
  journal_contents all;
  all.loose = {stanza(3, 0), stanza(9, 0)};
  all.sessions.push_back(std::move(x));
  return plan_restore(
    std::move(all), [](auto& name) { return name == "localhost"; }, now);
}

std::string ids(const std::vector<saved_stanza>& x) {
  std::string out;
  for (auto& y : x)
    out += y.stanza->id + ' ';
  return out;
}

std::string reason(const restore_plan& x) {
  CAF_CHECK_EQUAL(ids(x.loose), "3 4 5 6 9 ");
  return x.dropped.size() == 1 && x.sessions.empty() ? x.dropped[0].reason
                                                     : "kept";
}

} // namespace

CAF_TEST(a session waits for the rest of its window) {
  auto x = plan(session());
  CAF_REQUIRE_EQUAL(x.sessions.size(), 1u);
  CAF_CHECK(x.sessions[0]->left == 40s);
  // In the order of counters, which wrap.
  CAF_CHECK_EQUAL(ids(x.sessions[0]->unacked), "4 5 6 ");
  CAF_CHECK_EQUAL(ids(x.loose), "3 9 ");
}

CAF_TEST(the window of one that had its client begins now) {
  auto x = session();
  x.record.parked.reset();
  CAF_CHECK(plan(x).sessions.at(0)->left == 60s);
}

CAF_TEST(a clock that was set back gives no more than the window) {
  CAF_CHECK(plan(session(), noon - 1h).sessions.at(0)->left == 60s);
}

CAF_TEST(a session that nobody can resume is dropped and its stanzas are free) {
  CAF_CHECK_EQUAL(reason(plan(session(), noon + 60s)), "resume-timeout");
  auto x = session();
  x.has_account = false;
  CAF_CHECK_EQUAL(reason(plan(x)), "account-removed");
  x = session();
  x.record.full = "romeo@elsewhere/x";
  CAF_CHECK_EQUAL(reason(plan(x)), "domain-not-served");
  x = session();
  x.record.sent = 2;
  CAF_CHECK_EQUAL(reason(plan(x)), "queue-incomplete");
}

CAF_TEST(what is no stanza is left out) {
  auto x = session();
  x.unacked[0].bytes = "<message";
  auto y = plan(x);
  CAF_CHECK_EQUAL(y.dropped.at(0).reason, "queue-incomplete");
  CAF_CHECK_EQUAL(ids(y.loose), "3 4 5 9 ");
  CAF_REQUIRE_EQUAL(y.unreadable.size(), 1u);
  CAF_CHECK_EQUAL(y.unreadable[0], 6);
}

CAF_TEST(a stanza of any size is read back) {
  auto x = session();
  x.unacked[1].bytes = "<message xmlns='jabber:client' id='5'><body>"
                       + std::string(300'000, 'x') + "</body></message>";
  CAF_CHECK_EQUAL(ids(plan(x).sessions.at(0)->unacked), "4 5 6 ");
}
