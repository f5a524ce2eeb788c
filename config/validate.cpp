#include "config/validate.hpp"

#include "config/address.hpp"
#include "config/config_error.hpp"
#include "config/rules.hpp"
#include "config/syntax.hpp"
#include "config/upstream_rules.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <sys/un.h>

namespace causeway::config {

namespace {

namespace fs = std::filesystem;

void check_node(rules& broken, const configuration& x) {
  check(broken, "node.name", check_node_name(x.node.name));
  std::error_code error;
  auto status = fs::status(x.node.data, error);
  if (x.node.data.empty())
    broken.push_back({"node.data", "must name a folder"});
  else if (fs::exists(status) && !fs::is_directory(status))
    broken.push_back(
      {"node.data", in_quotes(x.node.data) + " is not a folder"});
}

void check_certificate(
  rules& broken, const listener_tls& x, const std::string& path) {
  auto certificate = join_key(path, "certificate");
  auto key = join_key(path, "key");
  if (x.certificate.empty() || x.key.empty())
    broken.push_back({path,
      std::string{"needs certificate and key, but "}
        + (x.key.empty() ? "key" : "certificate") + " is missing",
      {certificate, key}});
  if (!x.certificate.empty())
    check(broken, certificate, check_readable(x.certificate));
  if (!x.key.empty())
    check(broken, key, check_readable(x.key));
}

void check_tls(rules& broken, const listener& x, const std::string& path) {
  auto tls = join_key(path, "tls");
  if (x.tls.size() == 1)
    check_certificate(broken, x.tls.front(), tls);
  else
    for (std::size_t i = 0; i < x.tls.size(); ++i)
      check_certificate(broken, x.tls[i], join_index(tls, i));
  if (x.insecure && x.secure)
    broken.push_back({join_key(path, "insecure"),
      "contradicts tls: it allows plain ws", {tls}});
}

/// Plain ws carries passwords: loopback only, unless a proxy adds TLS.
void check_plain(rules& broken, const listener& x, const ip_endpoint& endpoint,
  const std::string& path) {
  if (!x.secure && !x.insecure && !endpoint.is_loopback())
    broken.push_back({join_key(path, "address"),
      "plain ws only on loopback; add tls, or insecure: true behind a TLS "
      "proxy",
      {join_key(path, "tls"), join_key(path, "insecure")}});
}

void check_listeners(rules& broken, const configuration& x) {
  if (x.listeners.empty())
    broken.push_back({"listeners", "needs at least one listener"});
  std::vector<std::optional<ip_endpoint>> earlier;
  for (const auto& listener : x.listeners) {
    auto path = join_index("listeners", earlier.size());
    auto address = join_key(path, "address");
    auto endpoint = parse_address(listener.address);
    check_tls(broken, listener, path);
    if (!endpoint) {
      broken.push_back({address, endpoint.error()});
      earlier.push_back(std::nullopt);
      continue;
    }
    check_plain(broken, listener, *endpoint, path);
    auto same = std::ranges::find_if(earlier,
      [&](const auto& other) { return other && endpoint->overlaps(*other); });
    if (same != earlier.end()) {
      auto other = join_index("listeners", same - earlier.begin());
      broken.push_back({address, "overlaps the address of " + other,
        {join_key(other, "address")}});
    }
    earlier.push_back(*endpoint);
  }
}

void check_control_socket(rules& broken, const configuration& x) {
  auto given = !x.admin.socket.empty();
  auto path =
    given ? x.admin.socket : (fs::path{x.node.data} / "causeway.sock").string();
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    broken.push_back({given ? "admin.socket" : "node.data",
      "the path of the control socket is longer than "
        + std::to_string(sizeof(sockaddr_un::sun_path) - 1)
        + " bytes: " + in_quotes(path)});
}

/// It carries tokens: loopback only, unless there is TLS.
void check_http(rules& broken, const configuration& x) {
  const auto& admin = x.admin;
  std::string certificate{"admin.httpCertificate"};
  std::string key{"admin.httpKey"};
  if (admin.http_certificate.empty() != admin.http_key.empty())
    broken.push_back({admin.http_key.empty() ? certificate : key,
      "needs both certificate and key", {certificate, key}});
  else if (!admin.http_certificate.empty()) {
    check(broken, certificate, check_readable(admin.http_certificate));
    check(broken, key, check_readable(admin.http_key));
  }
  if (admin.http.empty())
    return;
  auto endpoint = parse_address(admin.http);
  if (!endpoint) {
    broken.push_back({"admin.http", endpoint.error()});
    return;
  }
  if (admin.http_certificate.empty() && !endpoint->is_loopback())
    broken.push_back({"admin.http",
      "plain HTTP only on loopback; add httpCertificate and httpKey",
      {certificate, key}});
  for (std::size_t i = 0; i < x.listeners.size(); ++i) {
    auto other = parse_address(x.listeners[i].address);
    auto address = join_key(join_index("listeners", i), "address");
    if (other && endpoint->overlaps(*other))
      broken.push_back({"admin.http",
        "overlaps the address of listeners[" + std::to_string(i) + "]",
        {address}});
  }
}

void check_admin(rules& broken, const configuration& x) {
  check_control_socket(broken, x);
  check_http(broken, x);
  for (std::size_t i = 0; i < x.admin.hosts.size(); ++i)
    check(
      broken, join_index("admin.hosts", i), check_host_name(x.admin.hosts[i]));
  auto check_files = [&](const std::string& key, const auto& files) {
    for (std::size_t i = 0; i < files.size(); ++i)
      check(broken, join_index(key, i), check_readable(files[i]));
  };
  check_files("admin.adminTokens", x.admin.admin_tokens);
  check_files("admin.readOnlyTokens", x.admin.read_only_tokens);
}

void check_websocket(rules& broken, const websocket& x) {
  check(broken, "websocket.path", check_path(x.path));
  for (std::size_t i = 0; i < x.origins.size(); ++i)
    check(
      broken, join_index("websocket.origins", i), check_origin(x.origins[i]));
  if (x.origins.empty() && !x.allow_missing_origin)
    broken.push_back({"websocket.origins",
      "no client could connect: the list is empty and allowMissingOrigin is "
      "false",
      {"websocket.allowMissingOrigin"}});
  if (x.max_message_before_auth > x.max_message)
    broken.push_back({"websocket.maxMessageBeforeAuth",
      "must not exceed maxMessage", {"websocket.maxMessage"}});
  if (x.max_write_queue < x.max_message)
    broken.push_back({"websocket.maxWriteQueue",
      "must hold one message, so at least maxMessage",
      {"websocket.maxMessage"}});
}

void check_stream(rules& broken, const configuration& x) {
  const auto& management = x.stream.management;
  if (management.request_frequency > management.max_unacked)
    broken.push_back({"stream.management.requestFrequency",
      "must not exceed maxUnacked, or no ack is asked for in time",
      {"stream.management.maxUnacked"}});
  if (management.max_unacked_bytes < x.websocket.max_message)
    broken.push_back({"stream.management.maxUnackedBytes",
      "must hold one message, so at least websocket.maxMessage",
      {"websocket.maxMessage"}});
  for (std::size_t i = 0; i < management.keys.size(); ++i)
    check(broken, join_index("stream.management.keys", i),
      check_readable(management.keys[i]));
}

void check_auth(rules& broken, const std::vector<std::string>& auth,
  const std::string& path) {
  if (auth.empty())
    broken.push_back({path, "needs at least one SASL mechanism"});
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < auth.size(); ++i) {
    auto item = join_index(path, i);
    check(broken, item, check_mechanism(auth[i]));
    if (!seen.insert(auth[i]).second)
      broken.push_back({item, "names " + in_quotes(auth[i]) + " twice"});
  }
}

/// "*" or "*.SUFFIX": a server behind us knows which accounts there are.
void check_pattern(rules& broken, const std::string& name, const domain& x) {
  auto path = join_key("domains", name);
  if (name != "*" && !name.starts_with("*."))
    broken.push_back(
      {path, "a pattern is * or begins with *., not " + in_quotes(name)});
  else if (name != "*")
    check(broken, path, check_domain(std::string_view{name}.substr(2)));
  if (x.upstream.empty())
    broken.push_back(
      {path, "a pattern needs upstream", {join_key(path, "upstream")}});
}

void check_domains(rules& broken, const configuration& x) {
  if (x.domains.empty())
    broken.push_back({"domains", "needs at least one domain"});
  for (const auto& [name, domain] : x.domains) {
    auto path = join_key("domains", name);
    if (name.starts_with('*'))
      check_pattern(broken, name, domain);
    else
      check(broken, path, check_domain(name));
    if (domain.upstream.empty())
      check_auth(broken, domain.auth, join_key(path, "auth"));
  }
}

void check_log(rules& broken, const log& x) {
  if (x.output == "file" && x.file.empty())
    broken.push_back({"log.file", "output: file needs a path", {"log.output"}});
  if (x.output != "file" && !x.file.empty())
    broken.push_back(
      {"log.file", "means nothing without output: file", {"log.output"}});
}

} // namespace

std::vector<broken_rule> validate(const configuration& config) {
  rules broken;
  check_node(broken, config);
  check_listeners(broken, config);
  check_websocket(broken, config.websocket);
  check_stream(broken, config);
  check_domains(broken, config);
  check_upstreams(broken, config);
  check_gateway(broken, config);
  check_admin(broken, config);
  check_log(broken, config.log);
  return broken;
}

} // namespace causeway::config
