#include "actors/inspect/kill_actor.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/inspect/status_report.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <random>

namespace causeway {

namespace {

// Null if there is none.
const actor_tree_node* choose(const actor_tree& tree, const kill_command& x) {
  std::vector<const actor_tree_node*> candidates;
  for (auto& node : tree.nodes)
    if (x.id != 0 ? node.self.id == x.id : node.self.kind == x.kind)
      candidates.push_back(&node);
  if (candidates.empty())
    return nullptr;
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any{0, candidates.size() - 1};
  return candidates[any(random)];
}

boost::json::object report(
  std::string_view event, std::string_view done, const actor_snapshot& x) {
  log_event(
    log_level::warn, event, {{"kind", x.kind}, {"id", std::to_string(x.id)}});
  return {{done, {{"id", x.id}, {"kind", x.kind}}}};
}

} // namespace

boost::json::object kill_actor(const actor_tree& tree, const kill_command& x) {
  auto* victim = choose(tree, x);
  if (!victim)
    return error_report("there is no such actor");
  caf::anon_send_exit(victim->handle, caf::exit_reason::kill);
  return report("actor_killed", "killed", victim->self);
}

boost::json::object hang_actor(const actor_tree& tree, const hang_command& x) {
  auto* victim = choose(tree, x.target);
  if (!victim)
    return error_report("there is no such actor");
  caf::anon_send(victim->handle, inspect_request{false, x.time});
  return report("actor_hung", "hung", victim->self);
}

} // namespace causeway
