#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router_door.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace causeway {

/// Who is bound, by full JID.
struct registry_state {
  static inline const char* name = "registry";

  explicit registry_state(registry_actor::pointer self) : self{self} {}

  bind_answer bind(const bind_request& x);
  void add(const route_added& x);
  void end(const end_account& x);
  routes_restored replace_router(const router_replaced& x);
  void remove(route_id x);
  actor_snapshot snapshot();

  /// One bound session.
  struct binding {
    std::string full;
    std::string bare;
    session_actor session;
    /// Invalid until the session is ready.
    link_actor link;
  };

  std::string make_full(const std::string& bare) const;

  registry_actor::pointer self;
  std::map<std::string, config::domain> domains;
  router_actor router;
  std::shared_ptr<router_door> door;
  std::function<std::string()> random_text;
  route_id last_route = 0;
  std::uint64_t conflicts = 0;
  std::unordered_map<route_id, binding> by_route;
  std::unordered_map<std::string, route_id> by_full;
  std::unordered_map<std::string, std::vector<route_id>> by_bare;
  std::unordered_map<caf::actor_addr, route_id> by_session;
  vitals life;
};

/// `domains` by name, for conflict policy and limits; `random_text` makes
/// unpredictable text of at least 16 characters that is a valid resource. On
/// `router_replaced` it suspends the door; the node opens it to the new router
/// when it has the answer. The router hears of a binding at once, and of its
/// link when that is ready.
registry_actor::behavior_type registry(
  registry_actor::stateful_pointer<registry_state> self,
  std::map<std::string, config::domain> domains, router_actor router,
  std::shared_ptr<router_door> door, std::function<std::string()> random_text);

} // namespace causeway
