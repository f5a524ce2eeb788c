/// Text format 0.0.4 of Prometheus. What a parser says of it, 29-admin tests.
#define CAF_SUITE metrics_report

#include "actors/inspect/metrics_report.hpp"

#include "actors/inspect/metric_table.hpp"
#include "actors/inspect/metric_text.hpp"

#include <caf/test/dsl.hpp>

#include <set>
#include <sstream>

using namespace causeway;

namespace {

struct fixture {
  fixture() {
    tree.nodes.emplace_back();
    tree.nodes[0].self.kind = "node";
    tree.nodes[0].self.state = "running";
    config.websocket.path = "/ws/";
    config.listeners = {listen("127.0.0.1:1"), listen("127.0.0.1:2", true)};
  }

  static config::listener listen(std::string address, bool secure = false) {
    config::listener x;
    x.address = std::move(address);
    x.secure = secure;
    return x;
  }

  actor_tree_node& add(std::string kind, snapshot_fields fields = {}) {
    tree.nodes[0].children.push_back(tree.nodes.size());
    auto& x = tree.nodes.emplace_back();
    x.self.kind = std::move(kind);
    x.self.fields = std::move(fields);
    return x;
  }

  std::string report() {
    return metrics_report(tree, counts, config, {1, 4096, 1.5}, actors);
  }

  bool tells(std::string_view line) {
    return report().find('\n' + std::string{line} + '\n') != std::string::npos;
  }

