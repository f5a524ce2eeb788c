#define CAF_SUITE inspector

#include "actors/inspect/inspector.hpp"

#include "tests/support/fake_tree.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <memory>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

using tree_slot = std::shared_ptr<std::vector<actor_tree>>;

// Inspects on every control request.
admin_actor::behavior_type prober(admin_actor::pointer self,
  inspectable_actor root, inspection_limits limits, tree_slot out) {
  return {
    [=](control_request&) {
      inspect_tree(
        self, root, limits, [out](actor_tree x) { out->push_back(x); });
    },
    [](inspect_request) { return actor_snapshot{}; },
  };
}

struct fixture : test_coordinator_fixture<> {
  inspectable_actor leaf(std::string kind) {
    return keep(sys.spawn(fake_actor, make_snapshot(std::move(kind))));
  }

  inspectable_actor silent() { return keep(sys.spawn(silent_actor)); }

  inspectable_actor parent(
    std::string kind, std::vector<inspectable_actor> children) {
    return keep(sys.spawn(
      fake_actor, make_snapshot(std::move(kind), {}, std::move(children))));
  }

  template <class Handle>
  inspectable_actor keep(Handle x) {
    actors.push_back(x);
    return x;
  }

  void inspect(inspectable_actor root) {
    auto x = keep(sys.spawn(prober, root, limits, trees));
    anon_send(caf::actor_cast<caf::actor>(x), control_request{});
    consume_messages();
  }

  ~fixture() override {
    for (auto& x : actors)
      anon_send_exit(x, caf::exit_reason::kill);
    actors.clear();
    trees->clear();
    run();
  }

  inspection_limits limits;
  tree_slot trees = std::make_shared<std::vector<actor_tree>>();
  std::vector<inspectable_actor> actors;
};

std::string kinds(const actor_tree& tree, std::size_t at = 0) {
  auto& x = tree.nodes[at];
  std::string out = x.self.kind;
  if (x.silent)
    out += '?';
  if (x.left_out > 0)
    out += '+' + std::to_string(x.left_out);
  if (x.children.empty())
    return out;
  out += '(';
  for (auto i : x.children)
    out += (i == x.children.front() ? "" : " ") + kinds(tree, i);
  return out + ')';
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(inspector_tests, fixture)

CAF_TEST(the tree keeps levels and the order of children) {
  auto one = parent("session", {leaf("connection"), leaf("tracker")});
  inspect(parent("node", {leaf("router"), one, leaf("admin")}));
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK_EQUAL(
    kinds(trees->front()), "node(router session(connection tracker) admin)");
}

CAF_TEST(a silent actor shows as silent and holds up nobody else) {
  auto stuck = silent();
  inspect(parent("node", {leaf("router"), stuck, leaf("admin")}));
  CAF_CHECK(trees->empty());

  advance_time(999ms);
  consume_messages();
  CAF_CHECK(trees->empty());
  advance_time(1ms);
  consume_messages();

  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  auto& tree = trees->front();
  CAF_CHECK_EQUAL(kinds(tree), "node(router silent? admin)");
  CAF_CHECK_EQUAL(tree.nodes[tree.nodes[0].children[1]].self.id, stuck.id());
}

CAF_TEST(an actor that has ended is left out) {
  auto dead = leaf("parser");
  auto root = parent("node", {dead, leaf("admin")});
  anon_send_exit(dead, caf::exit_reason::kill);
  consume_messages();
  inspect(root);
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK_EQUAL(kinds(trees->front()), "node(admin)");
}

CAF_TEST(a root that has ended gives an empty tree) {
  auto root = leaf("node");
  anon_send_exit(root, caf::exit_reason::kill);
  consume_messages();
  inspect(root);
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK(trees->front().nodes.empty());
}

CAF_TEST(limits cut depth and width and say how much is left out) {
  limits.depth = 2;
  limits.children = 2;
  auto one = parent("session", {leaf("tracker")});
  auto all = parent("supervisor", {one, leaf("a"), leaf("b"), leaf("c")});
  inspect(parent("node", {all, leaf("x"), leaf("y")}));
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK_EQUAL(kinds(trees->front()), "node(supervisor+2(session+1 a) x y)");
}

CAF_TEST(a limit leaves the oldest children) {
  limits.children = 2;
  auto a = leaf("a");
  auto b = leaf("b");
  auto c = leaf("c");
  inspect(parent("node", {parent("supervisor", {c, a, b})}));
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK_EQUAL(kinds(trees->front()), "node(supervisor+1(a b))");
}

CAF_TEST(no more actors are asked at a time than allowed) {
  limits.concurrency = 2;
  inspect(parent("node", {silent(), silent(), leaf("a"), leaf("b")}));
  CAF_CHECK(trees->empty());
  advance_time(1s);
  consume_messages();
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK_EQUAL(kinds(trees->front()), "node(silent? silent? a b)");
}

CAF_TEST(without time left nobody is asked) {
  limits.total = 0ms;
  auto root = leaf("node");
  inspect(root);
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK(trees->front().nodes.front().silent);
}

CAF_TEST(a thousand sessions of five actors all answer) {
  std::vector<inspectable_actor> sessions;
  for (int i = 0; i < 1'000; ++i)
    sessions.push_back(parent("session",
      {leaf("connection"), leaf("parser"), leaf("tracker"), leaf("link")}));
  inspect(parent("session_supervisor", sessions));
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  std::size_t trackers = 0;
  for_each_of_kind(
    trees->front(), "tracker", [&](auto& x) { trackers += x.silent ? 0 : 1; });
  CAF_CHECK_EQUAL(trees->front().nodes.size(), 5'001u);
  CAF_CHECK_EQUAL(trackers, 1'000u);
}

CAF_TEST_FIXTURE_SCOPE_END()
