#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"

namespace causeway {

struct parser_state {
  static inline const char* name = "parser";
  explicit parser_state(parser_actor::pointer self) : self{self} {}
  ~parser_state();

  void parse(frame& message);
  actor_snapshot snapshot() const;

  parser_actor::pointer self;
  caf::actor_addr owner;
  tracker_actor tracker;
  protocol::xml_limits limits;
  connection_epoch epoch = 0;
  std::uint64_t parsed = 0;
  std::uint64_t refused = 0;
  vitals life;
};

/// Turns each text message of one stream into a checked element (RFC 7395
/// section 3.3.3), of the connection with this epoch. Quits with `owner`.
parser_actor::behavior_type parser(
  parser_actor::stateful_pointer<parser_state> self, session_actor owner,
  tracker_actor tracker, protocol::xml_limits limits, connection_epoch epoch);

} // namespace causeway
