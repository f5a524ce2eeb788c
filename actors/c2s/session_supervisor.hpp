#pragma once

#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/vitals.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace causeway {

/// The sessions of a node. Belongs to the node, so that a new supervisor takes
/// over the sessions of one that died. Every member may be called from any
/// thread.
class session_table {
 public:
  void add(session_actor x) {
    std::lock_guard guard{mutex_};
    auto id = x.id();
    sessions_.emplace(id, std::move(x));
  }
  void remove(caf::actor_id id) {
    std::lock_guard guard{mutex_};
    sessions_.erase(id);
  }
  std::size_t size() const {
    std::lock_guard guard{mutex_};
    return sessions_.size();
  }
  /// In the order in which they began.
  std::vector<session_actor> all() const {
    std::lock_guard guard{mutex_};
    std::vector<session_actor> list;
    list.reserve(sessions_.size());
    for (auto& [id, x] : sessions_)
      list.push_back(x);
    return list;
  }

 private:
  mutable std::mutex mutex_;
  std::map<caf::actor_id, session_actor> sessions_;
};

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
