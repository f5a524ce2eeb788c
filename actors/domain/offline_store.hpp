#pragma once

#include "actors/domain/offline_loans.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router_door.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace causeway {

/// Keeps messages for accounts that are offline (XEP-0160).
struct offline_store_state {
  static inline const char* name = "offline_store";

  explicit offline_store_state(offline_store_actor::pointer self)
    : self{self} {}

  void start();
  void take(keep_offline& x);
  void take(const offline_wanted& x);
  void take(const offline_unwanted& x);
  /// Writes everything that has gathered, in one transaction.
  void commit();
  void continue_drains();
  actor_snapshot snapshot();

  /// A commit follows all that stands in the mailbox now.
  void schedule_commit();
  void send_batch(route_id route);
  void answer(offline_batch x);
  delivery_ptr lend(route_id route, const std::string& account,
    offline_database::stored_message& x, const read_credit& batch);
  void refuse(keep_offline& x, protocol::stanza_error condition);
  void failed(std::string reason);

  offline_store_actor::pointer self;
  std::shared_ptr<offline_database> database;
  std::shared_ptr<offline_loans> loans;
  std::shared_ptr<router_door> door;
  std::shared_ptr<counters> counts;
  /// Bounded by the read credit that each holds.
  std::vector<keep_offline> pending;
  bool commit_scheduled = false;
  /// Sessions that get the messages of their account, batch by batch.
  std::unordered_map<route_id, std::string> drains;
  /// Messages that are no stanza: lent for good.
  std::vector<std::shared_ptr<stored_original>> unreadable;
  vitals life;
};

/// Spawn it detached: it waits for the disk. A new store may take over database
/// and loans of one that died. Messages and refusals go through the door.
offline_store_actor::behavior_type offline_store(
  offline_store_actor::stateful_pointer<offline_store_state> self,
  std::shared_ptr<offline_database> database,
  std::shared_ptr<offline_loans> loans, std::shared_ptr<router_door> door,
  std::shared_ptr<counters> counts);

} // namespace causeway
