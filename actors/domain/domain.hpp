#pragma once

#include "actors/inspect/counters.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router_door.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

/// Answers for the domains served here and, where no session does, for their
/// accounts.
struct domain_state {
  static inline const char* name = "domain";

  explicit domain_state(domain_actor::pointer self) : self{self} {}

  void take(stanza_in& x);
  actor_snapshot snapshot();

  domain_actor::pointer self;
  std::shared_ptr<router_door> door;
  std::vector<std::string> domains;
  std::shared_ptr<counters> counts;
  std::uint64_t answered = 0;
  vitals life;
};

/// `domains` are the normalised names of those served here. Replies go through
/// the door.
domain_actor::behavior_type domain(
  domain_actor::stateful_pointer<domain_state> self,
  std::shared_ptr<router_door> door, std::vector<std::string> domains,
  std::shared_ptr<counters> counts);

} // namespace causeway
