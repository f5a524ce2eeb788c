#pragma once

#include "actors/inspect/counters.hpp"
#include "actors/inspect/inspector.hpp"
#include "actors/inspect/run_record.hpp"
#include "actors/inspect/stuck_actors.hpp"
#include "actors/inspect/vitals.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace causeway {

/// What the lookout looks at, and whom it tells.
struct lookout_environment {
  /// Root of the tree; the lookout ends with it.
  inspectable_actor node;
  std::shared_ptr<run_record> runs;
  std::shared_ptr<stuck_actors> stuck;
  std::shared_ptr<counters> count;
  /// Age of the oldest message from which on an actor is stuck.
  std::chrono::milliseconds stuck_after{5'000};
};

struct lookout_state {
  static inline const char* name = "lookout";
  explicit lookout_state(lookout_actor::pointer self)
    : self{self}, eyes{port_of(self)} {}

  void start(lookout_environment x);
  void look_around();
  actor_snapshot snapshot() const;

  lookout_actor::pointer self;
  inspector eyes;
  lookout_environment environment;
  /// Since when each thread runs the same turn of an actor.
  struct long_turn {
    std::uint64_t turn = 0;
    inspector::time_point since;
  };
  std::vector<std::optional<long_turn>> turns;
  std::uint64_t rounds = 0;
  /// The last look at the whole tree.
  std::optional<inspector::time_point> swept;
  bool is_sweeping = false;
  vitals life;

 private:
  std::chrono::milliseconds interval() const;
  std::vector<stuck_actors::entry> find_running();
  bool suspects_anything(inspector::time_point now) const;
  void inspect(std::size_t depth);
  void report(const stuck_actors::changes& x) const;
};

/// Flags actors whose oldest message is too old. An actor that does not come
/// back is seen by the thread that runs it; that costs its stream nothing. The
/// services are asked once a round, and all actors only when something is wrong
/// already: who else is held up then.
lookout_actor::behavior_type lookout(
  lookout_actor::stateful_pointer<lookout_state> self,
  lookout_environment environment);

} // namespace causeway
