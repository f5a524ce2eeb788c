#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causeway {

/// Where `<see-other-host/>` points (RFC 6120 section 4.9.3.19).
struct redirection {
  /// Name or address, without brackets.
  std::string host;
  /// 0: the same port as before.
  std::uint16_t port = 0;
};

/// Reads "host", "host:port", "[IPv6]" or "[IPv6]:port"; nullopt for anything
/// else.
std::optional<redirection> parse_redirection(std::string_view text);

} // namespace causeway
