#pragma once

#include "actors/c2s/session_table.hpp"
#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/vitals.hpp"

#include <memory>

namespace causeway {

struct session_supervisor_state {
  static inline const char* name = "session_supervisor";
  explicit session_supervisor_state(session_supervisor_actor::pointer self)
    : self{self} {}

  void adopt();
  void start(transport_opened& x);
  void forget(const caf::down_msg& x);
  void stop();
  actor_snapshot snapshot() const;

  session_supervisor_actor::pointer self;
  stream_environment_ptr environment;
  std::shared_ptr<session_table> sessions;
  std::uint32_t max_sessions = 0;
  bool stopping = false;
  vitals life;
};

/// Spawns a session around each new WebSocket and notices its end. Its death
/// ends no session: the next one adopts them.
session_supervisor_actor::behavior_type session_supervisor(
  session_supervisor_actor::stateful_pointer<session_supervisor_state> self,
  stream_environment_ptr environment, std::shared_ptr<session_table> sessions,
  std::uint32_t max_sessions);

} // namespace causeway
