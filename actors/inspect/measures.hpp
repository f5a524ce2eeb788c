#pragma once

#include "actors/inspect/thread_shards.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What a node has at this moment, and how long things take; kept while they
/// happen, so that a look at them costs nothing.
namespace causeway {

/// Amounts that grow and shrink. Their names are in `metric_table.cpp`.
enum class gauge : std::uint8_t {
  /// Sessions by what they do; the three add up to all.
  sessions_negotiating,
  sessions_established,
  sessions_parked,
  /// Stanzas that clients have not acknowledged, and their bytes.
  unacked_stanzas,
  unacked_bytes,
  /// Behind the last one.
  end,
};

inline constexpr auto gauge_count = static_cast<std::size_t>(gauge::end);

/// Times that are measured.
enum class latency : std::uint8_t {
  /// A WebSocket until its session is bound.
  login,
  /// A stanza from its client, or an upstream server, to the connection of its
  /// addressee.
  stanza,
  /// `<r/>` to the next `<a/>`, by the client.
  ack,
  /// How long a client was away before it resumed its session.
  absence,
  /// Connect to an upstream server until its stream is open.
  upstream_connect,
  /// Behind the last one.
  end,
};

inline constexpr auto latency_count = static_cast<std::size_t>(latency::end);

/// Upper ends of the buckets in seconds; one more takes the rest.
inline constexpr std::array<double, 20> latency_bounds{0.0001, 0.00025, 0.0005,
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  60, 300, 600};

/// Times in buckets; any thread.
class histogram {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  void observe(nanoseconds x) noexcept;

  struct values {
    /// Observations up to each bound, those below included; the last one has
    /// all.
    std::array<std::uint64_t, latency_bounds.size() + 1> cumulative{};
    /// Sum of all, in seconds.
    double sum = 0;
  };
  void add_to(values& out) const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, latency_bounds.size() + 1> buckets_{};
  std::atomic<std::int64_t> sum_{0};
};

/// The gauges and histograms of one node; every member may be called from any
/// thread.
class measures {
 public:
  void move(gauge x, std::int64_t by) noexcept {
    shards_.mine().gauges[static_cast<std::size_t>(x)].fetch_add(
      by, std::memory_order_relaxed);
  }
  /// May be below zero for a moment.
  std::int64_t level(gauge x) const noexcept;
  void observe(latency x, std::chrono::nanoseconds time) noexcept {
    shards_.mine().histograms[static_cast<std::size_t>(x)].observe(time);
  }
  histogram::values read(latency x) const noexcept;

 private:
  struct shard {
    std::array<std::atomic<std::int64_t>, gauge_count> gauges{};
    std::array<histogram, latency_count> histograms{};
  };

  thread_shards<shard> shards_;
};

} // namespace causeway
