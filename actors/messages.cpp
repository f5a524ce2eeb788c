#include "actors/messages.hpp"

namespace causeway {

std::string_view to_string(close_cause x) {
  switch (x) {
  case close_cause::peer_closed: return "peer-closed";
  case close_cause::connection_lost: return "connection-lost";
  case close_cause::pong_timeout: return "pong-timeout";
  case close_cause::protocol_violation: return "protocol-violation";
  case close_cause::closed_here: return "closed-here";
  case close_cause::tls_failed: return "tls-failed";
  }
  return "unknown";
}

} // namespace causeway
