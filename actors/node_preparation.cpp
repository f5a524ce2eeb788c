#include "actors/node_preparation.hpp"

#include "actors/inspect/admin_tokens.hpp"
#include "actors/sm_keys.hpp"
#include "actors/transport/client_tls.hpp"
#include "actors/transport/development_certificate.hpp"
#include "config/yaml_document.hpp"

#include <string>
#include <utility>

namespace causeway {

namespace {

using config::join_index;
using config::join_key;
using errors = std::vector<config::config_error>;

void add(errors& to, std::string key, std::string reason) {
  to.push_back({{}, 0, 0, std::move(key), std::move(reason)});
}

std::vector<certificate_files> files_of(const config::listener& x) {
  std::vector<certificate_files> files;
  for (auto& y : x.tls)
    files.push_back({y.certificate, y.key});
  return files;
}

std::vector<std::string> names_for_certificate(const config::configuration& x) {
  std::vector<std::string> names;
  for (auto& [name, domain] : x.domains)
    if (name != "*")
      names.push_back(name);
  return names;
}

void load_certificates(prepared_config& x, errors& failed) {
  auto& config = *x.config;
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    auto& listener = config.listeners[i];
    x.certificates.push_back(nullptr);
    if (!listener.secure)
      continue;
    auto key = join_key(join_index("listeners", i), "tls");
    auto files = files_of(listener);
    if (files.empty()) {
      auto made = development_certificate(
        config.node.data, names_for_certificate(config));
      if (!made) {
        add(failed, std::move(key), made.error());
        continue;
      }
      files.push_back(*made);
    }
    auto context = load_tls_context(files);
    if (context)
      x.certificates.back() = *context;
    else
      add(failed, std::move(key), context.error());
  }
}

} // namespace

std::vector<config::config_error> check_files(const config::configuration& x) {
  auto failed = check_live_files(x);
  if (!x.admin.http_certificate.empty())
    if (auto tls = load_tls_context(x.admin.http_certificate, x.admin.http_key);
        !tls)
      add(failed, "admin.httpCertificate", tls.error());
  if (auto problem = check_admin_tokens(x);
      !x.admin.http.empty() && !problem.empty())
    add(failed, "admin", std::move(problem));
  return failed;
}

std::vector<config::config_error> check_live_files(
  const config::configuration& x) {
  errors failed;
  for (std::size_t i = 0; i < x.listeners.size(); ++i)
    if (auto files = files_of(x.listeners[i]); !files.empty())
      if (auto tls = load_tls_context(files); !tls)
        add(failed, join_key(join_index("listeners", i), "tls"), tls.error());
  for (auto& [name, domain] : x.domains)
    for (std::size_t i = 0; i < domain.upstream.size(); ++i)
      if (auto tls = load_client_tls(domain.upstream[i]); !tls)
        add(failed,
          join_index(join_key(join_key("domains", name), "upstream"), i),
          tls.error());
  if (!x.stream.management.keys.empty())
    if (auto keys = load_sm_keys(x); !keys)
      add(failed, "stream.management.keys", keys.error());
  return failed;
}

preparation prepare(std::shared_ptr<const config::configuration> config,
  io_threads& threads, std::shared_ptr<counters> count,
  const prepared_config* before) {
  auto failed = check_live_files(*config);
  if (!failed.empty())
    return failed;
  auto x = std::make_shared<prepared_config>();
  x->config = std::move(config);
  auto gateways = prepare_gateway_domains(*x->config, threads, std::move(count),
    before ? before->gateways : std::vector<gateway_domain>{});
  if (gateways)
    x->gateways = std::move(*gateways);
  else
    add(failed, "gateway.nameServers", gateways.error());
  auto keys = load_sm_keys(*x->config);
  if (keys)
    x->keys = *keys;
  else
    add(failed, "stream.management.keys", keys.error());
  // Last, since it may write a certificate.
  if (failed.empty())
    load_certificates(*x, failed);
  if (!failed.empty())
    return failed;
  return prepared_config_ptr{std::move(x)};
}

} // namespace causeway
