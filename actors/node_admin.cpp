#include "actors/node_admin.hpp"

#include "actors/inspect/admin_site.hpp"
#include "actors/inspect/event_log.hpp"

#include <utility>

namespace causeway {

protocol::result<tls_context_ptr, std::string> load_admin_certificate(
  const config::configuration& config) {
  auto& admin = config.admin;
  if (admin.http_certificate.empty())
    return tls_context_ptr{};
  return load_tls_context(admin.http_certificate, admin.http_key);
}

protocol::result<std::shared_ptr<admin_server>, std::string>
open_admin_endpoint(const config::configuration& config, io_threads& threads,
  std::shared_ptr<handle_cell<admin_actor>> admin) {
  if (config.admin.http.empty())
    return std::shared_ptr<admin_server>{};
  auto tokens = load_admin_tokens(config);
  if (!tokens)
    return tokens.error();
  auto certificate = load_admin_certificate(config);
  if (!certificate)
    return certificate.error();
  auto site = std::make_shared<const admin_site>(
    std::move(admin), std::move(*tokens), config.admin.hosts);
  auto server = admin_server::open(threads, config.admin.http, *certificate,
    [site](const admin_request& x, const admin_responder& done) {
      site->serve(x, done);
    });
  if (server)
    log_event(log_level::info, "admin_listening", {{"url", (*server)->url()}});
  return server;
}

} // namespace causeway
