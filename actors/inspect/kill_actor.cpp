#include "actors/inspect/kill_actor.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/inspect/status_report.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <random>

namespace causeway {

boost::json::object kill_actor(const actor_tree& tree, const kill_command& x) {
  std::vector<const actor_tree_node*> candidates;
  for (auto& node : tree.nodes)
    if (x.id != 0 ? node.self.id == x.id : node.self.kind == x.kind)
      candidates.push_back(&node);
  if (candidates.empty())
    return error_report("there is no such actor");
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any{0, candidates.size() - 1};
  auto& victim = *candidates[any(random)];
  log_event(log_level::warn, "actor_killed",
    {{"kind", victim.self.kind}, {"id", std::to_string(victim.self.id)}});
  caf::anon_send_exit(victim.handle, caf::exit_reason::kill);
  return {{"killed", {{"id", victim.self.id}, {"kind", victim.self.kind}}}};
}

} // namespace causeway
