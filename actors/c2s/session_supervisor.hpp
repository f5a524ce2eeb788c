#pragma once

#include "actors/c2s/session_table.hpp"
#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/vitals.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace causeway {

struct session_supervisor_state {
  static inline const char* name = "session_supervisor";
  explicit session_supervisor_state(session_supervisor_actor::pointer self)
    : self{self} {}

  void adopt();
  void start(transport_opened& x);
  void forget(const caf::down_msg& x);
  caf::result<sessions_restored> restore(restore_sessions& x);
  void change_policy(policy_changed& x);
  void stop();
  actor_snapshot snapshot() const;

  session_supervisor_actor::pointer self;
  stream_environment_ptr environment;
  std::shared_ptr<session_table> sessions;
  bool stopping = false;

  /// Sessions that have not answered yet how they rest, or were restored.
  std::size_t awaited = 0;
  std::vector<session_actor> resting;
  std::vector<inspectable_actor> links;
  std::size_t restored = 0;
  vitals life;

 private:
  /// What the resting sessions have sent must reach those it is for before any
  /// of them is saved: each of these rounds is done when all in it have handled
  /// what they had.
  void flush();
  void next_round();
  std::deque<std::vector<inspectable_actor>> rounds;
};

/// Spawns a session around each new WebSocket and notices its end. Its death
/// ends no session: the next one adopts them.
session_supervisor_actor::behavior_type session_supervisor(
  session_supervisor_actor::stateful_pointer<session_supervisor_state> self,
  stream_environment_ptr environment, std::shared_ptr<session_table> sessions);

} // namespace causeway
