#pragma once

#include "actors/interfaces.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causeway {

/// Which sessions are wanted; empty texts stand for any.
struct session_filter {
  /// Bare or full JID, or a pattern with `*`.
  std::string jid;
  std::string domain;
  /// Address, or network such as 192.0.2.0/24.
  std::string ip;
  /// "established", "parked", ...
  std::string state;
  /// no, here, upstream or edge.
  std::string resume;

  bool is_any() const {
    return jid.empty() && domain.empty() && ip.empty() && state.empty()
           && resume.empty();
  }
};

/// The snapshot of a session fits.
bool is_wanted(const session_filter& wanted, const actor_snapshot& session);

/// Addresses that begin with the same bits; IPv4 stands as mapped to IPv6.
struct network {
  std::array<std::uint8_t, 16> address{};
  unsigned bits = 128;
};

/// Reads "192.0.2.7", "192.0.2.0/24", "2001:db8::/32", "[::1]".
std::optional<network> parse_network(std::string_view text);

/// Whether an address with a port, "127.0.0.1:5000" or "[::1]:5000", is in it.
bool contains(const network& x, std::string_view address);

/// Whether `text` fits a pattern in which `*` stands for any text.
bool fits_pattern(std::string_view pattern, std::string_view text);

} // namespace causeway
