#pragma once

#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/transport/transport.hpp"

#include <optional>
#include <string>

namespace causeway {

struct session_state {
  static inline const char* name = "session";
  explicit session_state(session_actor::pointer self) : self{self} {}

  void start(transport_ptr socket, stream_environment_ptr shared);
  void negotiate(const protocol::element_ptr& x);
  /// Feeds the machine and does what it says; asks for the next element
  /// unless an answer has to come first or the stream has ended.
  void step(const protocol::stream_event& event);
  void fail(protocol::stream_error condition, std::string text,
    std::string application = {});
  void handle_silence(silence_noticed x);
  void handle_end(const connection_ended& x);
  void handle_down(const caf::down_msg& x);
  actor_snapshot snapshot() const;

  session_actor::pointer self;
  stream_environment_ptr environment;
  std::optional<protocol::stream> stream;
  connection_actor connection;
  parser_actor parser;
  tracker_actor tracker;
  link_actor link;
  peer_facts peer;
  std::string stream_id;
  std::string jid;
  std::string mechanism;
  route_id route = 0;
  std::uint32_t parsers_lost = 0;
  /// The stream is over; link and tracker are about to end.
  bool ending = false;
  vitals life;

 private:
  // Each returns true where the machine waits for an answer from elsewhere.
  bool perform(protocol::send_text& x);
  bool perform(protocol::find_credentials& x);
  bool perform(protocol::check_password& x);
  bool perform(protocol::authenticated& x);
  bool perform(protocol::authentication_failed& x);
  bool perform(protocol::bind_resource& x);
  bool perform(protocol::establish& x);
  void close(std::vector<std::string> farewell, std::string_view reason);
  void bound(bind_answer& x);
  void replace_parser(const caf::error& reason);
  void cut(std::string_view reason);
  /// Ends link and tracker, then this actor.
  void finish(std::string_view reason);
  void quit_after_children();
};

/// One client stream (RFC 7395): negotiates, owns connection, parser, tracker
/// and link, and says what the end of each means. Its own death ends this
/// stream alone.
session_actor::behavior_type session(
  session_actor::stateful_pointer<session_state> self, transport_ptr socket,
  stream_environment_ptr environment);

} // namespace causeway
