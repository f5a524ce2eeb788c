#pragma once

#include "actors/transport/token_bucket.hpp"

#include <cstdint>
#include <memory>
#include <mutex>

namespace causeway {

/// How many connections may be open, and come per second, over all listeners.
/// Every member may be called from any thread.
class admission : public std::enable_shared_from_this<admission> {
 public:
  /// `per_second` 0 means no limit.
  admission(std::uint32_t max_open, std::uint32_t per_second)
    : max_open_{max_open}, bucket_{per_second} {}

  /// Holds one place until its last copy is gone.
  using ticket = std::shared_ptr<const void>;

  /// A place, or null: the connection gets HTTP 503.
  ticket enter(token_bucket::time_point now);

  /// Other limits for connections that come from now on.
  void set_limits(std::uint32_t max_open, std::uint32_t per_second);

  std::uint32_t open() const;

 private:
  void leave();

  mutable std::mutex mutex_;
  std::uint32_t max_open_;
  std::uint32_t open_ = 0;
  token_bucket bucket_;
};

} // namespace causeway
