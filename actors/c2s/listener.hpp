#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/transport/acceptor.hpp"

#include <memory>
#include <string>

namespace causeway {

struct listener_state {
  static inline const char* name = "listener";
  explicit listener_state(listener_actor::pointer self) : self{self} {}

  void hand_over(transport_opened& x);
  void fail(acceptor_failed& x);
  void stop();
  actor_snapshot snapshot() const;

  listener_actor::pointer self;
  std::shared_ptr<acceptor> socket;
  std::shared_ptr<handle_cell<session_supervisor_actor>> supervisor;
  std::uint64_t opened = 0;
  bool stopping = false;
  vitals life;
};

/// Keeps a listening socket; hands each WebSocket to the supervisor of the
/// moment. Its death closes the socket and ends no stream.
listener_actor::behavior_type listener(
  listener_actor::stateful_pointer<listener_state> self,
  std::shared_ptr<acceptor> socket,
  std::shared_ptr<handle_cell<session_supervisor_actor>> supervisor);

} // namespace causeway
