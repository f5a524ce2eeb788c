#include "actors/inspect/inspector.hpp"

#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

/// Answers that are read in one go while others are on their way.
constexpr std::size_t most_unread = 256;

// Ids grow: what a limit leaves are those that are there the longest, and the
// same ones each time.
void put_oldest_first(std::vector<owned_actor>& x) {
  std::ranges::sort(x, {}, [](const owned_actor& y) { return y.handle.id(); });
}

// One that ends within a message may leave the question unanswered.
bool has_ended(const inspectable_actor& x) {
  auto* ptr = caf::actor_cast<caf::abstract_actor*>(x);
  return ptr->getf(caf::abstract_actor::is_terminated_flag);
}

} // namespace

// Its name is a constant.
std::string_view kind_of(const inspectable_actor& x) {
  auto* ptr = caf::actor_cast<caf::abstract_actor*>(x);
  auto* local = dynamic_cast<caf::local_actor*>(ptr);
  return local ? local->name() : "remote";
}

/// One look at a tree; kept alive by the answers that it waits for.
class inspection : public std::enable_shared_from_this<inspection> {
 public:
  inspection(inspector& eyes, inspection_limits limits,
    std::function<void(actor_tree)> done)
    : eyes_{eyes}, limits_{std::move(limits)}, done_{std::move(done)},
      deadline_{eyes.port_.now() + limits_.total} {}

  void start(inspectable_actor root) {
    questions_.push_back({owned_actor{std::move(root)}, no_parent, 0, 0});
    go_on();
  }

 private:
  static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

  // Somebody to ask, and where the answer belongs.
  struct question {
    owned_actor who;
    std::size_t parent;
    std::size_t child;
    std::size_t depth;
  };

  void go_on() {
    // An actor that is known to be late answers at once.
    if (going_on_
        || (!questions_.empty() && pending_ > limits_.concurrency / 2))
      return;
    // Many at a time: who asks one for each answer wakes up for each.
    going_on_ = true;
    while (!questions_.empty() && pending_ < limits_.concurrency) {
      auto x = std::move(questions_.front());
      questions_.pop_front();
      if (eyes_.port_.now() < deadline_)
        ask(std::move(x));
      else
        add_silent(x, 0);
    }
    going_on_ = false;
    if (pending_ == 0 && done_)
      std::exchange(done_, nullptr)(finish());
  }

  void ask(question x) {
    ++pending_;
    auto handle = x.who.handle;
    eyes_.ask(handle, limits_,
      [me = shared_from_this(), x = std::move(x)](
        const inspector::outcome& y) mutable {
        --me->pending_;
        if (y.answer)
          me->add(x, y.is_last ? std::move(*y.answer) : *y.answer, y.age);
        else if (y.silent)
          me->add_silent(x, y.age);
        me->go_on();
      });
  }

  void add(const question& x, actor_snapshot answer, double age) {
    auto position = tree_.nodes.size();
    auto children = std::exchange(answer.children, {});
    std::erase_if(children, [this](auto& child) {
      return !child.handle
             || (limits_.wants && !limits_.wants(kind_of(child.handle)));
    });
    auto& node = insert(x);
    if (node.self.parent != 0)
      answer.parent = node.self.parent;
    node.self = std::move(answer);
    node.age = age;
    auto most = x.depth == 0 ? children.size() : limits_.children;
    auto goes_on = x.depth < limits_.depth
                   && (!limits_.descend || limits_.descend(node.self));
    auto count = goes_on ? std::min(children.size(), most) : 0;
    if (count > 0 && count < children.size())
      put_oldest_first(children);
    node.left_out = children.size() - count;
    node.children.assign(count, no_parent);
    for (std::size_t i = 0; i < count; ++i)
      questions_.push_back({std::move(children[i]), position, i, x.depth + 1});
  }

  void add_silent(const question& x, double age) {
    auto& node = insert(x);
    node.silent = true;
    node.age = age;
    node.self.id = x.who.handle.id();
    node.self.kind = kind_of(x.who.handle);
    node.self.state = "silent";
  }

  actor_tree_node& insert(const question& x) {
    std::uint64_t parent = 0;
    if (x.parent != no_parent) {
      tree_.nodes[x.parent].children[x.child] = tree_.nodes.size();
      parent = tree_.nodes[x.parent].self.id;
    }
    auto& node = tree_.nodes.emplace_back();
    node.handle = x.who.handle;
    node.restarts = x.who.restarts;
    node.last_failure = x.who.last_failure;
    node.self.parent = parent;
    return node;
  }

