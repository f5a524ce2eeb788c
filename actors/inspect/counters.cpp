#include "actors/inspect/counters.hpp"

namespace causeway {

std::string_view to_string(counter x) {
  switch (x) {
  case counter::connections_accepted: return "connections_accepted";
  case counter::connections_refused: return "connections_refused";
  case counter::handshakes_failed: return "handshakes_failed";
  case counter::sessions_started: return "sessions_started";
  case counter::sessions_ended: return "sessions_ended";
  case counter::sessions_failed: return "sessions_failed";
  case counter::auth_succeeded: return "auth_succeeded";
  case counter::auth_failed: return "auth_failed";
  case counter::stanzas_in: return "stanzas_in";
  case counter::stanzas_routed: return "stanzas_routed";
  case counter::stanzas_returned: return "stanzas_returned";
  case counter::stanzas_bounced: return "stanzas_bounced";
  case counter::stanzas_dropped: return "stanzas_dropped";
  case counter::stanzas_lost: return "stanzas_lost";
  case counter::offline_stored: return "offline_stored";
  case counter::offline_delivered: return "offline_delivered";
  case counter::offline_refused: return "offline_refused";
  case counter::stream_errors: return "stream_errors";
  case counter::sm_enabled: return "sm_enabled";
  case counter::sm_overflows: return "sm_overflows";
  case counter::sm_edge_only: return "sm_edge_only";
  case counter::write_queue_overflows: return "write_queue_overflows";
  case counter::parsers_replaced: return "parsers_replaced";
  case counter::actors_failed: return "actors_failed";
  case counter::sessions_parked: return "sessions_parked";
  case counter::sessions_resumed: return "sessions_resumed";
  case counter::sessions_expired: return "sessions_expired";
  case counter::resumptions_refused: return "resumptions_refused";
  case counter::sessions_saved: return "sessions_saved";
  case counter::sessions_restored: return "sessions_restored";
  case counter::upstream_connected: return "upstream_connected";
  case counter::upstream_failed: return "upstream_failed";
  case counter::upstream_lost: return "upstream_lost";
  case counter::upstream_redirected: return "upstream_redirected";
  case counter::upstream_hibernated: return "upstream_hibernated";
  case counter::sessions_crowded_out: return "sessions_crowded_out";
  case counter::resumptions_refused_not_found:
    return "resumptions_refused_not_found";
  case counter::resumptions_refused_unexpected:
    return "resumptions_refused_unexpected";
  case counter::resumptions_refused_upstream:
    return "resumptions_refused_upstream";
  case counter::acks_sent: return "acks_sent";
  case counter::acks_requested: return "acks_requested";
  case counter::acks_received: return "acks_received";
  case counter::returned_delivered: return "returned_delivered";
  case counter::returned_stored: return "returned_stored";
  case counter::returned_bounced: return "returned_bounced";
  case counter::poison_stanzas: return "poison_stanzas";
  case counter::sm_edge_held: return "sm_edge_held";
  case counter::edge_stanzas_lost: return "edge_stanzas_lost";
  case counter::actors_stuck: return "actors_stuck";
  case counter::trace_left_out: return "trace_left_out";
  case counter::sm_enable_refused: return "sm_enable_refused";
  case counter::resumptions_refused_unsupported:
    return "resumptions_refused_unsupported";
  case counter::sessions_expired_operator: return "sessions_expired_operator";
  case counter::sessions_kicked: return "sessions_kicked";
  case counter::sessions_replaced: return "sessions_replaced";
  case counter::end: break;
  }
  return "unknown";
}

} // namespace causeway
