#include "actors/inspect/measures.hpp"

#include <algorithm>

namespace causeway {

void histogram::observe(nanoseconds x) noexcept {
  auto nanos = std::max<std::int64_t>(x.count(), 0);
  auto bound = std::lower_bound(latency_bounds.begin(), latency_bounds.end(),
    static_cast<double>(nanos) / 1e9);
  auto bucket = static_cast<std::size_t>(bound - latency_bounds.begin());
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(nanos, std::memory_order_relaxed);
}

histogram::values histogram::read() const noexcept {
  values out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    out.cumulative[i] = total += buckets_[i].load(std::memory_order_relaxed);
  out.sum = static_cast<double>(sum_.load(std::memory_order_relaxed)) / 1e9;
  return out;
}

} // namespace causeway
