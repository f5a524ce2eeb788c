#define CAF_SUITE health_report

#include "actors/inspect/health_report.hpp"

#include <boost/json/serialize.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway;

namespace {

struct fixture {
  fixture() {
    tree.nodes.emplace_back();
    tree.nodes[0].self.kind = "node";
    tree.nodes[0].self.state = "running";
    config.listeners.resize(2);
    for (auto kind : {"listener", "listener", "account_store", "offline_store",
           "journal_writer"})
      add(kind);
  }

  actor_tree_node& add(std::string kind, snapshot_fields fields = {}) {
    tree.nodes[0].children.push_back(tree.nodes.size());
    auto& x = tree.nodes.emplace_back();
    x.self.kind = std::move(kind);
    x.self.state = "running";
    x.self.fields = std::move(fields);
    return x;
  }

  actor_tree_node& find(std::string_view kind) {
    for (auto& x : tree.nodes)
      if (x.self.kind == kind)
        return x;
    CAF_FAIL("no such actor");
  }

  void add_upstream(const std::string& domain, const std::string& state) {
    add("upstream",
      {{"domain", domain}, {"endpoint.0", "a:1"}, {"state.0", "down"},
        {"endpoint.1", "b:1"}, {"state.1", state}});
  }

  bool is_ready() { return health_report(tree, config)["ready"].as_bool(); }

  /// The reason why a check failed; empty if it did not.
  std::string reason(std::string_view check) {
    auto report = health_report(tree, config);
    auto& x = report["checks"].as_object()[check].as_object();
    CAF_CHECK_EQUAL(x["ok"].as_bool(), !x.contains("reason"));
    if (!x.contains("reason"))
      return {};
    CAF_CHECK(!report["ready"].as_bool());
    return std::string{std::string_view{x["reason"].as_string()}};
  }

  actor_tree tree;
  config::configuration config;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(health_report_tests, fixture)

CAF_TEST(a node with all of its services is ready) {
  auto report = health_report(tree, config);
  CAF_CHECK(report["live"].as_bool());
  CAF_CHECK(report["ready"].as_bool());
  CAF_CHECK_EQUAL(report["state"].as_string(), "running");
  CAF_CHECK_EQUAL(report["checks"].as_object().size(), 5u);
}

CAF_TEST(a node that stops lives but wants no clients) {
  tree.nodes[0].self.state = "stopping";
  CAF_CHECK_EQUAL(reason("draining"), "the node is stopping");
  CAF_CHECK(health_report(tree, config)["live"].as_bool());
}

CAF_TEST(a node that does not answer is not live) {
  tree.nodes[0].silent = true;
  CAF_CHECK_EQUAL(reason("node"), "the node does not answer");
  CAF_CHECK(!health_report(tree, config)["live"].as_bool());
  tree.nodes.clear();
  CAF_CHECK(!health_report(tree, config)["live"].as_bool());
}

CAF_TEST(every listener has to be there) {
  find("listener").silent = true;
  CAF_CHECK_EQUAL(reason("listeners"), "1 of 2 listen");
}

CAF_TEST(every store has to answer) {
  find("offline_store").silent = true;
  CAF_CHECK_EQUAL(reason("store"), "offline_store does not answer");
}

CAF_TEST(a domain whose servers are down is no reason while others are there) {
  add_upstream("a.example", "down");
  config.domains = {{"a.example", {}}, {"b.example", {}}};
  CAF_CHECK_EQUAL(reason("upstream"), "");
  add_upstream("b.example", "unknown");
  CAF_CHECK(is_ready());
}

CAF_TEST(a node none of whose domains can be served is not ready) {
  config.domains = {{"a.example", {}}, {"b.example", {}}};
  add_upstream("a.example", "down");
  add_upstream("b.example", "down");
  CAF_CHECK_EQUAL(
    reason("upstream"), "no server can be reached of a.example b.example");
}

CAF_TEST_FIXTURE_SCOPE_END()
