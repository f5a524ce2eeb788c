#pragma once

#include <array>
#include <string_view>

namespace causeway {

/// What `state` of a session may be: its own states and those of
/// `protocol::stream` and `protocol::gateway_stream`.
inline constexpr std::array<std::string_view, 18> session_states{"established",
  "parked", "ending", "awaiting-open", "relayed", "unauthenticated",
  "authenticating", "checking", "challenged", "awaiting-restart", "unbound",
  "binding", "resuming", "resuming-here", "handed-over", "connecting",
  "reopening", "closed"};

} // namespace causeway
