#define CAF_SUITE registry

#include "actors/routing/registry.hpp"

#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace causeway;
using namespace causeway::test;

namespace {

struct fixture : routing_fixture {
  fixture() {
    router_handle = sys.spawn(recording_router);
    door->set(router_handle);
  }
  ~fixture() override {
    anon_send_exit(router_handle, caf::exit_reason::kill);
    anon_send_exit(registry_handle, caf::exit_reason::kill);
    for (auto& x : sessions)
      anon_send_exit(x, caf::exit_reason::kill);
    for (auto& x : routers)
      anon_send_exit(x, caf::exit_reason::kill);
  }

  void start(config::conflict_policy policy, std::uint32_t most = 32) {
    config::domain rules;
    rules.conflict = policy;
    rules.max_resources = most;
    registry_handle = sys.spawn(registry,
      std::map<std::string, config::domain>{{"localhost", rules}},
      router_handle, door,
      [n = 0]() mutable { return "made" + std::to_string(++n); });
    consume_messages();
  }

  session_actor new_session() {
    sessions.push_back(sys.spawn(recording_session));
    return sessions.back();
  }

  void request(const session_actor& session, const std::string& resource,
    const std::string& local = "juliet",
    const std::string& domain = "localhost") {
    self->send(registry_handle,
      bind_request{local + '@' + domain, domain, resource, session});
    consume_messages();
  }
  bool is_answered() { return !self->mailbox().empty(); }
  bind_answer answer() {
    bind_answer out;
    CAF_REQUIRE(is_answered());
    self->receive([&out](bind_answer& x) { out = std::move(x); });
    return out;
  }
  bind_answer ask(const session_actor& session, const std::string& resource,
    const std::string& local = "juliet",
    const std::string& domain = "localhost") {
    request(session, resource, local, domain);
    return answer();
  }
  void end(const session_actor& x) {
    anon_send_exit(x, caf::exit_reason::kill);
    consume_messages();
  }

  /// Binds and says that the link is ready.
  link_actor join(const session_actor& session, const std::string& resource) {
    auto answer = ask(session, resource);
    auto link = sys.spawn(recording_link);
    links.push_back(link);
    anon_send(registry_handle, route_added{answer.full, answer.route, link});
    consume_messages();
    return link;
  }

  recorder& routed() { return deref<router_recorder>(router_handle).state; }
  recorder& at_session(const session_actor& x) {
    return deref<session_recorder>(x).state;
  }

  registry_actor registry_handle;
  std::vector<session_actor> sessions;
  std::vector<router_actor> routers;
};

using policy = config::conflict_policy;

} // namespace

CAF_TEST_FIXTURE_SCOPE(registry_tests, fixture)

CAF_TEST(a free resource is bound as asked) {
  start(policy::replace_old);
  auto x = ask(new_session(), "balcony");
  CAF_CHECK_EQUAL(x.full, "juliet@localhost/balcony");
  CAF_CHECK_EQUAL(x.route, 1u);
}

CAF_TEST(without a wish the server makes a resource) {
  start(policy::replace_old);
  CAF_CHECK_EQUAL(ask(new_session(), "made1").route, 1u);
  // The first text is taken.
  CAF_CHECK_EQUAL(ask(new_session(), "").full, "juliet@localhost/made2");
}

CAF_TEST(replace_old ends the older session with conflict) {
  start(policy::replace_old);
  auto old = new_session();
  join(old, "balcony");
  request(new_session(), "balcony");
  CAF_REQUIRE_EQUAL(at_session(old).ends.size(), 1u);
  CAF_CHECK(
    at_session(old).ends[0].condition == protocol::stream_error::conflict);
  CAF_CHECK_EQUAL(at_session(old).ends[0].text, "Replaced by new connection");
  end(old);
  auto x = answer();
  CAF_CHECK_EQUAL(x.full, "juliet@localhost/balcony");
  CAF_CHECK_EQUAL(x.route, 2u);
}

CAF_TEST(the older session keeps its route until it has ended) {
  start(policy::replace_old);
  auto old = new_session();
  join(old, "balcony");
  request(new_session(), "balcony");
  CAF_CHECK(!is_answered());
  CAF_CHECK(routed().removed.empty());
  CAF_CHECK_EQUAL(routed().added.size(), 2u);
  end(old);
  answer();
  CAF_REQUIRE_EQUAL(routed().removed.size(), 1u);
  CAF_CHECK_EQUAL(routed().removed[0], 1u);
  CAF_REQUIRE_EQUAL(routed().added.size(), 3u);
  CAF_CHECK_EQUAL(routed().added[2].route, 2u);
}

