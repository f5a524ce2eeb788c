#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace causeway::load {

/// Durations in buckets that are at most 1.6 % wide; of fixed size.
class latency_histogram {
 public:
  void add(std::chrono::nanoseconds x);
  void clear() { *this = {}; }
  std::uint64_t count() const { return count_; }
  /// Upper end, in milliseconds, of the bucket below which `share` (0 to 1)
  /// of all durations lie; 0 if there are none.
  double percentile(double share) const;
  double max() const { return static_cast<double>(max_) / 1e6; }

 private:
  static constexpr int sub_bits = 6;
  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t upper_end(std::size_t bucket);

  std::array<std::uint64_t, (64 - sub_bits + 1) << sub_bits> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

} // namespace causeway::load
