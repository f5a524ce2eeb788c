#pragma once

#include "actors/inspect/counters.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace causeway {

/// What one actor adds to some gauges; gone with the actor, however that ends.
class gauge_share {
 public:
  gauge_share() = default;
  explicit gauge_share(std::shared_ptr<counters> x) : counts_{std::move(x)} {}
  gauge_share(const gauge_share&) = delete;
  gauge_share& operator=(const gauge_share&) = delete;
  gauge_share(gauge_share&& x) noexcept
    : counts_{std::move(x.counts_)},
      place_{std::exchange(x.place_, gauge::end)}, amount_{std::exchange(
                                                     x.amount_, 0)} {}
  gauge_share& operator=(gauge_share&& x) noexcept {
    std::swap(counts_, x.counts_);
    std::swap(place_, x.place_);
    std::swap(amount_, x.amount_);
    return *this;
  }
  ~gauge_share() { set(place_, 0); }

  /// This much of that gauge from now on, and nothing of the one before.
  void set(gauge x, std::int64_t amount = 1) noexcept {
    if (!counts_ || (x == place_ && amount == amount_))
      return;
    if (place_ != gauge::end && place_ != x)
      counts_->measured.move(place_, -std::exchange(amount_, 0));
    place_ = x;
    if (x != gauge::end)
      counts_->measured.move(x, amount - amount_);
    amount_ = amount;
  }

 private:
  std::shared_ptr<counters> counts_;
  gauge place_ = gauge::end;
  std::int64_t amount_ = 0;
};

} // namespace causeway
