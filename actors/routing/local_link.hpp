#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router_door.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace causeway {

/// One session's place in the local domain.
struct local_link_state {
  static inline const char* name = "local_link";

  explicit local_link_state(link_actor::pointer self) : self{self} {}

  void take(stanza_in& x);
  void take(stanza_out& x);
  void restore();
  actor_snapshot snapshot(bool detailed);

  link_actor::pointer self;
  tracker_actor tracker;
  std::shared_ptr<router_door> door;
  route_id route = 0;
  /// The last presence without addressee, for a new router; null while not
  /// available.
  protocol::element_ptr presence;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t owner = 0;
  vitals life;
};

/// `owner` is the session: the link ends with it. `presence` is that of a
/// session from an earlier process, or null.
link_actor::behavior_type local_link(
  link_actor::stateful_pointer<local_link_state> self, session_actor owner,
  tracker_actor tracker, std::shared_ptr<router_door> door, route_id route,
  protocol::element_ptr presence);

} // namespace causeway
