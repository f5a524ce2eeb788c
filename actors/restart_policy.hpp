#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace causeway {

/// When a child that died may start again: at once the first time, then after
/// a pause that doubles; not at all after too many deaths in a row.
class restart_policy {
 public:
  using clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  /// The pause before the restart; nullopt: give up. A child that lived for
  /// `window` counts as healthy again.
  std::optional<milliseconds> child_died(clock::time_point now) {
    if (last_death_ && now - *last_death_ >= window)
      deaths_ = 0;
    last_death_ = now;
    if (deaths_ >= max_deaths)
      return std::nullopt;
    auto n = deaths_++;
    return n == 0 ? milliseconds{0} : first_pause * (1u << (n - 1));
  }

  std::uint32_t deaths() const { return deaths_; }

  static constexpr std::uint32_t max_deaths = 8;
  static constexpr milliseconds first_pause{50};
  static constexpr std::chrono::seconds window{60};

 private:
  std::uint32_t deaths_ = 0;
  std::optional<clock::time_point> last_death_;
};

} // namespace causeway
