#include "config/upstream_rules.hpp"

#include "config/address.hpp"
#include "config/config_error.hpp"
#include "config/syntax.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <cstdint>

namespace causeway::config {

namespace {

/// Plain TCP carries passwords and stanzas: never off loopback.
void check_place(rules& broken, const upstream& x, const std::string& path) {
  auto address = join_key(path, "address");
  auto tls = join_key(path, "tls");
  auto place = parse_host_port(x.address);
  if (!place)
    broken.push_back({address, place.error()});
  else if (x.tls == upstream_tls::none && !place->loopback)
    broken.push_back({tls,
      "none only with a loopback address such as 127.0.0.1, not with "
        + in_quotes(place->host),
      {address}});
}

void check_srv(rules& broken, const upstream& x, const std::string& path) {
  auto srv = join_key(path, "srv");
  if (x.srv.starts_with('_'))
    broken.push_back(
      {srv, "names the domain alone, without _xmpp-client._tcp, not "
              + in_quotes(x.srv)});
  else
    check(broken, srv, check_host_name(x.srv));
  if (x.tls == upstream_tls::none)
    broken.push_back({join_key(path, "tls"),
      "none needs an address: records lead to servers with TLS", {srv}});
}

/// How the certificate is judged.
void check_trust(rules& broken, const upstream& x, const std::string& path) {
  auto tls = join_key(path, "tls");
  auto ca = join_key(path, "ca");
  auto pin = join_key(path, "pin");
  auto name = join_key(path, "certificateName");
  if (!x.ca.empty())
    check(broken, ca, check_readable(x.ca));
  if (!x.pin.empty())
    check(broken, pin, check_pin(x.pin));
  if (!x.certificate_name.empty())
    check(broken, name, check_host_name(x.certificate_name));
  if (!x.ca.empty() && !x.pin.empty())
    broken.push_back(
      {pin, "contradicts ca: a pinned key needs no authority", {ca}});
  auto judged = !x.ca.empty() || !x.pin.empty() || !x.certificate_name.empty();
  if (x.tls == upstream_tls::none && judged)
    broken.push_back({tls,
      "none contradicts ca, pin and certificateName: there is no certificate",
      {ca, pin, name}});
}

void check_upstream(rules& broken, const upstream& x, const std::string& path) {
  auto address = join_key(path, "address");
  auto srv = join_key(path, "srv");
  if (x.address.empty() && x.srv.empty())
    broken.push_back(
      {path, "needs an address such as 127.0.0.1:5222, or srv: DOMAIN",
        {address, srv}});
  else if (!x.address.empty() && !x.srv.empty())
    broken.push_back({srv, "contradicts address: only one of them", {address}});
  else if (x.srv.empty())
    check_place(broken, x, path);
  else
    check_srv(broken, x, path);
  check_trust(broken, x, path);
}

/// What comes from upstream must fit where it waits for the client: reading
/// stops at the window, but takes a last stanza whole.
void check_sizes(rules& broken, const configuration& x) {
  std::string queue = "websocket.maxWriteQueue";
  std::string unacked = "stream.management.maxUnackedBytes";
  auto& upstream = x.gateway;
  if (upstream.max_stanza > x.stream.management.max_unacked_bytes)
    broken.push_back(
      {"gateway.maxStanza", "must not exceed " + unacked, {unacked}});
  auto sum = std::uint64_t{upstream.max_stanza} + upstream.read_window;
  if (sum > x.websocket.max_write_queue)
    broken.push_back({"gateway.maxStanza",
      "must not exceed, together with gateway.readWindow, " + queue + " ("
        + std::to_string(sum) + " > "
        + std::to_string(x.websocket.max_write_queue) + ')',
      {"gateway.readWindow", queue}});
}

} // namespace

void check_upstreams(rules& broken, const configuration& x) {
  for (const auto& [name, domain] : x.domains) {
    auto list = join_key(join_key("domains", name), "upstream");
    for (std::size_t i = 0; i < domain.upstream.size(); ++i)
      check_upstream(broken, domain.upstream[i], join_index(list, i));
    if (domain.edge_resume && domain.upstream.empty())
      broken.push_back({join_key(join_key("domains", name), "edgeResume"),
        "needs upstream: sessions of a domain served here are held anyway",
        {list}});
  }
}

void check_gateway(rules& broken, const configuration& x) {
  const auto& servers = x.gateway.name_servers;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    auto key = join_index("gateway.nameServers", i);
    auto server = parse_address(servers[i]);
    if (!server)
      broken.push_back({key, server.error()});
    else if (server->port == 0)
      broken.push_back({key, "port must be between 1 and 65535, not \"0\""});
  }
  auto is_linked = [](const auto& entry) {
    return !entry.second.upstream.empty();
  };
  if (std::ranges::any_of(x.domains, is_linked))
    check_sizes(broken, x);
}

} // namespace causeway::config
