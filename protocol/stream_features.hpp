#pragma once

#include "protocol/element.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace causeway::protocol {

/// What XEP-0478 tells the client; 0 leaves a limit out.
struct stream_limits {
  std::uint32_t max_bytes = 0;
  std::uint32_t idle_seconds = 0;
};

/// `<limits/>` of XEP-0478; nothing where none is set.
std::optional<element> limits_element(const stream_limits& limits);

/// `<stream:features/>` before authentication: the SASL mechanisms.
/// STARTTLS and compression have no place on a WebSocket (W32).
std::string features_before_auth(
  std::span<const std::string> mechanisms, const stream_limits& limits);

/// `<stream:features/>` after authentication: bind, session, and Stream
/// Management if `offer_sm`.
std::string features_after_auth(bool offer_sm, const stream_limits& limits);

} // namespace causeway::protocol
