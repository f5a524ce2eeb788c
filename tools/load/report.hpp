#pragma once

#include "tools/load/options.hpp"
#include "tools/load/process_stats.hpp"
#include "tools/load/traffic.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace causeway::load {

/// All that a run found out.
struct report {
  // Logins.
  std::uint64_t logins = 0;
  double login_seconds = 0;
  double login_p50_ms = 0;
  double login_p99_ms = 0;
  double login_max_ms = 0;
  cpu_time login_cpu;

  // The measured phase.
  double seconds = 0;
  std::uint64_t measured = 0;
  double latency_p50_ms = 0;
  double latency_p90_ms = 0;
  double latency_p99_ms = 0;
  double latency_max_ms = 0;
  cpu_time server_cpu;
  /// The parts of it, by process of `--server-pid`.
  std::map<pid_t, cpu_time> cpu_of;
  double own_cpu = 0;

  // The whole run.
  delivery_counts messages;
  odd_messages odd;
  std::uint64_t held_back = 0;
  ack_counts acks;
  /// Clients whose stanzas were not all acked in the end.
  std::uint64_t unacked_clients = 0;
  std::uint64_t broken = 0;
  std::uint64_t reconnects = 0;
  /// Why connections broke, and how often.
  std::map<std::string, std::uint64_t> reasons;
  memory_use memory_before, memory_after;
  /// Why the run could not be made as asked; empty if it was.
  std::string failure;
};

/// What is wrong with the result; empty if nothing is.
std::vector<std::string> verdict(const options& opts, const report& x);

/// 0, 1 or 2 as the help of the tool says.
int exit_code(const options& opts, const report& x);

std::string to_table(const options& opts, const report& x);
std::string to_json(const options& opts, const report& x);

/// CPU of the server per message of the measured phase, in microseconds.
double cpu_us_per_message(const report& x);
/// The same of one of its processes with, if asked for, its descendants.
double cpu_us_per_message(const report& x, pid_t pid);
/// Growth of the server's PSS per session in KiB.
double kib_per_session(const options& opts, const report& x);

} // namespace causeway::load