  actor_tree tree;
  counters counts;
  config::configuration config;
  actor_figures actors;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(metrics_report_tests, fixture)

CAF_TEST(every counter is told once) {
  for (std::size_t i = 0; i < counter_count; ++i)
    counts.add(static_cast<counter>(i), 1'000'000 + i);
  auto text = report();
  for (std::size_t i = 0; i < counter_count; ++i) {
    auto value = ' ' + std::to_string(1'000'000 + i) + '\n';
    auto at = text.find(value);
    if (at == text.npos || text.find(value, at + 1) != text.npos)
      CAF_ERROR(to_string(static_cast<counter>(i)));
  }
}

CAF_TEST(every family is told once and before its samples) {
  add("listener", {{"url", "ws://127.0.0.1:1/ws/"}});
  add("listener", {{"url", "wss://127.0.0.1:2/ws/"}});
  add("router", {{"routes", "7"}, {"held", "0"}});
  std::istringstream lines{report()};
  std::string line, family;
  std::set<std::string> seen;
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    std::string first, second, name;
    words >> first;
    if (first == "#") {
      words >> second >> name;
      if (second == "HELP") {
        family = name;
        CAF_CHECK(seen.insert(name).second);
      } else {
        CAF_CHECK_EQUAL(name, family);
      }
    } else if (!first.starts_with(family)) {
      CAF_ERROR(line << " in " << family);
    }
  }
  CAF_CHECK(seen.size() > 40);
}

CAF_TEST(gauges and histograms have the values of the node) {
  counts.measured.move(gauge::sessions_parked, 3);
  counts.measured.observe(latency::ack, std::chrono::milliseconds{2});
  CAF_CHECK(tells(R"(causeway_sessions{state="parked"} 3)"));
  CAF_CHECK(tells(R"(causeway_sm_ack_rtt_seconds_bucket{le="0.001"} 0)"));
  CAF_CHECK(tells(R"(causeway_sm_ack_rtt_seconds_bucket{le="0.0025"} 1)"));
  CAF_CHECK(tells(R"(causeway_sm_ack_rtt_seconds_bucket{le="+Inf"} 1)"));
  CAF_CHECK(tells("causeway_sm_ack_rtt_seconds_sum 0.002"));
  CAF_CHECK(tells("causeway_sm_ack_rtt_seconds_count 1"));
  CAF_CHECK(tells("process_resident_memory_bytes 4096"));
}

CAF_TEST(what is wrong below the node shows) {
  // Of a silent actor only id, kind and parent are known.
  add("listener").silent = true;
  add("upstream",
    {{"domain", "a.example"}, {"endpoint.0", "h:1"}, {"state.0", "down"},
      {"streams.0", "5"}, {"endpoint.1", "h:2"}, {"state.1", "unknown"},
      {"streams.1", "0"}});
  CAF_CHECK(
    tells(R"(causeway_upstream_up{domain="a.example",endpoint="h:1"} 0)"));
  CAF_CHECK(
    tells(R"(causeway_upstream_up{domain="a.example",endpoint="h:2"} 1)"));
  CAF_CHECK(
    tells(R"(causeway_upstream_links{domain="a.example",endpoint="h:1"} 5)"));
  CAF_CHECK(tells(R"(causeway_actors_silent{type="listener"} 1)"));
  CAF_CHECK(tells("causeway_draining 0"));
  tree.nodes[0].self.state = "stopping";
  CAF_CHECK(tells("causeway_draining 1"));
}

CAF_TEST(a listener that is not there or silent is down) {
  auto up = [](std::string_view url, int value) {
    return "causeway_listener_up{url=\"" + std::string{url} + "\"} "
           + std::to_string(value);
  };
  add("listener", {{"url", "ws://127.0.0.1:1/ws/"}});
  CAF_CHECK(tells(up("ws://127.0.0.1:1/ws/", 1)));
  CAF_CHECK(tells(up("wss://127.0.0.1:2/ws/", 0)));
  add("listener").silent = true;
  CAF_CHECK(tells(up("wss://127.0.0.1:2/ws/", 0)));
  add("listener", {{"url", "wss://127.0.0.1:2/ws/"}});
  CAF_CHECK(tells(up("wss://127.0.0.1:2/ws/", 1)));
  // The system chose one port, and wrote one address in another way.
  config.listeners = {
    listen("127.0.0.1:0"), listen("127.0.0.1:1"), listen("[0:0::1]:3")};
  add("listener", {{"url", "ws://127.0.0.1:4711/ws/"}});
  add("listener", {{"url", "ws://[::1]:3/ws/"}});
  CAF_CHECK(tells(up("ws://127.0.0.1:1/ws/", 1)));
  CAF_CHECK(tells(up("ws://127.0.0.1:4711/ws/", 1)));
  CAF_CHECK(tells(up("ws://[::1]:3/ws/", 1)));
}

CAF_TEST(an actor that keeps silent falsifies no figure) {
  tree.nodes[0].self.uptime = 9;
  auto& x = add("router", {{"routes", "7"}});
  x.self.handled = 5;
  CAF_CHECK(tells(R"(causeway_actor_handled_total{type="router"} 5)"));
  CAF_CHECK(tells("causeway_uptime_seconds 9"));
  for (auto& y : tree.nodes) {
    y.silent = true;
    y.age = 3;
    y.self.state = "silent";
    y.self.handled = 0;
    y.self.fields.clear();
  }
  auto text = report();
  for (auto absent : {"\ncauseway_actor_handled_total{",
         "\ncauseway_actor_mailbox_length{", "\ncauseway_uptime_seconds ",
         "\ncauseway_draining ", "\ncauseway_router_routes "})
    if (text.find(absent) != text.npos)
      CAF_ERROR(absent);
  CAF_CHECK(tells(R"(causeway_actors_silent{type="router"} 1)"));
  CAF_CHECK(tells(R"(causeway_actor_mailbox_age_seconds{type="router"} 3)"));
}

CAF_TEST(actors show how busy they are and how many hang) {
  actors = {{{"tracker", 1.5}}, 2};
  add("offline_store").self.busy = 0.25;
  CAF_CHECK(tells(R"(causeway_actor_busy_seconds_total{type="tracker"} 1.5)"));
  CAF_CHECK(
    tells(R"(causeway_actor_busy_seconds_total{type="offline_store"} 0.25)"));
  CAF_CHECK(tells("causeway_actors_stuck 2"));
}

CAF_TEST(figures that nobody has are left out) {
  add("offline_store", {{"messages", "unknown"}});
  CAF_CHECK(report().find("causeway_offline_messages ") == std::string::npos);
  CAF_CHECK(report().find("causeway_config_generation") == std::string::npos);
  add("config_store", {{"generation", "4"}});
  CAF_CHECK(tells("causeway_config_generation 4"));
  CAF_CHECK(tells("# TYPE causeway_config_generation gauge"));
}

CAF_TEST(a figure of a child may be a counter) {
  add("config_store", {{"refused", "2"}});
  CAF_CHECK(tells("# TYPE causeway_config_refused_total counter"));
  CAF_CHECK(tells("causeway_config_refused_total 2"));
}

CAF_TEST(texts cannot break out of their place) {
  metric_text aut;
  aut.family("a", "gauge", "one\ntwo \\ \"three\"");
  aut.sample({{"l", "x\"y\\z\n"}, {"m", ""}}, 0.5);
  CAF_CHECK_EQUAL(aut.take(),
    "# HELP a one\\ntwo \\\\ \"three\"\n# TYPE a gauge\n"
    "a{l=\"x\\\"y\\\\z\\n\",m=\"\"} 0.5\n");
}

CAF_TEST_FIXTURE_SCOPE_END()
