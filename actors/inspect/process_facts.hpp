#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

/// What the operating system and the libraries say of this process.
namespace causeway {

/// Memory and processor use of this process.
struct process_usage {
  std::int64_t pid = 0;
  /// Bytes in memory; 0 if unknown.
  std::uint64_t resident = 0;
  /// Seconds of processor time, user and system.
  double processor = 0;
};

process_usage read_process_usage();

/// What of the memory the allocator has handed out, and what it keeps for
/// later: bytes.
struct heap_usage {
  std::uint64_t used = 0;
  std::uint64_t free = 0;
};

/// Holds allocations up while it counts: about a millisecond after a storm of
/// clients.
heap_usage read_heap_usage();

/// Has the calling thread stand back where processors are scarce.
void yield_to_traffic();

/// Name and version of the libraries that carry us.
std::vector<std::pair<std::string_view, std::string_view>> library_versions();

} // namespace causeway
