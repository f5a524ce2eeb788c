#include "actors/inspect/inspector.hpp"

#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>
#include <caf/sec.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace causeway {

namespace {

using std::chrono::steady_clock;

// The kind of an actor that does not answer; its name is a constant.
std::string kind_of(const inspectable_actor& x) {
  auto* ptr = caf::actor_cast<caf::abstract_actor*>(x);
  auto* local = dynamic_cast<caf::local_actor*>(ptr);
  return local ? local->name() : "remote";
}

// Ids grow: what a limit leaves are those that are there the longest, and the
// same ones each time.
void put_oldest_first(std::vector<inspectable_actor>& x) {
  std::sort(x.begin(), x.end(),
    [](auto& one, auto& other) { return one.id() < other.id(); });
}

// One inspection; kept alive by the answers that it waits for.
class inspection : public std::enable_shared_from_this<inspection> {
 public:
  inspection(admin_actor::pointer self, inspection_limits limits,
    std::function<void(actor_tree)> done)
    : self_{self}, limits_{limits}, done_{std::move(done)},
      deadline_{steady_clock::now() + limits.total} {}

  void start(inspectable_actor root) {
    questions_.push_back({std::move(root), no_parent, 0, 0});
    go_on();
  }

 private:
  static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

  // Somebody to ask, and where the answer belongs.
  struct question {
    inspectable_actor who;
    std::size_t parent;
    std::size_t child;
    std::size_t depth;
  };

  void go_on() {
    while (!questions_.empty() && pending_ < limits_.concurrency) {
      auto x = std::move(questions_.front());
      questions_.pop_front();
      if (steady_clock::now() < deadline_)
        ask(x);
      else
        add_silent(x);
    }
    if (pending_ == 0 && done_)
      std::exchange(done_, nullptr)(finish());
  }

  void ask(const question& x) {
    ++pending_;
    self_->request(x.who, limits_.patience, inspect_request{})
      .then(
        [me = shared_from_this(), x](actor_snapshot& answer) {
          --me->pending_;
          me->add(x, std::move(answer));
          me->go_on();
        },
        [me = shared_from_this(), x](caf::error& reason) {
          --me->pending_;
          // Any other error means that the actor has ended.
          if (reason == caf::sec::request_timeout)
            me->add_silent(x);
          me->go_on();
        });
  }

  void add(const question& x, actor_snapshot answer) {
    auto position = tree_.nodes.size();
    auto children = std::exchange(answer.children, {});
    std::erase_if(children, [](auto& child) { return !child; });
    auto& node = insert(x);
    node.self = std::move(answer);
    auto most = x.depth == 0 ? children.size() : limits_.children;
    auto count = x.depth < limits_.depth ? std::min(children.size(), most) : 0;
    if (count > 0 && count < children.size())
      put_oldest_first(children);
    node.left_out = children.size() - count;
    node.children.assign(count, no_parent);
    for (std::size_t i = 0; i < count; ++i)
      questions_.push_back({std::move(children[i]), position, i, x.depth + 1});
  }

  void add_silent(const question& x) {
    auto& node = insert(x);
    node.silent = true;
    node.self.id = x.who.id();
    node.self.kind = kind_of(x.who);
    node.self.state = "silent";
  }

  actor_tree_node& insert(const question& x) {
    if (x.parent != no_parent)
      tree_.nodes[x.parent].children[x.child] = tree_.nodes.size();
    auto& node = tree_.nodes.emplace_back();
    node.handle = x.who;
    return node;
  }

  actor_tree finish() {
    for (auto& x : tree_.nodes)
      std::erase(x.children, no_parent);
    return std::move(tree_);
  }

  admin_actor::pointer self_;
  inspection_limits limits_;
  std::function<void(actor_tree)> done_;
  steady_clock::time_point deadline_;
  std::deque<question> questions_;
  std::size_t pending_ = 0;
  actor_tree tree_;
};

} // namespace

void inspect_tree(admin_actor::pointer self, inspectable_actor root,
  inspection_limits limits, std::function<void(actor_tree)> done) {
  std::make_shared<inspection>(self, limits, std::move(done))
    ->start(std::move(root));
}

} // namespace causeway
