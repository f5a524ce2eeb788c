#pragma once

#include "actors/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace causeway {

/// What every long-lived actor keeps of itself for `inspect_request`; a member
/// of its state. Every handler calls `touch` first.
struct vitals {
  void touch() { ++handled; }

  /// Fills in everything but fields and children. Call from a handler of
  /// `self`: to ask a mailbox from outside makes its actor miss messages.
  template <class Self>
  actor_snapshot snapshot(Self* self, std::string state = "running") const {
    std::chrono::duration<double> age = std::chrono::steady_clock::now() - born;
    actor_snapshot x;
    x.id = self->id();
    x.kind = self->name();
    x.state = std::move(state);
    x.uptime = age.count();
    x.handled = handled;
    x.mailbox = self->mailbox().size();
    x.last_error = last_error;
    return x;
  }

  std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now();
  std::uint64_t handled = 0;
  std::string last_error;
};

} // namespace causeway
