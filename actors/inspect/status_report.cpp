#include "actors/inspect/status_report.hpp"

#include "actors/inspect/config_control.hpp"
#include "actors/inspect/log_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <charconv>

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

/// Endpoints stand in numbered fields of the snapshot.
json::array endpoints_of(const actor_snapshot& x) {
  json::array out;
  for (std::size_t i = 0;; ++i) {
    auto number = '.' + std::to_string(i);
    auto endpoint = field(x, "endpoint" + number);
    if (endpoint.empty())
      return out;
    out.push_back(
      {{"endpoint", endpoint}, {"state", field(x, "state" + number)},
        {"streams", figure(field(x, "streams" + number))},
        {"failures", figure(field(x, "failures" + number))},
        {"last_error", field(x, "error" + number)},
        {"last_error_age", figure(field(x, "error_age" + number))}});
  }
}

json::array upstreams_of(const actor_tree& tree) {
  json::array out;
  for_each_of_kind(tree, "upstream", [&out](const actor_tree_node& x) {
    out.push_back({{"domain", field(x.self, "domain")},
      {"endpoints", endpoints_of(x.self)}});
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

json::value figure(std::string_view text) {
  std::uint64_t out = 0;
  auto [end, failure] =
    std::from_chars(text.data(), text.data() + text.size(), out);
  if (failure != std::errc{} || end != text.data() + text.size())
    return nullptr;
  return out;
}

json::object version_report() {
  json::object libraries;
  for (auto& [name, version] : library_versions())
    libraries[name] = version;
  return {{"version", CAUSEWAY_VERSION}, {"libraries", std::move(libraries)}};
}

json::object counters_report(const counters& counts) {
  json::object figures;
  for (std::size_t i = 0; i < counter_count; ++i) {
    auto x = static_cast<counter>(i);
    figures[to_string(x)] = counts.get(x);
  }
  return figures;
}

json::array stuck_report(
  const std::map<std::uint64_t, stuck_actors::entry>& x) {
  json::array out;
  for (auto& [id, y] : x)
    out.push_back({{"id", id}, {"kind", y.kind}, {"how", to_string(y.how)},
      {"seconds", y.seconds()}});
  return out;
}

json::object status_report(const actor_tree& tree, const counters& counts,
  const active_config& active, const process_usage& usage,
  const heap_usage& heap, const report_context& context) {
  auto& config = *active.config;
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
  out["config"] = config_summary(active);
  out["upstreams"] = upstreams_of(tree);
  out["sessions"] = count_sessions(tree);
  out["silent"] = silent_actors(tree);
  out["memory"] = json::object{{"resident", usage.resident},
    {"heap_used", heap.used}, {"heap_free", heap.free}};
  out["processor"] = usage.processor;
  out["stuck"] = stuck_report(context.stuck);
  out["counters"] = counters_report(counts);
  out["log"] = log_losses_report();
  return out;
}

json::object error_report(std::string_view text) {
  return {{"error", text}};
}

} // namespace causeway
