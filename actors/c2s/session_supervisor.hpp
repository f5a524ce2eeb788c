#pragma once

#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/vitals.hpp"

#include <memory>
#include <unordered_map>

namespace causeway {

/// The sessions of a node by actor id. Belongs to the node, so that a new
/// supervisor takes over the sessions of one that died. Only the supervisor
/// of the moment touches it.
using session_table = std::unordered_map<caf::actor_id, session_actor>;

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
