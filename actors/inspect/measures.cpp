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

void histogram::add_to(values& out) const noexcept {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    out.cumulative[i] += total += buckets_[i].load(std::memory_order_relaxed);
  out.sum += static_cast<double>(sum_.load(std::memory_order_relaxed)) / 1e9;
}

// One thread may take away what another has added, in the midst of this, too.
std::int64_t measures::level(gauge x) const noexcept {
  std::int64_t sum = 0;
  shards_.for_each([&](const shard& y) {
    sum +=
      y.gauges[static_cast<std::size_t>(x)].load(std::memory_order_relaxed);
  });
  return sum;
}

histogram::values measures::read(latency x) const noexcept {
  histogram::values out;
  shards_.for_each([&](const shard& y) {
    y.histograms[static_cast<std::size_t>(x)].add_to(out);
  });
  return out;
}

} // namespace causeway
