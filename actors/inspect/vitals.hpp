#pragma once

#include "actors/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#ifdef CAUSEWAY_TEST_HOOKS
#include <thread>
#endif

namespace causeway {

/// What every long-lived actor keeps of itself for `inspect_request`; a member
/// of its state. Every handler calls `touch` first.
struct vitals {
  void touch() { ++handled; }

  /// Fills in everything but parent, fields and children. Call from a handler
  /// of `self`: to ask a mailbox from outside makes its actor miss messages.
  template <class Self>
  actor_snapshot snapshot(Self* self, std::string state = "running") const {
    hang_if_asked(*self);
    std::chrono::duration<double> age = std::chrono::steady_clock::now() - born;
    actor_snapshot x;
    x.id = self->id();
    x.kind = self->name();
    x.state = std::move(state);
    x.uptime = age.count();
    x.handled = handled;
    x.mailbox = self->mailbox().size();
    x.last_error = last_error;
    if (self->getf(caf::abstract_actor::is_detached_flag))
      x.busy = thread_seconds();
    return x;
  }

  std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now();
  std::uint64_t handled = 0;
  std::string last_error;

 private:
  static double thread_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec)
           + static_cast<double>(now.tv_nsec) / 1e9;
  }

  // What shall be seen from outside is an actor whose handler does not return.
  template <class Self>
  static void hang_if_asked([[maybe_unused]] Self& self) {
#ifdef CAUSEWAY_TEST_HOOKS
    auto* message = self.current_mailbox_element();
    if (!message)
      return;
    auto& content = message->content();
    if (content.size() == 1
        && content.template match_element<inspect_request>(0))
      std::this_thread::sleep_for(
        content.template get_as<inspect_request>(0).hang);
#endif
  }
};

} // namespace causeway
