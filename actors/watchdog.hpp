#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace causeway {

/// What the watchdog looks at, and whom it tells.
struct watchdog_environment {
  /// The actors without which nothing works; a null handle: being replaced.
  std::function<std::vector<inspectable_actor>()> vital;
  /// Calls back once every thread that runs actors has come by.
  std::function<void(std::function<void()>)> when_all_passed;
  std::function<void(std::chrono::milliseconds, std::function<void()>)> after;
  /// From the end of one pulse to the next.
  std::chrono::milliseconds interval;
  /// The node works.
  std::function<void()> alive;
};

struct watchdog_state {
  static inline const char* name = "watchdog";
  explicit watchdog_state(watchdog_actor::pointer self) : self{self} {}

  void start_pulse();
  void passed(std::uint64_t number);
  actor_snapshot snapshot() const;

  watchdog_actor::pointer self;
  watchdog_environment environment;
  vitals life;

 private:
  void check_off(std::uint64_t number);
  void end_pulse(bool alive);

  /// Of the pulse under way.
  std::uint64_t number_ = 0;
  /// Who has not answered it yet; 0: none is under way.
  std::size_t awaited_ = 0;
  std::uint64_t pulses_ = 0;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::milliseconds took_{0};
};

/// Says that the node is alive as often as that is proven: each io thread has
/// run what was posted to it, and each vital actor has answered a message. If
/// one of them hangs, nothing is said any more, and the service manager kills
/// the process and starts the next.
watchdog_actor::behavior_type watchdog(
  watchdog_actor::stateful_pointer<watchdog_state> self,
  watchdog_environment environment);

} // namespace causeway
