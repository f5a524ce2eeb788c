#include "actors/inspect/process_facts.hpp"

#include "protocol/library_versions.hpp"

#include <boost/version.hpp>
#include <caf/config.hpp>
#include <spdlog/version.h>
#include <sqlite3.h>

#include <ares.h>
#include <fstream>
#include <malloc.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace causeway {

namespace {

// Second number of /proc/self/statm: resident pages.
std::uint64_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(file >> size >> resident))
    return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

} // namespace

process_usage read_process_usage() {
  process_usage x;
  x.pid = ::getpid();
  x.resident = resident_bytes();
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    x.processor = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return x;
}

heap_usage read_heap_usage() {
  auto x = ::mallinfo2();
  return {x.uordblks + x.hblkhd, x.fordblks};
}

void yield_to_traffic() {
  constexpr int niceness = 5;
  // Of this thread alone: Linux has it per thread.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

std::vector<std::pair<std::string_view, std::string_view>> library_versions() {
  static_assert(CAF_VERSION == 1706, "name the version below");
  static const auto spdlog = std::to_string(SPDLOG_VER_MAJOR) + '.'
                             + std::to_string(SPDLOG_VER_MINOR) + '.'
                             + std::to_string(SPDLOG_VER_PATCH);
  std::vector<std::pair<std::string_view, std::string_view>> out{
    {"caf", "0.17.6"},
    {"boost", BOOST_LIB_VERSION},
    {"sqlite", sqlite3_libversion()},
    {"c-ares", ares_version(nullptr)},
    {"spdlog", spdlog},
  };
  auto below = protocol::library_versions();
  out.insert(out.end(), below.begin(), below.end());
  return out;
}

} // namespace causeway
