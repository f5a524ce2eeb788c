#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace causeway {

namespace {

namespace json = boost::json;

json::array listeners_of(const actor_tree& tree) {
  json::array out;
  for_each_of_kind(tree, "listener", [&out](const actor_tree_node& x) {
    out.push_back({{"url", field(x.self, "url")}, {"state", x.self.state}});
  });
  return out;
}

std::size_t count_sessions(const actor_tree& tree) {
  std::size_t out = 0;
  for_each_of_kind(
    tree, "session_supervisor", [&out](const actor_tree_node& x) {
      out += x.children.size() + x.left_out;
    });
  return out;
}

json::array silent_actors(const actor_tree& tree) {
  json::array out;
  for (auto& x : tree.nodes)
    if (x.silent)
      out.push_back({{"id", x.self.id}, {"kind", x.self.kind}});
  return out;
}

} // namespace

json::object version_report() {
  json::object libraries;
  for (auto& [name, version] : library_versions())
    libraries[name] = version;
  return {{"version", CAUSEWAY_VERSION}, {"libraries", std::move(libraries)}};
}

json::object status_report(const actor_tree& tree, const counters& counts,
  const config::configuration& config, const process_usage& usage) {
  json::object out = version_report();
  out["node"] = config.node.name;
  out["pid"] = usage.pid;
  out["uptime"] = tree.nodes.empty() ? 0.0 : tree.nodes.front().self.uptime;
  out["state"] = tree.nodes.empty() ? "ending" : tree.nodes.front().self.state;
  out["listeners"] = listeners_of(tree);
  json::array domains;
  for (auto& [name, settings] : config.domains)
    domains.emplace_back(name);
  out["domains"] = std::move(domains);
  out["sessions"] = count_sessions(tree);
  out["silent"] = silent_actors(tree);
  out["memory"] = json::object{{"resident", usage.resident}};
  out["processor"] = usage.processor;
  json::object figures;
  for (std::size_t i = 0; i < counter_count; ++i) {
    auto x = static_cast<counter>(i);
    figures[to_string(x)] = counts.get(x);
  }
  out["counters"] = std::move(figures);
  return out;
}

json::object error_report(std::string_view text) {
  return {{"error", text}};
}

} // namespace causeway