CAF_TEST(what the older session had reaches the newer one in order) {
  start_router();
  start(policy::replace_old);
  auto romeo = new_session();
  ask(romeo, "orchard", "romeo");
  auto old = new_session();
  auto old_link = join(old, "balcony");
  auto say_to_juliet = [this](const std::string& id) {
    chat(1, "romeo@localhost/orchard", "juliet@localhost/balcony", id);
    consume_messages();
  };
  say_to_juliet("a");
  say_to_juliet("b");
  request(new_session(), "balcony");
  say_to_juliet("c");
  // Its children end, then the session.
  std::exchange(at(old_link).taken, {}).clear();
  kill(old_link);
  consume_messages();
  say_to_juliet("d");
  end(old);
  auto x = answer();
  say_to_juliet("e");
  auto link = sys.spawn(recording_link);
  links.push_back(link);
  anon_send(registry_handle, route_added{x.full, x.route, link});
  say_to_juliet("f");
  CAF_CHECK_EQUAL(at(link).ids(), "a b c d e f ");
}

CAF_TEST(several who want one resource get it one after the other) {
  start(policy::replace_old);
  auto one = new_session();
  auto two = new_session();
  auto three = new_session();
  join(one, "balcony");
  request(two, "balcony");
  request(three, "balcony");
  CAF_CHECK_EQUAL(at_session(one).ends.size(), 1u);
  end(one);
  CAF_CHECK_EQUAL(answer().route, 2u);
  CAF_CHECK(!is_answered());
  CAF_CHECK_EQUAL(at_session(two).ends.size(), 1u);
  end(two);
  CAF_CHECK_EQUAL(answer().route, 3u);
  CAF_CHECK(at_session(three).ends.empty());
}

CAF_TEST(one who died while waiting gets nothing and is passed over) {
  start(policy::replace_old);
  auto one = new_session();
  auto two = new_session();
  auto three = new_session();
  join(one, "balcony");
  request(two, "balcony");
  end(two);
  request(three, "balcony");
  end(one);
  while (is_answered())
    CAF_CHECK_EQUAL(answer().full, "juliet@localhost/balcony");
  CAF_CHECK_EQUAL(routed().added.back().full, "juliet@localhost/balcony");
  CAF_CHECK_EQUAL(routed().added.back().route - routed().removed.back(), 1u);
  CAF_CHECK(at_session(three).ends.empty());
  // Bound: it is the one that has to go now.
  request(new_session(), "balcony");
  CAF_CHECK_EQUAL(at_session(three).ends.size(), 1u);
}

CAF_TEST(a session that does not end in time is killed) {
  start(policy::replace_old);
  auto old = new_session();
  join(old, "balcony");
  request(new_session(), "balcony");
  sched.clock().advance_time(std::chrono::milliseconds{4999});
  consume_messages();
  CAF_CHECK(!is_answered());
  sched.clock().advance_time(std::chrono::milliseconds{1});
  consume_messages();
  CAF_CHECK_EQUAL(answer().route, 2u);
}

CAF_TEST(a session that was replaced in time is not killed later) {
  start(policy::replace_old);
  auto old = new_session();
  auto newer = new_session();
  join(old, "balcony");
  request(newer, "balcony");
  end(old);
  answer();
  sched.clock().advance_time(std::chrono::seconds{5});
  consume_messages();
  request(new_session(), "balcony");
  CAF_CHECK_EQUAL(at_session(newer).ends.size(), 1u);
}

CAF_TEST(a resource whose session was told to end is waited for) {
  start(policy::refuse_new);
  auto old = new_session();
  join(old, "balcony");
  anon_send(registry_handle, end_account{"juliet@localhost"});
  consume_messages();
  request(new_session(), "balcony");
  CAF_CHECK(!is_answered());
  // One is enough.
  request(new_session(), "balcony");
  CAF_CHECK(answer().refusal == protocol::stanza_error::conflict);
  CAF_CHECK_EQUAL(at_session(old).ends.size(), 1u);
  end(old);
  CAF_CHECK_EQUAL(answer().full, "juliet@localhost/balcony");
}

CAF_TEST(the end of a replaced session leaves the newer one bound) {
  start(policy::replace_old);
  auto old = new_session();
  auto newer = new_session();
  join(old, "balcony");
  request(newer, "balcony");
  end(old);
  answer();
  CAF_CHECK_EQUAL(routed().removed.size(), 1u);
  // Still taken.
  request(new_session(), "balcony");
  CAF_CHECK_EQUAL(at_session(newer).ends.size(), 1u);
}

CAF_TEST(a replaced session that becomes ready late gets no route) {
  start(policy::replace_old);
  auto session = new_session();
  auto old = ask(session, "balcony");
  request(new_session(), "balcony");
  end(session);
  answer();
  anon_send(registry_handle,
    route_added{old.full, old.route, sys.spawn(recording_link)});
  consume_messages();
  for (auto& x : routed().added)
    CAF_CHECK(!x.link);
}

