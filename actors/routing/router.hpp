#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router_door.hpp"
#include "protocol/routing_table.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace causeway {

/// Carries out what the routing table decides.
struct router_state {
  static inline const char* name = "router";

  explicit router_state(router_actor::pointer self) : self{self} {}

  void take(stanza_in& x);
  void take(stanza_made& x);
  void take(stanza_returned& x);
  void take(offline_batch& x);
  void add(const route_added& x);
  void remove(route_id x);
  void restore(const presence_restored& x);
  actor_snapshot snapshot();

  /// Asks the table and does it; `failed` could not take the stanza.
  void perform(delivery_ptr x, route_id sender, route_id failed);
  /// What becomes of a stanza that its addressee has not got.
  void count_return(const protocol::routing_decision& x);
  void deliver(delivery_ptr x, protocol::deliver_to to);
  void deliver_copies(
    const delivery_ptr& x, std::vector<protocol::routed_copy>& copies);
  void deliver_message(
    delivery_ptr x, std::vector<protocol::routed_copy>& copies, bool is_late);
  /// What a holder could not bring to its end.
  void retry(delivery_ptr x);
  void ask_domain(delivery_ptr x);
  void send_out(protocol::deliver_to to, delivery_ptr x);
  /// The same, past what is held back for the offline store.
  void hand_over(protocol::deliver_to to, delivery_ptr x);
  void refuse(delivery_ptr x, protocol::stanza_error condition);
  void drop(delivery_ptr x);

  // -- router_offline.cpp: what the offline store keeps ----------------------

  /// The store gets it, or has it already.
  void keep(delivery_ptr x, std::string account);
  /// It came back from the store: all wait for the next one.
  void await_store(delivery_ptr x);
  /// There is a store again.
  void resume_store();
  /// The sender's presence has been routed.
  void follow_presence(route_id sender, bool takes_messages);
  void start_drain(route_id route);
  /// The session takes no more; returns what was held back for it.
  std::vector<delivery_ptr> stop_drain(route_id route);
  void ask_store(route_id route, const std::string& account);
  /// Whether it has to follow what is still in the store for that session.
  bool must_queue(route_id route, const protocol::stream_element& x) const;
  /// Says in the stanza when it was sent.
  void add_delay(delivery& x, route_id addressee) const;

  router_actor::pointer self;
  std::optional<protocol::routing_table> table;
  /// By slot of the table.
  std::vector<link_actor> links;
  using stanzas_by_route =
    std::unordered_map<route_id, std::vector<delivery_ptr>>;
  /// Stanzas for a bound session whose link is not ready yet; bounded by the
  /// read credit.
  stanzas_by_route awaiting_link;
  /// Stanzas for a session that gave something back: it is coming to its end,
  /// and what it gives back must not be overtaken. They wait until it is
  /// removed. Bounded by the read credit, and by the resend queue that they
  /// come from.
  stanzas_by_route ending;

  /// A session that gets what was stored for its account.
  struct drain {
    std::string account;
    /// The store was asked: until it answers, `held` waits. Otherwise there is
    /// more than it could send at once, and messages are stored behind it.
    bool asked = true;
    /// Bounded by the read credit.
    std::vector<delivery_ptr> held;
  };
  std::unordered_map<route_id, drain> drains;
  /// Messages for a store that is being replaced; bounded by the read credit.
  std::vector<delivery_ptr> awaiting_store;
  std::shared_ptr<const handle_cell<offline_store_actor>> offline;
  std::shared_ptr<router_door> door;
  std::shared_ptr<const handle_cell<domain_actor>> domain;
  std::shared_ptr<counters> counts;
  vitals life;
};

/// `domains` are those served here; the node replaces a router that died and
/// opens the door to the new one. `domain` and `offline` may be replaced, too.
router_actor::behavior_type router(
  router_actor::stateful_pointer<router_state> self,
  std::shared_ptr<router_door> door,
  std::shared_ptr<const handle_cell<domain_actor>> domain,
  std::shared_ptr<const handle_cell<offline_store_actor>> offline,
  std::vector<std::string> domains, std::shared_ptr<counters> counts);

} // namespace causeway
