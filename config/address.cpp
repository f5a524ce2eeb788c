#include "config/address.hpp"

#include "config/config_error.hpp"
#include "config/syntax.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>
#include <span>

namespace causeway::config {

namespace {

constexpr std::uint8_t v4_mapped[12] = {
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_name(std::string_view text) {
  return std::ranges::any_of(
    text, [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
}

struct address_parts {
  std::string_view host;
  std::string_view port;
};

/// Cuts at the colon before the port.
std::optional<address_parts> split(std::string_view text) {
  auto colon = text.rfind(':');
  auto bracket = text.rfind(']');
  if (colon == text.npos || (bracket != text.npos && bracket > colon))
    return std::nullopt;
  return address_parts{text.substr(0, colon), text.substr(colon + 1)};
}

} // namespace

bool ip_endpoint::is_loopback() const {
  if (!v6)
    return host[0] == 127;
  if (std::ranges::equal(v4_mapped, std::span{host}.first<12>()))
    return host[12] == 127;
  return host[15] == 1
         && std::ranges::all_of(
           std::span{host}.first<15>(), [](auto byte) { return byte == 0; });
}

bool ip_endpoint::is_wildcard() const {
  return std::ranges::all_of(host, [](auto byte) { return byte == 0; });
}

bool ip_endpoint::overlaps(const ip_endpoint& other) const {
  return port != 0 && port == other.port && v6 == other.v6
         && (host == other.host || is_wildcard() || other.is_wildcard());
}

parsed<std::uint16_t> parse_port(std::string_view text, std::uint16_t min) {
  auto port = parse_integer(text);
  if (!port || *port < min || *port > 65535)
    return "port must be between " + std::to_string(min) + " and 65535, not "
           + in_quotes(text);
  return static_cast<std::uint16_t>(*port);
}

parsed<ip_endpoint> parse_host(std::string_view text) {
  ip_endpoint result;
  result.v6 = text.starts_with('[');
  if (result.v6 && !text.ends_with(']'))
    return "expected ] after the IPv6 address in " + in_quotes(text);
  auto host = std::string{result.v6 ? text.substr(1, text.size() - 2) : text};
  if (inet_pton(
        result.v6 ? AF_INET6 : AF_INET, host.c_str(), result.host.data())
      == 1)
    return result;
  if (result.v6)
    return in_quotes(host) + " is no IPv6 address";
  if (host.find(':') != host.npos)
    return std::string{"an IPv6 address stands in brackets: \"[::1]:7070\""};
  if (is_name(host))
    return "host names are not resolved, use an IP address such as 127.0.0.1 "
           "in place of "
           + in_quotes(host);
  return in_quotes(host) + " is no IPv4 address";
}

parsed<ip_endpoint> parse_address(std::string_view text) {
  if (text.empty())
    return std::string{"needs an address such as 127.0.0.1:7070"};
  auto parts = split(text);
  if (!parts)
    return "expected ADDRESS:PORT, as in 127.0.0.1:7070 or [::1]:7070, not "
           + in_quotes(text);
  auto result = parse_host(parts->host);
  if (!result)
    return result;
  auto port = parse_port(parts->port, 0);
  if (!port)
    return port.error();
  result->port = *port;
  return result;
}

parsed<host_port> parse_host_port(std::string_view text) {
  // A text alone could be either part of the result.
  auto refuse = [](std::string reason) {
    return parsed<host_port>{boost::system::in_place_error, std::move(reason)};
  };
  auto parts = split(text);
  if (!parts)
    return refuse("expected HOST:PORT, as in 127.0.0.1:5222, [::1]:5222 or "
                  "xmpp.example.org:5222, not "
                  + in_quotes(text));
  host_port result;
  if (is_name(parts->host) && !parts->host.starts_with('[')) {
    if (auto reason = check_host_name(parts->host))
      return refuse(*reason);
    result.host = parts->host;
  } else {
    auto address = parse_host(parts->host);
    if (!address)
      return refuse(address.error());
    result.loopback = address->is_loopback();
    auto brackets = address->v6 ? 1 : 0;
    result.host =
      parts->host.substr(brackets, parts->host.size() - 2 * brackets);
  }
  auto port = parse_port(parts->port, 1);
  if (!port)
    return refuse(port.error());
  result.port = *port;
  return result;
}

} // namespace causeway::config
