#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::load {

/// Where a WebSocket server listens, RFC 6455 section 3.
struct websocket_url {
  bool secure = false;
  /// Name or address; IPv6 without brackets.
  std::string host;
  std::uint16_t port = 80;
  /// Path and query, "/" if the URL has none.
  std::string target = "/";

  /// Value of the Host header: brackets around IPv6, port unless default.
  std::string authority() const;
};

/// Nothing if `text` is no ws or wss URL, or has user information or a
/// fragment.
std::optional<websocket_url> parse_url(std::string_view text);

} // namespace causeway::load