CAF_TEST(refuse_new refuses the newer bind with conflict) {
  start(policy::refuse_new);
  auto old = new_session();
  ask(old, "balcony");
  auto x = ask(new_session(), "balcony");
  CAF_CHECK(x.full.empty());
  CAF_CHECK(x.refusal == protocol::stanza_error::conflict);
  CAF_CHECK(at_session(old).ends.empty());
}

CAF_TEST(rename_new gives the newer session another resource) {
  start(policy::rename_new);
  auto old = new_session();
  ask(old, "balcony");
  auto x = ask(new_session(), "balcony");
  CAF_CHECK_EQUAL(x.full, "juliet@localhost/made1");
  CAF_CHECK(at_session(old).ends.empty());
}

CAF_TEST(a session that waits for its client gives way whatever the policy) {
  for (auto rule : {policy::refuse_new, policy::rename_new}) {
    start(rule);
    auto old = new_session();
    auto x = ask(old, "balcony");
    anon_send(registry_handle, binding_parked{x.route});
    request(new_session(), "balcony");
    CAF_CHECK(!is_answered());
    CAF_REQUIRE_EQUAL(at_session(old).ends.size(), 1u);
    CAF_CHECK(
      at_session(old).ends[0].condition == protocol::stream_error::conflict);
    end(old);
    CAF_CHECK_EQUAL(answer().full, "juliet@localhost/balcony");
    anon_send_exit(registry_handle, caf::exit_reason::kill);
  }
}

CAF_TEST(a client that is back gives way no more) {
  start(policy::refuse_new);
  auto old = new_session();
  auto x = ask(old, "balcony");
  anon_send(registry_handle, binding_parked{x.route});
  anon_send(registry_handle, binding_parked{x.route, false});
  CAF_CHECK(
    ask(new_session(), "balcony").refusal == protocol::stanza_error::conflict);
  CAF_CHECK(at_session(old).ends.empty());
}

CAF_TEST(of the sessions that wait the first gives way to one too many) {
  start(policy::replace_old, 3);
  auto a = new_session();
  auto b = new_session();
  auto route_of_a = ask(a, "a").route;
  auto route_of_b = ask(b, "b").route;
  ask(new_session(), "c");
  anon_send(registry_handle, binding_parked{route_of_b});
  anon_send(registry_handle, binding_parked{route_of_a});
  consume_messages();
  CAF_CHECK_EQUAL(ask(new_session(), "d").full, "juliet@localhost/d");
  CAF_CHECK_EQUAL(at_session(b).ends.size(), 1u);
  CAF_CHECK(at_session(a).ends.empty());
  // One that takes the place of another is none too many.
  request(new_session(), "a");
  end(a);
  CAF_CHECK_EQUAL(answer().full, "juliet@localhost/a");
  // Now nobody waits.
  auto x = ask(new_session(), "e");
  CAF_CHECK(x.refusal == protocol::stanza_error::resource_constraint);
}

CAF_TEST(an account binds no more resources than allowed) {
  start(policy::replace_old, 2);
  ask(new_session(), "a");
  auto b = new_session();
  ask(b, "b");
  auto x = ask(new_session(), "c");
  CAF_CHECK(x.full.empty());
  CAF_CHECK(x.refusal == protocol::stanza_error::resource_constraint);
  // One for one is still possible, and others are not concerned.
  request(new_session(), "b");
  CAF_CHECK(ask(new_session(), "c").full.empty());
  end(b);
  CAF_CHECK_EQUAL(answer().full, "juliet@localhost/b");
  CAF_CHECK(ask(new_session(), "c").full.empty());
  CAF_CHECK_EQUAL(ask(new_session(), "c", "romeo").full, "romeo@localhost/c");
}

CAF_TEST(the router hears of a binding before the session does) {
  start(policy::replace_old);
  auto session = new_session();
  self->send(registry_handle,
    bind_request{"juliet@localhost", "localhost", "balcony", session});
  expect((bind_request), to(registry_handle));
  expect((route_added), from(registry_handle).to(router_handle));
  CAF_REQUIRE_EQUAL(routed().added.size(), 1u);
  CAF_CHECK_EQUAL(routed().added[0].full, "juliet@localhost/balcony");
  CAF_CHECK(!routed().added[0].link);
  auto link = sys.spawn(recording_link);
  links.push_back(link);
  anon_send(registry_handle, route_added{"juliet@localhost/balcony", 1, link});
  consume_messages();
  CAF_REQUIRE_EQUAL(routed().added.size(), 2u);
  CAF_CHECK(routed().added[1].link == link);
}

