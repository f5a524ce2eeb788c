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
  }

  actor_tree_node& add(
    std::string kind, std::vector<snapshot_field> fields = {}) {
    tree.nodes[0].children.push_back(tree.nodes.size());
    auto& x = tree.nodes.emplace_back();
    x.self.kind = std::move(kind);
    x.self.fields = std::move(fields);
    return x;
  }

  std::string report() {
    return metrics_report(tree, counts, config, {1, 4096, 1.5});
  }

  bool tells(std::string_view line) {
    return report().find('\n' + std::string{line} + '\n') != std::string::npos;
  }

  actor_tree tree;
  counters counts;
  config::configuration config;
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
  add("listener", {{"url", "ws://a/"}});
  add("listener", {{"url", "ws://b/"}});
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
  add("listener", {{"url", "ws://a/"}}).silent = true;
  add("upstream",
    {{"domain", "a.example"}, {"endpoint.0", "h:1"}, {"state.0", "down"},
      {"streams.0", "5"}, {"endpoint.1", "h:2"}, {"state.1", "unknown"},
      {"streams.1", "0"}});
  CAF_CHECK(tells(R"(causeway_listener_up{url="ws://a/"} 0)"));
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
