#pragma once

#include "actors/transport/token_bucket.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace causeway {

/// How many connections may be open.
struct admission_limits {
  std::uint32_t open = 0;
  /// New ones; 0 means no limit.
  std::uint32_t per_second = 0;
  /// Of one network; 0 means no limit.
  std::uint32_t per_network = 0;
};

admission_limits admission_limits_of(const config::configuration& x);

/// Holds connections over all listeners to those limits. Every member may be
/// called from any thread.
class admission : public std::enable_shared_from_this<admission> {
 public:
  explicit admission(const admission_limits& limits)
    : limits_{limits}, bucket_{limits.per_second} {}

  /// Holds one place until its last copy is gone.
  using ticket = std::shared_ptr<const void>;

  /// A place, or null: the connection gets HTTP 503. `network` is that of the
  /// client (`client_network`), or empty where it does not count.
  ticket enter(token_bucket::time_point now, std::string network = {});

  /// Other limits for connections that come from now on.
  void set_limits(const admission_limits& limits);

  std::uint32_t open() const;

 private:
  void leave(const std::string& network);

  mutable std::mutex mutex_;
  admission_limits limits_;
  std::uint32_t open_ = 0;
  /// Open connections of each network that has any: no more than `open_`.
  std::unordered_map<std::string, std::uint32_t> networks_;
  token_bucket bucket_;
};

} // namespace causeway
