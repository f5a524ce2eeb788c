#include "actors/transport/proxy_protocol.hpp"

#include "config/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <optional>
#include <span>

namespace causeway {

namespace {

using config::ip_endpoint;

constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};

// Version and command, family and protocol (section 2.2).
constexpr char local_connection = 0x20;
constexpr char proxied_connection = 0x21;
constexpr char unspecified = 0x00;
constexpr char tcp_over_ipv4 = 0x11;
constexpr char tcp_over_ipv6 = 0x21;

constexpr std::array<std::uint8_t, 12> mapped_prefix{
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const ip_endpoint& x) {
  return x.v6
         && std::equal(
           mapped_prefix.begin(), mapped_prefix.end(), x.host.begin());
}

/// IPv4 on an IPv6 socket is IPv4.
ip_endpoint unmapped(const ip_endpoint& x) {
  if (!is_mapped(x))
    return x;
  ip_endpoint out{.port = x.port};
  std::copy(x.host.begin() + 12, x.host.end(), out.host.begin());
  return out;
}

ip_endpoint mapped(const ip_endpoint& x) {
  if (x.v6)
    return x;
  ip_endpoint out{.v6 = true, .port = x.port};
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), out.host.begin());
  std::copy_n(x.host.begin(), 4, out.host.begin() + 12);
  return out;
}

struct addresses {
  ip_endpoint client;
  ip_endpoint server;
};

std::optional<addresses> parse(
  std::string_view client, std::string_view server) {
  auto from = config::parse_address(client);
  auto to = config::parse_address(server);
  if (!from || !to)
    return {};
  addresses out{unmapped(*from), unmapped(*to)};
  if (out.client.v6 != out.server.v6)
    out = {mapped(out.client), mapped(out.server)};
  return out;
}

std::string to_text(const ip_endpoint& x) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (is_mapped(x)) {
    // Section 2.1 wants hexadecimal digits and colons only.
    auto group = [&](int i) { return x.host[i] << 8 | x.host[i + 1]; };
    std::snprintf(out.data(), out.size(), "::ffff:%x:%x", group(12), group(14));
  } else {
    ::inet_ntop(
      x.v6 ? AF_INET6 : AF_INET, x.host.data(), out.data(), out.size());
  }
  return out.data();
}

std::string text_header(const std::optional<addresses>& x) {
  if (!x)
    return "PROXY UNKNOWN\r\n";
  return std::string{x->client.v6 ? "PROXY TCP6 " : "PROXY TCP4 "}
         + to_text(x->client) + " " + to_text(x->server) + " "
         + std::to_string(x->client.port) + " " + std::to_string(x->server.port)
         + "\r\n";
}

void append_number(std::string& out, std::size_t x) {
  out += static_cast<char>(x >> 8);
  out += static_cast<char>(x);
}

std::string binary_header(const std::optional<addresses>& x) {
  std::string out{signature};
  if (!x) {
    out += local_connection;
    out += unspecified;
    append_number(out, 0);
    return out;
  }
  std::size_t size = x->client.v6 ? 16 : 4;
  out += proxied_connection;
  out += x->client.v6 ? tcp_over_ipv6 : tcp_over_ipv4;
  append_number(out, 2 * size + 4);
  for (auto host : {&x->client.host, &x->server.host})
    out.append(host->begin(), host->begin() + size);
  append_number(out, x->client.port);
  append_number(out, x->server.port);
  return out;
}

} // namespace

std::string proxy_header(config::proxy_protocol version,
  std::string_view client, std::string_view server) {
  switch (version) {
  case config::proxy_protocol::none: return {};
  case config::proxy_protocol::v1: return text_header(parse(client, server));
  case config::proxy_protocol::v2: return binary_header(parse(client, server));
  }
  return {};
}

} // namespace causeway
