#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace causeway::load {

/// CPU time of one process since its start, in seconds.
struct cpu_time {
  /// User and system, to the nanosecond where the kernel tells.
  double total = 0;
  /// In clock ticks of the kernel, hence coarse.
  double user = 0;
  double system = 0;

  cpu_time& operator+=(const cpu_time& x);
};
cpu_time operator-(const cpu_time& a, const cpu_time& b);

/// What one process has used, and the root that it descends from.
struct process_cpu {
  pid_t root = 0;
  cpu_time used;
};

/// Memory of processes in KiB.
struct memory_use {
  /// Shared pages count in part.
  std::uint64_t pss = 0;
  std::uint64_t rss = 0;
};

/// Reads what a set of processes uses, from /proc and their CPU clocks.
class process_stats {
 public:
  /// With `tree`, descendants count too, also those that start later.
  process_stats(std::vector<pid_t> pids, bool tree)
    : roots_{std::move(pids)}, tree_{tree} {}

  bool empty() const { return roots_.empty(); }
  /// The first of the processes that does not exist; 0 if all do.
  pid_t missing() const;
  /// By process. One that ended in between is absent.
  std::map<pid_t, process_cpu> cpu() const;
  /// Zero for processes that we may not look into.
  memory_use memory() const;

 private:
  // Every process, and its root.
  std::vector<std::pair<pid_t, pid_t>> all() const;

  std::vector<pid_t> roots_;
  bool tree_;
};

/// CPU used between two readings, by root. A process that is new counts in
/// full, one that has ended does not count.
std::map<pid_t, cpu_time> used_between(
  const std::map<pid_t, process_cpu>& before,
  const std::map<pid_t, process_cpu>& after);

/// The sum over all roots.
cpu_time total(const std::map<pid_t, cpu_time>& by_root);

/// CPU seconds of this process.
double own_cpu();

/// Fields 4 (parent), 14 and 15 (user and system ticks) of /proc/PID/stat,
/// whose second field may hold blanks and parentheses.
struct stat_fields {
  pid_t parent = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
};
stat_fields parse_stat(const std::string& text);

} // namespace causeway::load
