#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/admin_tokens.hpp"
#include "actors/interfaces.hpp"
#include "actors/transport/http_exchange.hpp"
#include "actors/transport/token_bucket.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
  using time_point = std::chrono::steady_clock::time_point;

  admin_site(std::shared_ptr<handle_cell<admin_actor>> admin,
    admin_tokens tokens, std::vector<std::string> hosts,
    std::function<time_point()> now = std::chrono::steady_clock::now)
    : admin_{std::move(admin)}, tokens_{std::move(tokens)},
      hosts_{std::move(hosts)}, now_{std::move(now)} {}

  /// Answers once, from any thread; blocks nobody. Who has no token costs
  /// little: health is asked for once a second, and of refused requests some
  /// make a line of the log each second, the others a number in the next one.
  void serve(const admin_request& x, const admin_responder& respond) const;

 private:
  using holder = std::optional<token_holder>;
  using health_taker = std::function<void(const std::string&)>;

  void serve_api(const admin_request& x, const token_holder& who,
    const admin_responder& respond) const;
  void serve_metrics(
    const token_holder& who, const admin_responder& respond) const;
  /// Reasons are for those with a token alone.
  void serve_health(std::string_view field, const holder& who,
    const admin_responder& respond) const;
  void log_refusal(
    const admin_request& x, unsigned status, std::string reason) const;
  /// Hands the report of the admin to `done`, perhaps that of a moment ago, or
  /// the one that is under way for another.
  void ask_for_health(const holder& who, health_taker done) const;
  /// Hands the answer of the admin, a line of JSON, to `done`.
  void ask(std::string json, const token_holder& who, std::string from,
    std::function<void(std::string)> done) const;

  std::shared_ptr<handle_cell<admin_actor>> admin_;
  admin_tokens tokens_;
  std::vector<std::string> hosts_;
  std::function<time_point()> now_;

  /// Lives with its reply: if that is lost, so are those who wait, and the next
  /// probe asks anew.
  struct health_question {
    std::vector<health_taker> waiting;
  };
  static constexpr std::uint32_t refusals_per_second = 5;
  struct state {
    std::mutex mutex;
    token_bucket refusals{refusals_per_second};
    std::uint64_t untold = 0;
    std::string health;
    time_point health_at;
    std::weak_ptr<health_question> open;
  };
  /// Answers may come after this is gone.
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace causeway
