#include "actors/watchdog.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

void watchdog_state::start_pulse() {
  life.touch();
  auto vital = environment.vital();
  auto number = ++number_;
  begun_ = std::chrono::steady_clock::now();
  // One that is being replaced answers the next time.
  if (std::any_of(vital.begin(), vital.end(), [](auto& x) { return !x; })) {
    end_pulse(false);
    return;
  }
  awaited_ = vital.size() + 1;
  environment.when_all_passed([to = self->address(), number] {
    if (auto strong = caf::actor_cast<watchdog_actor>(to))
      caf::anon_send(strong, threads_passed{number});
  });
  // One that died with the question does not answer: its successor is asked.
  for (auto& x : vital)
    self->request(x, environment.interval, inspect_request{})
      .then([this, number](const actor_snapshot&) { check_off(number); },
        [this, number](const caf::error&) {
          if (number == number_ && awaited_ > 0)
            end_pulse(false);
        });
}

void watchdog_state::passed(std::uint64_t number) {
  life.touch();
  check_off(number);
}

void watchdog_state::check_off(std::uint64_t number) {
  if (number == number_ && awaited_ > 0 && --awaited_ == 0)
    end_pulse(true);
}

void watchdog_state::end_pulse(bool alive) {
  awaited_ = 0;
  if (alive) {
    ++pulses_;
    took_ = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begun_);
    environment.alive();
  }
  environment.after(environment.interval, [to = self->address()] {
    if (auto strong = caf::actor_cast<watchdog_actor>(to))
      caf::anon_send(strong, pulse_due{});
  });
}

actor_snapshot watchdog_state::snapshot() const {
  auto x = life.snapshot(self, awaited_ > 0 ? "asking" : "waiting");
  x.fields = {{"pulses", std::to_string(pulses_)},
    {"last_took_ms", std::to_string(took_.count())}};
  return x;
}

watchdog_actor::behavior_type watchdog(
  watchdog_actor::stateful_pointer<watchdog_state> self,
  watchdog_environment environment) {
  self->state.environment = std::move(environment);
  self->send(watchdog_actor{self}, pulse_due{});
  return {
    [self](pulse_due) { self->state.start_pulse(); },
    [self](threads_passed x) { self->state.passed(x.number); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
