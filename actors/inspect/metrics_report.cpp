#include "actors/inspect/metrics_report.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/inspect/metric_table.hpp"
#include "actors/inspect/metric_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <vector>

namespace causeway {

namespace {

double number(std::string_view text) {
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string bound_text(double x) {
  std::array<char, 32> out;
  auto end = std::to_chars(out.data(), out.data() + out.size(), x).ptr;
  return {out.data(), end};
}

void add_process(metric_text& out, const actor_tree& tree,
  const config::configuration& config, const process_usage& usage) {
  out.family(
    "causeway_info", "gauge", "Version and name of the node; always 1.");
  out.sample({{"version", CAUSEWAY_VERSION}, {"node", config.node.name}}, 1);
  auto* node = tree.nodes.empty() || tree.nodes.front().silent
                 ? nullptr
                 : &tree.nodes.front().self;
  out.family("causeway_uptime_seconds", "gauge", "Age of the node.");
  if (node)
    out.sample(node->uptime);
  out.family(
    "causeway_draining", "gauge", "1 while the node is being stopped.");
  if (node)
    out.sample(node->state == "stopping" ? 1 : 0);
  out.family("process_resident_memory_bytes", "gauge", "Bytes in memory.");
  out.sample(static_cast<double>(usage.resident));
  out.family(
    "process_cpu_seconds_total", "counter", "Processor time, user and system.");
  out.sample(usage.processor);
}

void add_counters(metric_text& out, const counters& counts) {
  std::array<bool, counter_count> told{};
  std::string_view last;
  for (auto& x : counter_metrics()) {
    if (x.name != last)
      out.family(x.name, "counter", x.help);
    last = x.name;
    told[static_cast<std::size_t>(x.which)] = true;
    out.sample_as_is(x.labels, static_cast<double>(counts.get(x.which)));
  }
  for (std::size_t i = 0; i < counter_count; ++i) {
    if (told[i])
      continue;
    auto x = static_cast<counter>(i);
    std::string name{"causeway_"};
    name.append(to_string(x)).append("_total");
    out.family(name, "counter", "See the counters of README.md.");
    out.sample(static_cast<double>(counts.get(x)));
  }
}

void add_gauges(metric_text& out, const measures& measured) {
  std::string_view last;
  for (auto& x : gauge_metrics()) {
    if (x.name != last)
      out.family(x.name, "gauge", x.help);
    last = x.name;
    auto level = std::max<std::int64_t>(measured.level(x.which), 0);
    out.sample_as_is(x.labels, static_cast<double>(level));
  }
}

void add_histograms(metric_text& out, const measures& measured) {
  for (auto& x : latency_metrics()) {
    auto values = measured.read(x.which);
    out.family(x.name, "histogram", x.help);
    for (std::size_t i = 0; i < latency_bounds.size(); ++i)
      out.sample("_bucket", {{"le", bound_text(latency_bounds[i])}},
        static_cast<double>(values.cumulative[i]));
    auto all = static_cast<double>(values.cumulative.back());
    out.sample("_bucket", {{"le", "+Inf"}}, all);
    out.sample("_sum", {}, values.sum);
    out.sample("_count", {}, all);
  }
}

void add_log(metric_text& out) {
  auto lost = lost_log_events();
  out.family("causeway_log_events_lost_total", "counter",
    "Events that are in no log: the queue was full, or the output failed.");
  out.sample({{"reason", "queue"}}, static_cast<double>(lost.dropped));
  out.sample({{"reason", "output"}}, static_cast<double>(lost.failed));
}

/// The end of the address: ":7070".
std::string_view tail_of_address(std::string_view address) {
  auto colon = address.rfind(':');
  return colon == address.npos ? address : address.substr(colon);
}

std::string_view scheme_of_listener(const config::listener& x) {
  return x.secure ? "wss://" : "ws://";
}

std::string url_of_listener(
  const config::listener& x, const std::string& path) {
  return std::string{scheme_of_listener(x)} + x.address + path;
}

/// The URL of each listener of the configuration, empty if it does not answer.
/// One is found as it is written, else by its port, and last by its scheme, if
/// the system chose the port.
std::vector<std::string> find_listeners(
  std::vector<std::string> up, const config::configuration& config) {
  std::vector<std::string> out(config.listeners.size());
  auto& path = config.websocket.path;
  auto take = [&](auto fits) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!out[i].empty())
        continue;
      auto found = std::ranges::find_if(up, [&](const std::string& url) {
        return fits(config.listeners[i], std::string_view{url});
      });
      if (found == up.end())
        continue;
      out[i] = std::move(*found);
      up.erase(found);
    }
  };
  take([&](auto& x, auto url) { return url == url_of_listener(x, path); });
  take([&](auto& x, auto url) {
    return url.starts_with(scheme_of_listener(x))
           && url.ends_with(std::string{tail_of_address(x.address)} + path);
  });
  take([](auto& x, auto url) {
    return url.starts_with(scheme_of_listener(x))
           && tail_of_address(x.address) == ":0";
  });
  return out;
}

/// One that is gone has no actor, so the configuration says which there are.
void add_listeners(metric_text& out, const actor_tree& tree,
  const config::configuration& config) {
  std::vector<std::string> up;
  for_each_of_kind(tree, "listener", [&up](const actor_tree_node& x) {
    if (!x.silent)
      up.emplace_back(field(x.self, "url"));
  });
  auto found = find_listeners(std::move(up), config);
  out.family("causeway_listener_up", "gauge",
    "1 while the listener accepts connections.");
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto is_up = !found[i].empty();
    auto url = is_up
                 ? found[i]
                 : url_of_listener(config.listeners[i], config.websocket.path);
    out.sample({{"url", url}}, is_up ? 1 : 0);
  }
}

