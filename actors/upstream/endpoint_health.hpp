#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace causeway {

/// Whether an endpoint of an upstream server is worth a try: a circuit
/// breaker as a value. After `max_failures` in a row it is left alone for a
/// pause; then one try may be made. The pause doubles with each that fails.
class endpoint_health {
 public:
  using clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  enum class state : std::uint8_t { unknown, up, down };

  endpoint_health(std::uint32_t max_failures, milliseconds pause)
    : max_failures_{max_failures}, first_pause_{pause}, pause_{pause} {}

  /// Other limits from the next failure on.
  void set_limits(std::uint32_t max_failures, milliseconds pause) {
    max_failures_ = max_failures;
    if (first_pause_ != pause)
      pause_ = pause;
    first_pause_ = pause;
  }

  state now() const { return state_; }
  std::uint32_t failures() const { return failures_; }
  const std::string& last_error() const { return last_error_; }
  /// Of the last error.
  clock::time_point failed_at() const { return failed_at_; }
  clock::time_point retry_at() const { return retry_at_; }

  /// True if it may be tried. While it is down, that takes the turn of a whole
  /// pause: ask only if it will be tried.
  bool admit(clock::time_point at) {
    if (state_ != state::down)
      return true;
    if (at < retry_at_)
      return false;
    retry_at_ = at + pause_;
    trying_ = true;
    return true;
  }

  /// Returns true if it was down.
  bool succeeded() {
    failures_ = 0;
    pause_ = first_pause_;
    trying_ = false;
    return std::exchange(state_, state::up) == state::down;
  }

  /// Returns true if it goes down with this failure.
  bool failed(clock::time_point at, std::string why) {
    last_error_ = std::move(why);
    failed_at_ = at;
    ++failures_;
    if (state_ == state::down) {
      // Streams that were under way when it went down tell nothing new.
      if (!std::exchange(trying_, false))
        return false;
      pause_ = std::min(pause_ * 2, first_pause_ * max_growth);
      retry_at_ = at + pause_;
      return false;
    }
    if (failures_ < max_failures_)
      return false;
    state_ = state::down;
    retry_at_ = at + pause_;
    return true;
  }

  static constexpr int max_growth = 16;

 private:
  std::uint32_t max_failures_;
  std::uint32_t failures_ = 0;
  milliseconds first_pause_;
  milliseconds pause_;
  clock::time_point retry_at_{};
  clock::time_point failed_at_{};
  std::string last_error_;
  /// One that was admitted since it went down has not told yet.
  bool trying_ = false;
  state state_ = state::unknown;
};

} // namespace causeway
