#pragma once

#include "actors/inspect/actor_tree.hpp"
#include "actors/inspect/question_post.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace causeway {

/// How far an inspection goes.
struct inspection_limits {
  /// Levels below the root.
  std::size_t depth = 16;
  /// Most children of one actor below the root that are asked; the rest is
  /// only counted.
  std::size_t children = 1'000;
  /// Most actors asked at the same time.
  std::size_t concurrency = 512;
  /// How long one actor may take before it counts as silent.
  std::chrono::milliseconds patience{500};
  /// How long all of it may take; who was not asked by then counts as silent.
  std::chrono::milliseconds total{5'000};
  /// Asks for the fields that cost more.
  bool detailed = false;
  /// Whose children are asked; null: everybody's.
  std::function<bool(const actor_snapshot&)> descend = nullptr;
  /// Which kinds are asked at all; null: every kind.
  std::function<bool(std::string_view kind)> wants = nullptr;
};

/// What an inspector needs of the actor that it belongs to.
struct inspector_port {
  /// Has `inspector::due` called with 0 when answers have come.
  std::shared_ptr<question_post> post;
  /// Has `inspector::due` called after this time.
  std::function<void(std::chrono::milliseconds, std::uint64_t)> call_after;
  std::function<caf::actor_clock::time_point()> now;
};

/// The port of an actor that takes `inspection_due`.
template <class Self>
inspector_port port_of(Self* self) {
  // A handle would have the actor hold itself.
  using handle = typename Self::actor_hdl;
  auto wake = [to = self->address()](std::chrono::milliseconds delay) {
    auto strong = caf::actor_cast<handle>(to);
    if (strong && delay.count() == 0)
      caf::anon_send(strong, inspection_due{});
    else if (strong)
      caf::delayed_anon_send(strong, delay, inspection_due{});
  };
  return {
    std::make_shared<question_post>(self->home_system(), std::move(wake)),
    [self](std::chrono::milliseconds delay, std::uint64_t number) {
      self->delayed_send(handle{self}, delay, inspection_due{number});
    },
    [self] { return self->clock().now(); },
  };
}

/// Asks actors for snapshots. Blocks nobody: the answers are messages. An actor
/// that owes an answer is not asked again until it has given that: how long it
/// takes tells how old the oldest message in its mailbox is at least.
class inspector {
 public:
  using time_point = caf::actor_clock::time_point;

  explicit inspector(inspector_port port) : port_{std::move(port)} {}

  /// Asks `root`, then its children, and so on, and hands the tree to `done`,
  /// perhaps at once. Whoever ended in the meantime is left out.
  void inspect(inspectable_actor root, inspection_limits limits,
    std::function<void(actor_tree)> done);

  /// The same for some actors without their children, in any order.
  void look_at(const std::vector<inspectable_actor>& actors,
    inspection_limits limits,
    std::function<void(std::vector<actor_tree_node>)> done);

  /// Time of `inspector_port::call_after`; 0: answers have come.
  void due(std::uint64_t number);

  struct late_actor {
    std::uint64_t id = 0;
    std::string kind;
    time_point since;
  };
  /// Who owes an answer for at least so long.
  std::vector<late_actor> late(std::chrono::milliseconds least) const;

 private:
  friend class inspection;

  /// How a question went; null: the actor has ended.
  struct outcome {
    actor_snapshot* answer = nullptr;
    bool silent = false;
    double age = 0;
    /// Nobody else wants the answer.
    bool is_last = true;
  };
  using taker = std::function<void(const outcome&)>;

  /// One that waits for an answer, and no longer than until then.
  struct waiter {
    std::uint64_t actor = 0;
    time_point end;
    taker take;
  };
  using waiter_ptr = std::shared_ptr<waiter>;

  /// A question that is under way.
  struct probe {
    inspectable_actor who;
    time_point sent;
    std::vector<waiter_ptr> waiters;
    /// Somebody has waited in vain.
    bool is_late = false;
  };

  void begin(inspectable_actor root, inspection_limits limits,
    std::function<void(actor_tree)> done);
  void ask(
    const inspectable_actor& who, const inspection_limits& limits, taker take);
  void send();
  void take_answers();
  void settle(std::uint64_t id, actor_snapshot* answer);
  void end_waits();
  void arm();
  double seconds_since(time_point x) const;

  inspector_port port_;
  std::unordered_map<std::uint64_t, probe> probes_;
  std::size_t late_ = 0;
  /// Questions to be sent in one go.
  std::vector<question_post::question> questions_;
  std::vector<question_post::question> detailed_questions_;
  /// In the order of their ends, as far as their limits are the same.
  std::deque<waiter_ptr> waiting_;
  /// The timer that runs, if one does, and when it ends.
  bool armed_ = false;
  std::uint64_t timers_ = 0;
};

/// The kind of an actor, also of one that does not answer.
std::string_view kind_of(const inspectable_actor& x);

} // namespace causeway
