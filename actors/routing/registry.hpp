#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router_door.hpp"
#include "config/config.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace causeway {

using bind_promise = caf::typed_response_promise<bind_answer>;

/// Who is bound, by full JID. A session that waits for its client gives way
/// to whoever binds, whatever the policy (RFC 6120 section 7.7.2.2 leaves it to
/// the server).
struct registry_state {
  static inline const char* name = "registry";

  explicit registry_state(registry_actor::pointer self) : self{self} {}

  bind_promise bind(const bind_request& x);
  void add(const route_added& x);
  void park(const binding_parked& x);
  void end(const end_account& x);
  routes_restored replace_router(const router_replaced& x);
  void remove(route_id x);
  void give_up(const end_overdue& x);
  actor_snapshot snapshot();

  /// One bound session.
  struct binding {
    std::string full;
    session_actor session;
    /// Invalid until the session is ready.
    link_actor link;
    /// Was told to end.
    bool ending = false;
    /// Set while it waits for its client: grows from one that does to the next.
    std::uint64_t parked = 0;
  };

  /// One that wants the resource of a session that has to end first.
  struct waiting_bind {
    bind_request request;
    bind_promise answer;
  };

  std::string make_full(const std::string& bare) const;
  bind_answer admit(const bind_request& x, std::string full);
  /// Undoes what an earlier request of this session led to.
  void forget(const bind_request& x);
  bool is_removed(const bind_request& x) const;
  /// Whether the account may have one more session; one that waits for its
  /// client gives way where it may not. `old` ends in any case, unless 0.
  bool make_room(
    const std::string& bare, std::uint32_t max_resources, route_id old);
  /// Binds the next who waits for `full`.
  void admit_next(const std::string& full);
  /// Ends the session of `x`, for the one who waits for its resource.
  void replace(route_id x);

  registry_actor::pointer self;
  std::map<std::string, config::domain> domains;
  router_actor router;
  std::shared_ptr<router_door> door;
  std::function<std::string()> random_text;
  route_id last_route = 0;
  std::uint64_t last_parked = 0;
  std::uint64_t conflicts = 0;
  std::unordered_map<route_id, binding> by_route;
  /// The names are those of `by_route`.
  std::unordered_map<std::string_view, route_id> by_full;
  std::unordered_map<std::string, std::vector<route_id>> by_bare;
  std::unordered_map<caf::actor_addr, route_id> by_session;
  /// By full JID; never an empty queue. Bounded by the number of sessions.
  std::unordered_map<std::string, std::deque<waiting_bind>> waiting;
  /// Removed accounts, each with the newest actor of that moment. The sessions
  /// up to it may have logged in before; later ones did so since the account
  /// was added again.
  std::unordered_map<std::string, caf::actor_id> removed;
  vitals life;
};

/// `domains` by name, for conflict policy and limits; `random_text` makes
/// unpredictable text of at least 16 characters that is a valid resource. On
/// `router_replaced` it suspends the door; the node opens it to the new router
/// when it has the answer. The router hears of a binding at once, and of its
/// link when that is ready. A bind that takes the place of an older session is
/// answered once that one has ended.
registry_actor::behavior_type registry(
  registry_actor::stateful_pointer<registry_state> self,
  std::map<std::string, config::domain> domains, router_actor router,
  std::shared_ptr<router_door> door, std::function<std::string()> random_text);

} // namespace causeway
