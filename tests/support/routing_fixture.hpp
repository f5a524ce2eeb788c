#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router.hpp"
#include "actors/routing/router_door.hpp"
#include "protocol/element_parser.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/test/dsl.hpp>

#include <memory>
#include <string>
#include <vector>

namespace causeway::test {

inline protocol::element_ptr parse(const std::string& xml) {
  auto x = protocol::parse_message(xml);
  if (!x)
    CAF_FAIL(x.error().detail);
  return std::make_shared<const protocol::stream_element>(std::move(*x));
}

/// What an actor of a test was sent, in order, as ids of the stanzas.
struct recorder {
  static inline const char* name = "recorder";
  std::vector<delivery_ptr> taken;
  std::vector<std::string> accounts;
  std::vector<offline_wanted> wanted;
  std::vector<route_id> unwanted;
  std::vector<presence_restored> presences;
  std::vector<route_added> added;
  std::vector<route_id> removed;
  std::vector<end_session> ends;
  std::vector<offline_batch> batches;
  int restores = 0;
  int readies = 0;

  std::string ids() const {
    std::string out;
    for (auto& x : taken)
      out += x->stanza()->id + ' ';
    return out;
  }
  const protocol::stream_element& last() const {
    CAF_REQUIRE(!taken.empty());
    return *taken.back()->stanza();
  }
  /// As a tracker does whose client has acknowledged everything.
  void settle() {
    for (auto& x : taken)
      x->settle();
    taken.clear();
    for (auto& batch : batches)
      for (auto& x : batch.stanzas)
        x->discard();
    batches.clear();
  }
  ~recorder() { settle(); }
};

inline link_actor::behavior_type recording_link(
  link_actor::stateful_pointer<recorder> self) {
  return {
    [](const stanza_in&) {},
    [self](stanza_out& x) { self->state.taken.push_back(std::move(x.stanza)); },
    [self](const restore_presence&) { ++self->state.restores; },
    [self](const stop_request&) { self->quit(); },
    [](const inspect_request&) { return actor_snapshot{}; },
  };
}

inline router_actor::behavior_type recording_router(
  router_actor::stateful_pointer<recorder> self) {
  return {
    [self](stanza_in& x) { self->state.taken.push_back(std::move(x.stanza)); },
    [](const stanza_made&) {},
    [self](
      stanza_returned& x) { self->state.taken.push_back(std::move(x.stanza)); },
    [self](offline_batch& x) { self->state.batches.push_back(std::move(x)); },
    [self](offline_ready) { ++self->state.readies; },
    [self](const route_added& x) { self->state.added.push_back(x); },
    [self](const route_removed& x) { self->state.removed.push_back(x.route); },
    [self](const presence_restored& x) { self->state.presences.push_back(x); },
    [](const domains_changed&) {},
    [](const inspect_request&) { return actor_snapshot{}; },
  };
}

inline domain_actor::behavior_type recording_domain(
  domain_actor::stateful_pointer<recorder> self) {
  return {
    [self](stanza_in& x) { self->state.taken.push_back(std::move(x.stanza)); },
    [](const domains_changed&) {},
    [](const inspect_request&) { return actor_snapshot{}; },
  };
}

/// Keeps the messages, and says nothing about it. Has nothing for those who
/// ask, and tells them so if there is a door.
inline offline_store_actor::behavior_type recording_offline_store(
  offline_store_actor::stateful_pointer<recorder> self,
  std::shared_ptr<router_door> door) {
  return {
    [self](keep_offline& x) {
      self->state.taken.push_back(std::move(x.stanza));
      self->state.accounts.push_back(std::move(x.account));
    },
    [self, door](offline_wanted& x) {
      if (door)
        caf::anon_send(door->get(), offline_batch{x.route, {}, true});
      self->state.wanted.push_back(std::move(x));
    },
    [self](offline_unwanted x) { self->state.unwanted.push_back(x.route); },
    [](offline_released) {},
    [](offline_commit) {},
    [](offline_check) { return offline_ready{}; },
    [](const inspect_request&) { return actor_snapshot{}; },
  };
}

inline session_actor::behavior_type recording_session(
  session_actor::stateful_pointer<recorder> self) {
  return {
    [](const element_in&) {},
    [](const element_refused&) {},
    [](const stream_failed&) {},
    [](const upstream_stream_opened&) {},
    [](const upstream_element&) {},
    [](const upstream_link_ended&) {},
    [](session_resumable) {},
    [](const drained&) {},
    [](const resume_request&) { return resume_verdict{}; },
    [](const yield_request&) { return yield_answer{}; },
    [](park_expired) {},
    [](rest_request) { return rest_answer{}; },
    [](save_request) {},
    [](const restore_request&) { return restore_answer{}; },
    [](const session_order&) { return order_outcome{}; },
    [](const connection_ended&) {},
    [](const silence_noticed&) {},
    [](const deadline_reached&) {},
    [](const policy_changed&) {},
    [self](const end_session& x) { self->state.ends.push_back(x); },
    [](const inspect_request&) { return actor_snapshot{}; },
  };
}

/// A door, a router behind it on demand, and links that record.
struct routing_fixture : test_coordinator_fixture<> {
  ~routing_fixture() override {
    door->close();
    for (auto& x : links)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    offline_cell->set({});
    caf::anon_send_exit(offline_handle, caf::exit_reason::kill);
    consume_messages();
  }

