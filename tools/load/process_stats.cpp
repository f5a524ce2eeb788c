/// proc(5) and clock_getcpuclockid(3).
#include "tools/load/process_stats.hpp"

#include <charconv>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace causeway::load {

namespace {

std::string read_file(pid_t pid, const char* name) {
  std::ifstream in{"/proc/" + std::to_string(pid) + '/' + name};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

double clock_seconds(clockid_t clock) {
  timespec x{};
  if (clock_gettime(clock, &x) != 0)
    return -1;
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) / 1e9;
}

std::uint64_t field_kib(const std::string& text, std::string_view name) {
  std::istringstream in{text};
  std::string key;
  std::uint64_t value = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) {
      std::istringstream fields{line};
      fields >> key >> value;
      return value;
    }
  }
  return 0;
}

std::map<pid_t, pid_t> parents() {
  std::map<pid_t, pid_t> result;
  std::error_code ec;
  for (auto& entry : std::filesystem::directory_iterator{"/proc", ec}) {
    auto name = entry.path().filename().string();
    pid_t pid = 0;
    auto last = name.data() + name.size();
    auto [end, error] = std::from_chars(name.data(), last, pid);
    if (error == std::errc{} && end == last)
      result[pid] = parse_stat(read_file(pid, "stat")).parent;
  }
  return result;
}

} // namespace

cpu_time& cpu_time::operator+=(const cpu_time& x) {
  total += x.total;
  user += x.user;
  system += x.system;
  return *this;
}

cpu_time operator-(const cpu_time& a, const cpu_time& b) {
  return {a.total - b.total, a.user - b.user, a.system - b.system};
}

stat_fields parse_stat(const std::string& text) {
  stat_fields result;
  auto start = text.rfind(')');
  if (start == std::string::npos)
    return result;
  std::istringstream in{text.substr(start + 1)};
  std::string state, skipped;
  in >> state >> result.parent;
  for (int field = 5; field < 14; ++field)
    in >> skipped;
  in >> result.user_ticks >> result.system_ticks;
  return result;
}

pid_t process_stats::missing() const {
  for (auto pid : roots_) {
    if (kill(pid, 0) != 0 && errno == ESRCH)
      return pid;
  }
  return 0;
}

std::vector<std::pair<pid_t, pid_t>> process_stats::all() const {
  std::vector<std::pair<pid_t, pid_t>> result;
  std::set<pid_t> known;
  auto add = [&](pid_t pid, pid_t root) {
    if (known.insert(pid).second)
      result.emplace_back(pid, root);
  };
  for (auto pid : roots_)
    add(pid, pid);
  if (!tree_ || roots_.empty())
    return result;
  auto parent_of = parents();
  for (std::size_t i = 0; i < result.size(); ++i) {
    auto [ancestor, root] = result[i];
    for (auto [pid, parent] : parent_of) {
      if (parent == ancestor)
        add(pid, root);
    }
  }
  return result;
}

std::map<pid_t, process_cpu> process_stats::cpu() const {
  std::map<pid_t, process_cpu> result;
  auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  for (auto [pid, root] : all()) {
    auto text = read_file(pid, "stat");
    if (text.empty())
      continue;
    auto fields = parse_stat(text);
    cpu_time x;
    x.user = static_cast<double>(fields.user_ticks) / ticks;
    x.system = static_cast<double>(fields.system_ticks) / ticks;
    clockid_t clock;
    x.total = clock_getcpuclockid(pid, &clock) == 0 ? clock_seconds(clock) : -1;
    if (x.total < 0)
      x.total = x.user + x.system;
    result[pid] = {root, x};
  }
  return result;
}

memory_use process_stats::memory() const {
  memory_use result;
  for (auto [pid, root] : all()) {
    auto text = read_file(pid, "smaps_rollup");
    result.pss += field_kib(text, "Pss:");
    result.rss += field_kib(text, "Rss:");
  }
  return result;
}

std::map<pid_t, cpu_time> used_between(
  const std::map<pid_t, process_cpu>& before,
  const std::map<pid_t, process_cpu>& after) {
  std::map<pid_t, cpu_time> result;
  for (auto& [pid, x] : after) {
    auto old = before.find(pid);
    result[x.root] += old == before.end() ? x.used : x.used - old->second.used;
  }
  return result;
}

cpu_time total(const std::map<pid_t, cpu_time>& by_root) {
  cpu_time result;
  for (auto& [root, x] : by_root)
    result += x;
  return result;
}

double own_cpu() {
  return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

} // namespace causeway::load
