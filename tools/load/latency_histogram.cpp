/// Log-linear histogram: 64 buckets for each power of two.
#include "tools/load/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace causeway::load {

void latency_histogram::add(std::chrono::nanoseconds x) {
  auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(x.count(), 0));
  ++buckets_[bucket_of(ns)];
  ++count_;
  max_ = std::max(max_, ns);
}

double latency_histogram::percentile(double share) const {
  auto wanted =
    static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted && seen > 0)
      return static_cast<double>(std::min(upper_end(i), max_)) / 1e6;
  }
  return 0;
}

std::size_t latency_histogram::bucket_of(std::uint64_t ns) {
  if (ns < 1u << sub_bits)
    return ns;
  auto shift = std::bit_width(ns) - 1 - sub_bits;
  // The top bit of `ns >> shift` is always set, so it adds one row.
  return (static_cast<std::size_t>(shift) << sub_bits) + (ns >> shift);
}

std::uint64_t latency_histogram::upper_end(std::size_t bucket) {
  constexpr std::uint64_t row_size = 1u << sub_bits;
  if (bucket < 2 * row_size)
    return bucket;
  auto shift = bucket / row_size - 1;
  return ((bucket % row_size + row_size + 1) << shift) - 1;
}

} // namespace causeway::load
