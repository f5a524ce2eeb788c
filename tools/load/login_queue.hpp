#pragma once

#include "tools/load/latency_histogram.hpp"
#include "tools/load/traffic.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

namespace causeway::load {

/// Logs clients in: so many at a time, so many per second.
class login_queue {
 public:
  using clock = std::chrono::steady_clock;

  login_queue(const options& opts, client_list& clients)
    : options_{opts}, clients_{clients} {}

  /// Puts a client at the end of the queue, not to be started before `when`.
  void add(std::uint32_t client, clock::time_point when);
  /// Starts what may start now.
  void run();
  /// A login under way has ended, well or not.
  void succeeded(const xmpp_client& x);
  void failed() { --under_way_; }

  bool done() const { return waiting_.empty() && under_way_ == 0; }
  std::uint64_t succeeded_count() const { return durations_.count(); }
  const latency_histogram& durations() const { return durations_; }

 private:
  struct entry {
    std::uint32_t client;
    clock::time_point when;
  };

  const options& options_;
  client_list& clients_;
  std::deque<entry> waiting_;
  std::uint32_t under_way_ = 0;
  clock::time_point next_start_{};
  latency_histogram durations_;
};

} // namespace causeway::load
