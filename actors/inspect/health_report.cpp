#include "actors/inspect/health_report.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace causeway {

namespace {

namespace json = boost::json;

/// Empty if all is well.
using reason = std::string;

/// Something else than nothing, for an orchestrator that starts a new process
/// if this one is beyond help.
reason check_node(const actor_tree& tree) {
  if (tree.nodes.empty())
    return "the node has ended";
  if (tree.nodes.front().silent)
    return "the node does not answer";
  return {};
}

reason check_draining(const actor_tree& tree) {
  if (tree.nodes.empty())
    return "the node has ended";
  auto& state = tree.nodes.front().self.state;
  return state == "running" ? reason{} : "the node is " + state;
}

std::size_t count_answering(const actor_tree& tree, std::string_view kind) {
  std::size_t out = 0;
  for_each_of_kind(
    tree, kind, [&out](const actor_tree_node& x) { out += x.silent ? 0 : 1; });
  return out;
}

reason check_listeners(const actor_tree& tree, std::size_t wanted) {
  auto count = count_answering(tree, "listener");
  if (count >= wanted)
    return {};
  return std::to_string(count) + " of " + std::to_string(wanted) + " listen";
}

/// What streams cannot do without: a store that is stuck shows as silent.
reason check_store(const actor_tree& tree) {
  for (auto kind : {"account_store", "offline_store", "journal_writer"})
    if (count_answering(tree, kind) == 0)
      return std::string{kind} + " does not answer";
  return {};
}

bool is_reachable(const actor_snapshot& x) {
  for (std::size_t i = 0;; ++i) {
    auto number = '.' + std::to_string(i);
    if (field(x, "endpoint" + number).empty())
      // Names that DNS has not answered for yet, for instance.
      return i == 0;
    if (field(x, "state" + number) != "down")
      return true;
  }
}

/// One domain that is gone is no reason to take a node from all others.
reason check_upstream(
  const actor_tree& tree, const config::configuration& config) {
  std::vector<std::string> down;
  for_each_of_kind(tree, "upstream", [&down](const actor_tree_node& x) {
    if (x.silent || !is_reachable(x.self))
      down.emplace_back(x.silent ? "?" : field(x.self, "domain"));
  });
  if (down.empty() || down.size() < config.domains.size())
    return {};
  reason out{"no server can be reached of"};
  for (auto& name : down)
    out += ' ' + name;
  return out;
}

} // namespace

json::object health_report(
  const actor_tree& tree, const config::configuration& config) {
  auto live = true;
  auto ready = true;
  json::object checks;
  auto add = [&](std::string_view name, const reason& why) {
    json::object x{{"ok", why.empty()}};
    if (!why.empty())
      x["reason"] = why;
    checks[name] = std::move(x);
    ready = ready && why.empty();
  };
  auto node = check_node(tree);
  live = node.empty();
  add("node", node);
  add("draining", check_draining(tree));
  add("listeners", check_listeners(tree, config.listeners.size()));
  add("upstream", check_upstream(tree, config));
  add("store", check_store(tree));
  return {{"live", live}, {"ready", ready},
    {"state", tree.nodes.empty() ? "ended" : tree.nodes.front().self.state},
    {"checks", std::move(checks)}};
}

} // namespace causeway
