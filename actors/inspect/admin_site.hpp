#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/admin_tokens.hpp"
#include "actors/interfaces.hpp"
#include "actors/transport/http_exchange.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace causeway {

/// Whether the value of `Host` cannot be the work of DNS rebinding: an address,
/// `localhost`, or one of `names`; with or without a port.
bool is_own_host(std::string_view host, const std::vector<std::string>& names);

/// What the HTTP endpoint serves: health, metrics, the commands of causewayctl
/// as `POST /api`, and the web console. Who may see what stands in README.md.
class admin_site {
 public:
  admin_site(std::shared_ptr<handle_cell<admin_actor>> admin,
    admin_tokens tokens, std::vector<std::string> hosts)
    : admin_{std::move(admin)}, tokens_{std::move(tokens)}, hosts_{std::move(
                                                              hosts)} {}

  /// Answers once, from any thread; blocks nobody.
  void serve(const admin_request& x, const admin_responder& respond) const;

 private:
  using holder = std::optional<token_holder>;

  void serve_api(const admin_request& x, const token_holder& who,
    const admin_responder& respond) const;
  void serve_metrics(
    const token_holder& who, const admin_responder& respond) const;
  /// Reasons are for those with a token alone.
  void serve_health(std::string_view field, const holder& who,
    const admin_responder& respond) const;
  /// Hands the answer of the admin, a line of JSON, to `done`.
  void ask(std::string json, const token_holder& who, std::string from,
    std::function<void(std::string)> done) const;

  std::shared_ptr<handle_cell<admin_actor>> admin_;
  admin_tokens tokens_;
  std::vector<std::string> hosts_;
};

} // namespace causeway
