#pragma once

#include <caf/actor_control_block.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace causeway {

/// What each io thread does: which actor it runs now, and, from samples, how
/// long actors take. Costs a few stores per turn of an actor. An actor is run
/// by one thread at a time, in turns of some messages.
class run_record {
 public:
  using clock = std::chrono::steady_clock;

  explicit run_record(std::size_t threads);

  // -- by that thread itself -------------------------------------------------

  /// An actor gets its turn; `kind` is a constant. `actor` may be null.
  void begin(std::size_t thread, std::uint64_t id, const char* kind,
    caf::actor_control_block* actor) noexcept {
    auto& x = slots_[thread];
    x.id.store(id, std::memory_order_relaxed);
    x.kind.store(kind, std::memory_order_relaxed);
    x.turn.store(++x.turns, std::memory_order_release);
    if (--x.until_sample == 0)
      begin_sample(x, actor);
  }

  void end(std::size_t thread) noexcept {
    auto& x = slots_[thread];
    x.turn.store(++x.turns, std::memory_order_release);
    if (x.until_sample == 0)
      take_sample(x);
  }

  // -- by any thread ---------------------------------------------------------

  std::size_t threads() const { return slots_.size(); }

  struct running_actor {
    std::uint64_t id = 0;
    const char* kind = "";
    /// Tells this turn from any other.
    std::uint64_t turn = 0;
  };
  /// The actor whose turn it is, if it is one's.
  std::optional<running_actor> now_running(std::size_t thread) const noexcept;

  /// An actor that has run much of late.
  struct busy_actor {
    std::uint64_t id = 0;
    std::string kind;
    /// Of one thread's time.
    double share = 0;
    /// Null if nobody was looking when it ran.
    caf::strong_actor_ptr handle;
  };
  /// Those that are the busiest, first; from samples of the last seconds, and
  /// without those that are known to have ended. For some seconds from here on
  /// actors that run are kept in reach.
  std::vector<busy_actor> busiest(std::size_t most);

  /// About how many seconds each actor, and each kind, has run for.
  std::unordered_map<std::uint64_t, double> busy_by_actor() const;
  std::map<std::string, double> busy_by_kind() const;

 private:
  struct actor_sum {
    const char* kind = "";
    /// Seconds.
    double all = 0;
    /// The same, fading away.
    double late = 0;
    clock::time_point last;
    caf::weak_actor_ptr actor;
  };
  struct sums {
    std::unordered_map<std::uint64_t, actor_sum> by_actor;
    std::unordered_map<const char*, double> by_kind;
  };

  struct alignas(64) slot {
    std::atomic<std::uint64_t> id{0};
    std::atomic<const char*> kind{""};
    /// Odd while an actor runs.
    std::atomic<std::uint64_t> turn{0};
    // Of the thread alone.
    std::uint64_t turns = 0;
    std::uint32_t until_sample = 1;
    std::uint32_t random = 1;
    clock::time_point began;
    caf::weak_actor_ptr sampled;
    bool keeps_actors = false;
    mutable std::mutex mutex;
    // Guarded by the mutex.
    sums busy;
  };

  caf::strong_actor_ptr reach(std::uint64_t id) const;
  void begin_sample(slot& x, caf::actor_control_block* actor) noexcept;
  void take_sample(slot& x) noexcept;

  std::vector<slot> slots_;
  /// Until when somebody looks, in ticks of the clock.
  std::atomic<clock::rep> looked_at_until_{0};
};

} // namespace causeway
