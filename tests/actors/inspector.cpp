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

struct prober_state {
  explicit prober_state(admin_actor::pointer self) : eyes{port_of(self)} {}
  inspector eyes;
};

// Inspects on every control request.
admin_actor::behavior_type prober(
  admin_actor::stateful_pointer<prober_state> self, inspectable_actor root,
  inspection_limits limits, tree_slot out) {
  return {
    [=](control_request&) {
      self->state.eyes.inspect(
        root, limits, [out](actor_tree x) { out->push_back(x); });
    },
    [self](inspection_due x) { self->state.eyes.due(x.number); },
    [](trace_due) {},
    [](inspect_request) { return actor_snapshot{}; },
  };
}

inspectable_actor::behavior_type counting_actor(
  inspectable_actor::stateful_pointer<silent_state> self,
  std::shared_ptr<std::size_t> count) {
  return {
    [self, count](inspect_request) -> caf::result<actor_snapshot> {
      ++*count;
      auto promise = self->make_response_promise<actor_snapshot>();
      self->state.unanswered.push_back(promise);
      return promise;
    },
  };
}

// Answers when it is told to, and from then on at once.
using slow_interface = caf::typed_actor<
  caf::reacts_to<stop_request>>::extend_with<inspectable_actor>;

struct slow_state {
  static inline const char* name = "slow";
  std::vector<caf::typed_response_promise<actor_snapshot>> unanswered;
  bool is_slow = true;
};

slow_interface::behavior_type slow_actor(
  slow_interface::stateful_pointer<slow_state> self) {
  return {
    [self](stop_request) {
      self->state.is_slow = false;
      for (auto& x : self->state.unanswered)
        x.deliver(make_snapshot("slow"));
    },
    [self](inspect_request) -> caf::result<actor_snapshot> {
      if (!self->state.is_slow)
        return make_snapshot("slow");
      auto promise = self->make_response_promise<actor_snapshot>();
      self->state.unanswered.push_back(promise);
      return promise;
    },
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
    asking = sys.spawn(prober, root, limits, trees);
    keep(asking);
    again();
  }

  void again() {
    anon_send(asking, control_request{});
    consume_messages();
  }

  ~fixture() override {
    for (auto& x : actors)
      anon_send_exit(x, caf::exit_reason::kill);
    actors.clear();
    trees->clear();
    asking = admin_actor{};
    run();
  }

  inspection_limits limits;
  admin_actor asking;
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

  advance_time(499ms);
  consume_messages();
  CAF_CHECK(trees->empty());
  advance_time(1ms);
  consume_messages();

  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  auto& tree = trees->front();
  CAF_CHECK_EQUAL(kinds(tree), "node(router silent? admin)");
  auto& node = tree.nodes[tree.nodes[0].children[1]];
  CAF_CHECK_EQUAL(node.self.id, stuck.id());
  CAF_CHECK_EQUAL(node.self.parent, tree.nodes[0].self.id);
  CAF_CHECK_EQUAL(node.age, 0.5);
}

CAF_TEST(who owes an answer is not asked again and grows older) {
  auto questions = std::make_shared<std::size_t>(0);
  auto stuck = keep(sys.spawn(counting_actor, questions));
  inspect(parent("node", {stuck, leaf("admin")}));
  advance_time(500ms);
  consume_messages();
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  advance_time(1500ms);
  again();
  // At once, and with the time since the first question.
  CAF_REQUIRE_EQUAL(trees->size(), 2u);
  auto& tree = trees->back();
  CAF_CHECK_EQUAL(kinds(tree), "node(silent? admin)");
  CAF_CHECK_EQUAL(tree.nodes[tree.nodes[0].children[0]].age, 2.0);
  CAF_CHECK_EQUAL(*questions, 1u);
}

CAF_TEST(one that answers late is asked again and is silent no more) {
  auto slow = sys.spawn(slow_actor);
  inspect(parent("node", {keep(slow)}));
  advance_time(700ms);
  consume_messages();
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK_EQUAL(kinds(trees->front()), "node(slow?)");
  anon_send(caf::actor_cast<slow_interface>(slow), stop_request{});
  consume_messages();
  again();
  CAF_REQUIRE_EQUAL(trees->size(), 2u);
  CAF_CHECK_EQUAL(kinds(trees->back()), "node(slow)");
}

CAF_TEST(two inspections at a time share a question) {
  auto slow = sys.spawn(slow_actor);
  inspect(parent("node", {keep(slow)}));
  again();
  CAF_CHECK(trees->empty());
  anon_send(caf::actor_cast<slow_interface>(slow), stop_request{});
  consume_messages();
  CAF_REQUIRE_EQUAL(trees->size(), 2u);
  CAF_CHECK_EQUAL(kinds(trees->front()), "node(slow)");
  CAF_CHECK_EQUAL(kinds(trees->back()), "node(slow)");
}

CAF_TEST(what an owner knows of its child stands with the child) {
  auto child = leaf("router");
  auto x = make_snapshot("node");
  x.children.emplace_back(child, 3, "exit_reason::kill");
  inspect(keep(sys.spawn(fake_actor, x)));
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  auto& node = trees->front().nodes[1];
  CAF_CHECK_EQUAL(node.restarts, 3u);
  CAF_CHECK_EQUAL(node.last_failure, "exit_reason::kill");
}

CAF_TEST(only those that are wanted have their children asked) {
  limits.descend = [](const actor_snapshot& x) { return x.kind != "b"; };
  inspect(parent(
    "node", {parent("a", {leaf("tracker")}), parent("b", {leaf("tracker")})}));
  CAF_REQUIRE_EQUAL(trees->size(), 1u);
  CAF_CHECK_EQUAL(kinds(trees->front()), "node(a(tracker) b+1)");
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
  advance_time(500ms);
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