  router_actor spawn_router() {
    return sys.spawn(router, door, domain_cell, offline_cell,
      std::vector<std::string>{"localhost"}, counts);
  }
  void start_router() {
    offline_handle =
      sys.spawn(recording_offline_store, store_answers ? door : nullptr);
    offline_cell->set(offline_handle);
    router_handle = spawn_router();
    door->set(router_handle);
    consume_messages();
  }

  /// Binds a recording link; it sends its presence if `available`.
  link_actor bind(route_id route, const std::string& full,
    bool available = false, int priority = 0) {
    auto link = sys.spawn(recording_link);
    links.push_back(link);
    caf::anon_send(router_handle, route_added{full, route, link});
    if (available)
      say(route, "<presence from='" + full + "'><priority>"
                   + std::to_string(priority) + "</priority></presence>");
    consume_messages();
    return link;
  }

  delivery_ptr make(route_id route, const std::string& xml) {
    auto text = xml;
    text.insert(text.find_first_of(" />"), " xmlns='jabber:client'");
    return std::make_shared<delivery>(parse(text), route, door);
  }

  /// A client says it; nothing runs yet.
  void say(route_id route, const std::string& xml) {
    door->send(stanza_in{make(route, xml)});
  }
  void chat(route_id route, const std::string& from, const std::string& to,
    const std::string& id) {
    say(route, "<message type='chat' id='" + id + "' from='" + from + "' to='"
                 + to + "'><body>x</body></message>");
  }

  void kill(const link_actor& link) {
    caf::anon_send_exit(link, caf::exit_reason::kill);
  }

  recorder& at(const link_actor& x) { return deref<link_recorder>(x).state; }
  recorder& at(const offline_store_actor& x) {
    return deref<offline_recorder>(x).state;
  }

  using link_recorder = caf::stateful_actor<recorder, link_actor::base>;
  using offline_recorder =
    caf::stateful_actor<recorder, offline_store_actor::base>;
  using router_recorder = caf::stateful_actor<recorder, router_actor::base>;
  using session_recorder = caf::stateful_actor<recorder, session_actor::base>;
  using domain_recorder = caf::stateful_actor<recorder, domain_actor::base>;

  std::shared_ptr<counters> counts = std::make_shared<counters>();
  std::shared_ptr<router_door> door = std::make_shared<router_door>(counts);
  std::shared_ptr<handle_cell<domain_actor>> domain_cell =
    std::make_shared<handle_cell<domain_actor>>();
  bool store_answers = true;
  std::shared_ptr<handle_cell<offline_store_actor>> offline_cell =
    std::make_shared<handle_cell<offline_store_actor>>();
  offline_store_actor offline_handle;
  router_actor router_handle;
  std::vector<link_actor> links;
};

} // namespace causeway::test
