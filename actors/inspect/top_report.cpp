#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>

namespace causeway {

namespace {

namespace json = boost::json;

const actor_tree_node* find(
  const std::vector<actor_tree_node>& all, std::uint64_t id) {
  auto i = std::ranges::find(
    all, id, [](const actor_tree_node& x) { return x.self.id; });
  return i == all.end() ? nullptr : &*i;
}

json::object describe(const run_record::busy_actor& x, const top_figures& all) {
  json::object out{{"id", x.id}, {"kind", x.kind}, {"share", x.share}};
  auto* node = find(all.nodes, x.id);
  if (!node)
    return out;
  out["age"] = node->age;
  out["silent"] = node->silent;
  out["state"] = node->self.state;
  out["handled"] = node->self.handled;
  out["mailbox"] = node->self.mailbox;
  if (node->self.parent != 0)
    out["parent"] = node->self.parent;
  auto* owner =
    node->self.kind == "session" ? node : find(all.owners, node->self.parent);
  if (owner)
    out["jid"] = field(owner->self, "jid");
  return out;
}

} // namespace

json::object top_report(
  const top_figures& x, const counters& counts, const process_usage& usage) {
  std::chrono::duration<double> now =
    std::chrono::steady_clock::now().time_since_epoch();
  json::object kinds;
  for (auto& [kind, seconds] : x.busy)
    kinds[kind] = seconds;
  json::array actors;
  for (auto& y : x.busiest)
    // Whoever can be asked and gives no answer at all has ended.
    if (!y.handle || find(x.nodes, y.id))
      actors.push_back(describe(y, x));
  auto* root = x.nodes.empty() ? nullptr : &x.nodes.front();
  for (auto& y : x.nodes)
    if (y.self.kind == "node")
      root = &y;
  return {{"time", now.count()}, {"node", x.node},
    {"uptime", root ? root->self.uptime : 0.0},
    {"state", root ? root->self.state : "ending"}, {"threads", x.threads},
    {"processor", usage.processor},
    {"memory", json::object{{"resident", usage.resident}}},
    {"sessions", json::object{{"all", x.sessions}, {"parked", x.parked}}},
    {"kinds", std::move(kinds)}, {"actors", std::move(actors)},
    {"stuck", stuck_report(x.stuck)}, {"counters", counters_report(counts)}};
}

} // namespace causeway
