#pragma once

#include "actors/c2s/client_line.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/transport/transport.hpp"

#include <memory>

namespace causeway {

struct connection_state {
  static inline const char* name = "connection";
  explicit connection_state(connection_actor::pointer self) : self{self} {}
  ~connection_state();

  void report_overflow();
  void report_silence(silence_noticed x);
  void report_end(const transport_closed& how);
  void use_parser(parser_actor x);
  void pause(pause_messages x);
  void adopt(connection_adopted& x);
  void close(close_connection x);
  void change_policy(policy_changed& x);
  void owner_down(const caf::error& reason);
  actor_snapshot snapshot() const;

  connection_actor::pointer self;
  session_actor owner;
  transport_ptr socket;
  /// What passes between it and the stream's actors.
  std::shared_ptr<client_line> line;
  stream_environment_ptr environment;
  bool started = false;
  vitals life;
};

/// What has passed by, for inspection.
void add_counters(snapshot_fields& to, const client_line& from);

/// The WebSocket end of one stream: what may pass by `line`, liveness, the end.
/// Starts to read when it gets its parser. Outlives `owner` until what is
/// queued is written, at most for the close timeout.
connection_actor::behavior_type connection(
  connection_actor::stateful_pointer<connection_state> self,
  session_actor owner, transport_ptr socket, std::shared_ptr<client_line> line,
  stream_environment_ptr environment);

} // namespace causeway
