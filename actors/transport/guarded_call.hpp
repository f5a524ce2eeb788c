#pragma once

#include "actors/inspect/event_log.hpp"

#include <exception>

namespace causeway {

/// Calls one of several that an event loop serves: out of memory for it must
/// not hold up the others.
template <class F>
void call_guarded(F&& f) noexcept {
  try {
    f();
  } catch (const std::exception& error) {
    log_event(
      log_level::error, "io_handler_failed", {{"reason", error.what()}});
  }
}

} // namespace causeway