  actor_tree finish() {
    for (auto& x : tree_.nodes)
      std::erase(x.children, no_parent);
    return std::move(tree_);
  }

  inspector& eyes_;
  inspection_limits limits_;
  std::function<void(actor_tree)> done_;
  inspector::time_point deadline_;
  std::deque<question> questions_;
  std::size_t pending_ = 0;
  bool going_on_ = false;
  actor_tree tree_;
};

void inspector::inspect(inspectable_actor root, inspection_limits limits,
  std::function<void(actor_tree)> done) {
  begin(std::move(root), std::move(limits), std::move(done));
  send();
}

void inspector::begin(inspectable_actor root, inspection_limits limits,
  std::function<void(actor_tree)> done) {
  std::make_shared<inspection>(*this, std::move(limits), std::move(done))
    ->start(std::move(root));
}

void inspector::look_at(const std::vector<inspectable_actor>& actors,
  inspection_limits limits,
  std::function<void(std::vector<actor_tree_node>)> done) {
  struct look {
    std::vector<actor_tree_node> nodes;
    std::size_t left = 0;
  };
  if (actors.empty())
    return done({});
  auto all = std::make_shared<look>();
  all->left = actors.size();
  limits.depth = 0;
  for (auto& x : actors)
    begin(x, limits, [all, done](actor_tree tree) {
      for (auto& node : tree.nodes)
        all->nodes.push_back(std::move(node));
      if (--all->left == 0)
        done(std::move(all->nodes));
    });
  send();
}

// -- questions ----------------------------------------------------------------

void inspector::ask(
  const inspectable_actor& who, const inspection_limits& limits, taker take) {
  auto now = port_.now();
  auto id = who.id();
  auto [known, is_new] = probes_.try_emplace(id, probe{who, now, {}});
  if (!is_new && now - known->second.sent >= limits.patience) {
    take({nullptr, true, seconds_since(known->second.sent)});
    return;
  }
  auto one = std::make_shared<waiter>(
    waiter{id, now + limits.patience, std::move(take)});
  known->second.waiters.push_back(one);
  waiting_.push_back(std::move(one));
  if (is_new)
    (limits.detailed ? detailed_questions_ : questions_).push_back({who, id});
}

void inspector::send() {
  arm();
  auto open = probes_.size() - late_;
  port_.post->expect(std::min(open, most_unread));
  // What ends at once may ask again.
  port_.post->send(std::exchange(questions_, {}), {false, {}});
  port_.post->send(std::exchange(detailed_questions_, {}), {true, {}});
}

void inspector::take_answers() {
  for (auto& x : port_.post->take())
    settle(x.number(), x.snapshot());
}

void inspector::settle(std::uint64_t id, actor_snapshot* answer) {
  auto known = probes_.extract(id);
  if (!known)
    return;
  late_ -= known.mapped().is_late ? 1 : 0;
  auto age = seconds_since(known.mapped().sent);
  auto& waiters = known.mapped().waiters;
  for (auto& x : waiters)
    if (auto take = std::exchange(x->take, nullptr))
      take({answer, false, age, x == waiters.back()});
}

void inspector::arm() {
  while (!waiting_.empty() && !waiting_.front()->take)
    waiting_.pop_front();
  if (armed_ || waiting_.empty())
    return;
  armed_ = true;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(
    waiting_.front()->end - port_.now());
  port_.call_after(std::max(left, std::chrono::milliseconds{0}), ++timers_);
}

void inspector::due(std::uint64_t number) {
  take_answers();
  if (number != 0 && number == timers_)
    end_waits();
  send();
}

void inspector::end_waits() {
  armed_ = false;
  auto now = port_.now();
  while (!waiting_.empty()
         && (!waiting_.front()->take || waiting_.front()->end <= now)) {
    auto x = std::move(waiting_.front());
    waiting_.pop_front();
    auto take = std::exchange(x->take, nullptr);
    if (!take)
      continue;
    auto known = probes_.find(x->actor);
    auto age = known == probes_.end() ? 0 : seconds_since(known->second.sent);
    if (known != probes_.end() && !std::exchange(known->second.is_late, true))
      ++late_;
    take({nullptr, true, age});
  }
}

std::vector<inspector::late_actor> inspector::late(
  std::chrono::milliseconds least) const {
  std::vector<late_actor> out;
  auto now = port_.now();
  for (auto& [id, x] : probes_)
    if (now - x.sent >= least && !has_ended(x.who))
      out.push_back({id, std::string{kind_of(x.who)}, x.sent});
  return out;
}

double inspector::seconds_since(time_point x) const {
  return std::chrono::duration<double>{port_.now() - x}.count();
}

} // namespace causeway
