#pragma once

#include "actors/inspect/measures.hpp"
#include "actors/inspect/thread_shards.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace causeway {

/// Everything that is counted process-wide, by the name that operators see.
enum class counter : std::uint8_t {
  connections_accepted,
  connections_refused,
  handshakes_failed,
  sessions_started,
  sessions_ended,
  sessions_failed,
  auth_succeeded,
  auth_failed,
  stanzas_in,
  stanzas_routed,
  stanzas_returned,
  stanzas_bounced,
  stanzas_dropped,
  stanzas_lost,
  offline_stored,
  offline_delivered,
  offline_refused,
  stream_errors,
  sm_enabled,
  sm_overflows,
  sm_edge_only,
  write_queue_overflows,
  parsers_replaced,
  actors_failed,
  sessions_parked,
  sessions_resumed,
  sessions_expired,
  resumptions_refused,
  sessions_saved,
  sessions_restored,
  upstream_connected,
  upstream_failed,
  upstream_lost,
  upstream_redirected,
  upstream_hibernated,
  sessions_crowded_out,
  resumptions_refused_not_found,
  resumptions_refused_unexpected,
  resumptions_refused_upstream,
  acks_sent,
  acks_requested,
  acks_received,
  returned_delivered,
  returned_stored,
  returned_bounced,
  poison_stanzas,
  sm_edge_held,
  edge_stanzas_lost,
  actors_stuck,
  trace_left_out,
  sm_enable_refused,
  resumptions_refused_unsupported,
  sessions_expired_operator,
  sessions_kicked,
  sessions_replaced,
  /// Behind the last one.
  end,
};

inline constexpr auto counter_count = static_cast<std::size_t>(counter::end);

/// "sessions_started" and so on; also the suffix of the metric.
std::string_view to_string(counter x);

/// The counters of one node; every member may be called from any thread.
class counters {
 public:
  void add(counter x, std::uint64_t n = 1) noexcept {
    values_.mine()[static_cast<std::size_t>(x)].fetch_add(
      n, std::memory_order_relaxed);
  }
  std::uint64_t get(counter x) const noexcept {
    std::uint64_t sum = 0;
    values_.for_each([&](auto& all) {
      sum += all[static_cast<std::size_t>(x)].load(std::memory_order_relaxed);
    });
    return sum;
  }

  measures measured;

 private:
  thread_shards<std::array<std::atomic<std::uint64_t>, counter_count>> values_;
};

} // namespace causeway
