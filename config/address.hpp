#pragma once

#include "config/scalars.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::config {

/// Where a listener listens.
struct ip_endpoint {
  bool v6 = false;
  /// In network order; IPv4 uses the first four bytes.
  std::array<std::uint8_t, 16> host{};
  /// 0 lets the system choose.
  std::uint16_t port = 0;

  bool operator==(const ip_endpoint&) const = default;

  /// Reachable from this machine only.
  bool is_loopback() const;
  /// All addresses of the family.
  bool is_wildcard() const;
  /// Whether both cannot be listened on at a time.
  bool overlaps(const ip_endpoint& other) const;
};

/// "IPv4:PORT" or "[IPv6]:PORT"; host names are refused, since what they mean
/// may change or be several addresses.
parsed<ip_endpoint> parse_address(std::string_view text);

/// Where a server listens that is connected to.
struct host_port {
  /// Name or address, IPv6 without its brackets.
  std::string host;
  std::uint16_t port = 0;
  /// A loopback address; never set for a name.
  bool loopback = false;
};

/// "NAME:PORT", "IPv4:PORT" or "[IPv6]:PORT" with a port from 1.
parsed<host_port> parse_host_port(std::string_view text);

/// Decimal port in a range of which 65535 is the end.
parsed<std::uint16_t> parse_port(std::string_view text, std::uint16_t min);

/// "IPv4" or "[IPv6]"; the port is 0.
parsed<ip_endpoint> parse_host(std::string_view text);

} // namespace causeway::config
