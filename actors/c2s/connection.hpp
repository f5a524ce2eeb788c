#pragma once

#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/transport/transport.hpp"

#include <vector>

namespace causeway {

struct connection_state {
  static inline const char* name = "connection";
  explicit connection_state(connection_actor::pointer self) : self{self} {}
  ~connection_state();

  void receive(frame_ptr message);
  void write(send_out& x);
  void report_silence(silence_noticed x);
  void report_end(const transport_closed& how);
  void use_parser(parser_actor x);
  void pause(pause_messages x);
  void adopt(connection_adopted& x);
  void close(close_connection x);
  void raise_message_limit(raise_limit x);
  void change_policy(policy_changed& x);
  void owner_down(const caf::error& reason);
  actor_snapshot snapshot() const;

  connection_actor::pointer self;
  session_actor owner;
  parser_actor parser;
  transport_ptr socket;
  stream_environment_ptr environment;
  /// Frames that no parser has finished yet, oldest first; bounded by the
  /// read window.
  std::vector<frame_ptr> unparsed;
  bool started = false;
  /// Messages wait for the parser of another session.
  bool paused = false;
  bool closing = false;
  /// The client has logged in.
  bool raised = false;
  /// Bytes in the write queue that were sent again after a resumption: room
  /// beyond its bound.
  std::size_t resent = 0;
  wire_probe probe;
  vitals life;

 private:
  void forget_parsed();
  void show(wire_way way, std::string_view text);
};

/// What has passed by, for inspection.
void add_counters(snapshot_fields& to, const transport& from);

/// The WebSocket end of one stream: read credit, write bound, liveness.
/// Starts to read when it gets its parser. Outlives `owner` until what is
/// queued is written, at most for the close timeout.
connection_actor::behavior_type connection(
  connection_actor::stateful_pointer<connection_state> self,
  session_actor owner, transport_ptr socket,
  stream_environment_ptr environment);

} // namespace causeway
