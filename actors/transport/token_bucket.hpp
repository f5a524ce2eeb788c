#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace causeway {

/// Rate limit that forgives short bursts. The caller brings the time.
class token_bucket {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `per_second` 0 means no limit; up to one second's worth may come at once.
  explicit token_bucket(std::uint32_t per_second)
    : rate_{static_cast<double>(per_second)}, tokens_{rate_} {}

  /// Goes on with another limit and what is left, if that is no more.
  void set_rate(std::uint32_t per_second) {
    auto rate = static_cast<double>(per_second);
    tokens_ = rate_ == 0 ? rate : std::min(tokens_, rate);
    rate_ = rate;
  }

  /// Takes one token if there is one. `now` must not run backwards.
  bool take(time_point now) {
    if (rate_ == 0)
      return true;
    if (last_ != time_point{}) {
      auto passed = std::chrono::duration<double>{now - last_}.count();
      tokens_ = std::min(rate_, tokens_ + passed * rate_);
    }
    last_ = now;
    if (tokens_ < 1)
      return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double rate_;
  double tokens_;
  time_point last_{};
};

} // namespace causeway
