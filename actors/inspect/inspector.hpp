#pragma once

#include "actors/inspect/actor_tree.hpp"

#include <caf/actor_clock.hpp>

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
  std::size_t concurrency = 256;
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
  /// Sends the question; exactly one of the two is called back later: with the
  /// answer, or because the actor has ended.
  std::function<void(const inspectable_actor&, inspect_request,
    std::function<void(actor_snapshot&)>, std::function<void()>)>
    ask;
  /// Has `inspector::due` called after this time.
  std::function<void(std::chrono::milliseconds, std::uint64_t)> call_after;
  std::function<caf::actor_clock::time_point()> now;
};

/// The port of an actor that takes `inspection_due`.
template <class Self>
inspector_port port_of(Self* self) {
  // A handle would have the actor hold itself.
  return {
    [self](const inspectable_actor& who, inspect_request what,
      std::function<void(actor_snapshot&)> done, std::function<void()> ended) {
      // Not a timeout of CAF for each: these stay in its clock.
      self->request(who, caf::infinite, what)
        .then([done = std::move(done)](actor_snapshot& x) { done(x); },
          [ended = std::move(ended)](const caf::error&) { ended(); });
    },
    [self](std::chrono::milliseconds delay, std::uint64_t number) {
      using handle = typename Self::actor_hdl;
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

  /// Time of `inspector_port::call_after`.
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
  };

  void ask(
    const inspectable_actor& who, const inspection_limits& limits, taker take);
  void settle(std::uint64_t id, actor_snapshot* answer);
  void arm();
  double seconds_since(time_point x) const;

  inspector_port port_;
  std::unordered_map<std::uint64_t, probe> probes_;
  /// In the order of their ends, as far as their limits are the same.
  std::deque<waiter_ptr> waiting_;
  /// The timer that runs, if one does, and when it ends.
  bool armed_ = false;
  std::uint64_t timers_ = 0;
};

/// The kind of an actor, also of one that does not answer.
std::string_view kind_of(const inspectable_actor& x);

} // namespace causeway