CAF_TEST(a session that ends frees its resource and its route) {
  start(policy::refuse_new);
  auto old = new_session();
  join(old, "balcony");
  anon_send_exit(old, caf::exit_reason::kill);
  consume_messages();
  CAF_REQUIRE_EQUAL(routed().removed.size(), 1u);
  CAF_CHECK_EQUAL(routed().removed[0], 1u);
  auto x = ask(new_session(), "balcony");
  CAF_CHECK_EQUAL(x.full, "juliet@localhost/balcony");
  // Never used again.
  CAF_CHECK_EQUAL(x.route, 2u);
}

CAF_TEST(a domain that is not served binds nothing) {
  start(policy::replace_old);
  auto x = ask(new_session(), "a", "juliet", "capulet.lit");
  CAF_CHECK(x.full.empty());
  CAF_CHECK(x.refusal == protocol::stanza_error::not_allowed);
}

CAF_TEST(all sessions of a removed account end) {
  start(policy::replace_old);
  auto one = new_session();
  auto two = new_session();
  auto other = new_session();
  ask(one, "a");
  ask(two, "b");
  ask(other, "a", "romeo");
  anon_send(registry_handle, end_account{"juliet@localhost"});
  consume_messages();
  CAF_CHECK_EQUAL(at_session(one).ends.size(), 1u);
  CAF_CHECK_EQUAL(at_session(two).ends.size(), 1u);
  CAF_CHECK(at_session(other).ends.empty());
}

CAF_TEST(a session from before the removal of its account is not bound) {
  start(policy::replace_old);
  auto early = new_session();
  anon_send(registry_handle, end_account{"juliet@localhost"});
  consume_messages();
  auto x = ask(early, "balcony");
  CAF_CHECK(x.full.empty());
  CAF_CHECK(x.refusal == protocol::stanza_error::not_authorized);
  CAF_CHECK_EQUAL(ask(early, "a", "romeo").full, "romeo@localhost/a");
  // The account was added again, and somebody has logged in.
  CAF_CHECK_EQUAL(
    ask(new_session(), "balcony").full, "juliet@localhost/balcony");
}

CAF_TEST(one who waits while its account is removed is not bound) {
  start(policy::replace_old);
  auto old = new_session();
  join(old, "balcony");
  request(new_session(), "balcony");
  anon_send(registry_handle, end_account{"juliet@localhost"});
  consume_messages();
  end(old);
  CAF_CHECK(answer().refusal == protocol::stanza_error::not_authorized);
  CAF_CHECK_EQUAL(routed().removed.size(), 1u);
}

CAF_TEST(a session that asks again has one binding alone) {
  start(policy::refuse_new);
  auto session = new_session();
  // Its first request timed out there; the answer came too late.
  ask(session, "balcony");
  CAF_CHECK_EQUAL(ask(session, "balcony").full, "juliet@localhost/balcony");
  CAF_CHECK_EQUAL(ask(session, "chamber").full, "juliet@localhost/chamber");
  CAF_CHECK_EQUAL(routed().removed.size(), 2u);
  CAF_CHECK_EQUAL(
    ask(new_session(), "balcony").full, "juliet@localhost/balcony");
  end(session);
  CAF_REQUIRE_EQUAL(routed().removed.size(), 3u);
  CAF_CHECK_EQUAL(routed().removed.back(), 3u);
}

CAF_TEST(a session that asks again waits once) {
  start(policy::replace_old);
  auto old = new_session();
  auto session = new_session();
  join(old, "balcony");
  request(session, "balcony");
  request(session, "balcony");
  end(old);
  CAF_CHECK_EQUAL(answer().route, 2u);
  CAF_CHECK(!is_answered());
  CAF_CHECK(at_session(session).ends.empty());
}

CAF_TEST(a new router gets every route before it is used) {
  start(policy::replace_old);
  auto one = join(new_session(), "a");
  auto two = join(new_session(), "b");
  ask(new_session(), "not-ready");
  routers.push_back(sys.spawn(recording_router));
  auto newer = routers.back();
  self->send(registry_handle, router_replaced{newer});
  consume_messages();
  self->receive([](const routes_restored&) {});
  auto& there = deref<router_recorder>(newer).state;
  CAF_CHECK_EQUAL(there.added.size(), 3u);
  CAF_CHECK_EQUAL(at(one).restores, 1);
  CAF_CHECK_EQUAL(at(two).restores, 1);
  // Until the node opens the door, stanzas wait.
  say(1, "<message id='x'/>");
  consume_messages();
  CAF_CHECK_EQUAL(door->waiting(), 1u);
  door->set(newer);
  consume_messages();
  CAF_CHECK_EQUAL(there.ids(), "x ");
  // Later routes go there too.
  auto before = routed().added.size();
  join(new_session(), "c");
  CAF_CHECK_EQUAL(there.added.size(), 5u);
  CAF_CHECK_EQUAL(routed().added.size(), before);
}

CAF_TEST_FIXTURE_SCOPE_END()
