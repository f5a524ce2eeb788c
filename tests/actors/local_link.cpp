#define CAF_SUITE local_link

#include "actors/routing/local_link.hpp"

#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <memory>
#include <string>

using namespace causeway;
using namespace causeway::test;

namespace {

constexpr auto romeo = "romeo@localhost/orchard";

tracker_actor::behavior_type recording_tracker(
  tracker_actor::stateful_pointer<recorder> self) {
  return {
    [](const element_in&) {},
    [self](stanza_out& x) { self->state.taken.push_back(std::move(x.stanza)); },
    [](const element_refused&) {},
    [](const upstream_element&) {},
    [](const upstream_link_ended&) {},
    [](drain_marker) {},
    [](detach_client) {},
    [](const attach_client&) { return resume_verdict{}; },
    [](save_state) { return state_saved{}; },
    [](journal_committed) {},
    [](const element_handled&) {},
    [](const stream_established&) {},
    [](const relay_established&) {},
    [](lockstep_due) {},
    [](acks_due) {},
    [](const policy_changed&) {},
    [](const probe_client&) {},
    [](const stop_request&) {},
    [](const inspect_request&) { return actor_snapshot{}; },
  };
}

struct fixture : routing_fixture {
  fixture() {
    owner = sys.spawn(recording_session);
    tracker = sys.spawn(recording_tracker);
    router_handle = sys.spawn(recording_router);
    door->set(router_handle);
    link =
      sys.spawn(local_link, owner, tracker, door, 1, protocol::element_ptr{});
    links.push_back(link);
    consume_messages();
  }
  ~fixture() override {
    anon_send_exit(owner, caf::exit_reason::kill);
    anon_send_exit(tracker, caf::exit_reason::kill);
    anon_send_exit(router_handle, caf::exit_reason::kill);
  }

  recorder& routed() { return deref<router_recorder>(router_handle).state; }
  recorder& tracked() {
    using tracker_recorder = caf::stateful_actor<recorder, tracker_actor::base>;
    return deref<tracker_recorder>(tracker).state;
  }
  void client_says(const std::string& xml) {
    anon_send(link, stanza_in{make(1, xml)});
  }
  std::size_t restored() {
    auto before = routed().presences.size();
    anon_send(link, restore_presence{});
    consume_messages();
    return routed().presences.size() - before;
  }

  session_actor owner;
  tracker_actor tracker;
  link_actor link;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(local_link_tests, fixture)

CAF_TEST(stanzas go from the client to the router and back to the tracker) {
  client_says("<message id='a'/>");
  client_says("<message id='b'/>");
  anon_send(link, stanza_out{make(1, "<message id='c'/>")});
  consume_messages();
  CAF_CHECK_EQUAL(routed().ids(), "a b ");
  CAF_CHECK_EQUAL(tracked().ids(), "c ");
}

CAF_TEST(the last presence without addressee is what a new router gets) {
  CAF_CHECK_EQUAL(restored(), 0u);
  client_says("<presence id='a'/>");
  client_says("<presence id='b'/>");
  client_says("<presence id='c' to='juliet@localhost'/>");
  client_says("<presence id='d' type='subscribe'/>");
  CAF_CHECK_EQUAL(restored(), 1u);
  CAF_CHECK_EQUAL(routed().presences.at(0).presence->id, "b");
  CAF_CHECK_EQUAL(routed().presences.at(0).route, 1u);
  client_says("<presence type='unavailable'/>");
  CAF_CHECK_EQUAL(restored(), 0u);
}

CAF_TEST(a killed link gives back both ways in order) {
  kill(link);
  client_says("<message id='a'/>");
  anon_send(link, stanza_out{make(1, "<message id='b'/>")});
  client_says("<message id='c'/>");
  consume_messages();
  client_says("<message id='d'/>");
  consume_messages();
  CAF_CHECK_EQUAL(routed().ids(), "a b c d ");
  for (auto& x : routed().taken)
    CAF_CHECK_EQUAL(x->returns(), 1u);
}

CAF_TEST(a tracker that is dead takes nothing with it) {
  anon_send_exit(tracker, caf::exit_reason::kill);
  consume_messages();
  anon_send(link, stanza_out{make(1, "<message id='a'/>")});
  consume_messages();
  CAF_CHECK_EQUAL(routed().ids(), "a ");
}

CAF_TEST(the link ends with its session) {
  self->monitor(link);
  anon_send_exit(owner, caf::exit_reason::kill);
  consume_messages();
  expect((caf::down_msg),
    to(self).with(caf::down_msg{link.address(), caf::exit_reason::kill}));
}

CAF_TEST(a stop ends the link after what stands before it) {
  self->monitor(link);
  client_says("<message id='a'/>");
  anon_send(link, stop_request{});
  consume_messages();
  CAF_CHECK_EQUAL(routed().ids(), "a ");
  expect((caf::down_msg),
    to(self).with(caf::down_msg{link.address(), caf::exit_reason::normal}));
}

CAF_TEST_FIXTURE_SCOPE_END()