/// One endpoint of an upstream actor: its domain, name, and the numbered
/// fields behind it.
using endpoint_visitor = std::function<void(
  const actor_snapshot& x, std::string_view endpoint, const std::string& at)>;

void for_each_endpoint(const actor_tree& tree, const endpoint_visitor& f) {
  for_each_of_kind(tree, "upstream", [&](const actor_tree_node& x) {
    for (std::size_t i = 0;; ++i) {
      auto at = '.' + std::to_string(i);
      auto endpoint = field(x.self, "endpoint" + at);
      if (endpoint.empty())
        return;
      f(x.self, endpoint, at);
    }
  });
}

void add_upstreams(metric_text& out, const actor_tree& tree) {
  out.family("causeway_upstream_up", "gauge",
    "0 while a server is left alone after failures, 1 otherwise.");
  for_each_endpoint(tree, [&](auto& x, auto endpoint, auto& at) {
    out.sample({{"domain", field(x, "domain")}, {"endpoint", endpoint}},
      field(x, "state" + at) == "down" ? 0 : 1);
  });
  out.family("causeway_upstream_links", "gauge", "Streams to a server.");
  for_each_endpoint(tree, [&](auto& x, auto endpoint, auto& at) {
    out.sample({{"domain", field(x, "domain")}, {"endpoint", endpoint}},
      number(field(x, "streams" + at)));
  });
}

/// A figure that one of the node's children tells of itself.
struct child_figure {
  std::string_view kind;
  std::string_view field;
  std::string_view name;
  std::string_view help;
  std::string_view type = "gauge";
};

constexpr child_figure child_figures[] = {
  {"session_supervisor", "max_sessions", "causeway_sessions_limit",
    "Most sessions at a time (node.maxSessions)."},
  {"router", "routes", "causeway_router_routes", "Bound sessions."},
  {"router", "held", "causeway_router_held_stanzas",
    "Stanzas for sessions that are not ready yet."},
  {"offline_store", "messages", "causeway_offline_messages",
    "Messages in the offline store."},
  {"offline_store", "waiting", "causeway_offline_waiting_stanzas",
    "Stanzas that wait to be stored."},
  {"journal_writer", "waiting", "causeway_journal_waiting_changes",
    "Changes that are not on disk yet."},
  {"config_store", "generation", "causeway_config_generation",
    "Grows with each configuration that takes effect."},
  {"config_store", "waiting", "causeway_config_waiting_keys",
    "Keys of the file that wait for a restart."},
  {"config_store", "refused", "causeway_config_refused_total",
    "Configurations that were refused.", "counter"},
};

void add_children(metric_text& out, const actor_tree& tree) {
  for (auto& figure : child_figures) {
    auto is_told = false;
    for_each_of_kind(tree, figure.kind, [&](const actor_tree_node& x) {
      auto value = field(x.self, figure.field);
      if (value.empty() || value == "unknown" || is_told)
        return;
      is_told = true;
      out.family(figure.name, figure.type, figure.help);
      out.sample(number(value));
    });
  }
}

/// The services of the node, those of one kind added up.
void add_services(metric_text& out, const actor_tree& tree) {
  struct totals {
    double handled = 0;
    double mailbox = 0;
    double age = 0;
    double silent = 0;
  };
  std::map<std::string_view, totals> kinds;
  for (auto& x : tree.nodes) {
    auto& y = kinds[x.self.kind];
    y.handled += static_cast<double>(x.self.handled);
    y.mailbox += static_cast<double>(x.self.mailbox);
    y.age = std::max(y.age, x.age);
    y.silent += x.silent ? 1 : 0;
  }
  auto add = [&](std::string_view name, std::string_view type,
               std::string_view help, double totals::*value) {
    out.family(name, type, help);
    auto is_sum = value == &totals::handled || value == &totals::mailbox;
    for (auto& [kind, x] : kinds)
      if (x.silent == 0 || !is_sum)
        out.sample({{"type", kind}}, x.*value);
  };
  add("causeway_actor_handled_total", "counter",
    "Messages that the services of the node have handled.", &totals::handled);
  add("causeway_actor_mailbox_length", "gauge",
    "Messages that wait for the services of the node.", &totals::mailbox);
  add("causeway_actor_mailbox_age_seconds", "gauge",
    "Age of the oldest message that waits for a service of the node.",
    &totals::age);
  add("causeway_actors_silent", "gauge",
    "Services of the node that do not answer.", &totals::silent);
}

void add_actors(metric_text& out, const actor_tree& tree, actor_figures x) {
  // Those with threads of their own know it themselves.
  for (auto& y : tree.nodes)
    if (y.self.busy > 0)
      x.busy[y.self.kind] += y.self.busy;
  out.family("causeway_actor_busy_seconds_total", "counter",
    "Processor time of actors, from samples on io threads.");
  for (auto& [kind, seconds] : x.busy)
    out.sample({{"type", kind}}, seconds);
  out.family(
    "causeway_actors_stuck", "gauge", "Actors that hang, and who waits there.");
  out.sample(static_cast<double>(x.stuck));
}

} // namespace

std::string metrics_report(const actor_tree& tree, const counters& counts,
  const config::configuration& config, const process_usage& usage,
  const actor_figures& actors) {
  metric_text out;
  add_process(out, tree, config, usage);
  add_gauges(out, counts.measured);
  add_counters(out, counts);
  add_histograms(out, counts.measured);
  add_listeners(out, tree, config);
  add_upstreams(out, tree);
  add_children(out, tree);
  add_services(out, tree);
  add_actors(out, tree, actors);
  add_log(out);
  return out.take();
}

} // namespace causeway
