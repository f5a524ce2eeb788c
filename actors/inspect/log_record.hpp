#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One event of the log as a value.
namespace causeway {

enum class log_level : std::uint8_t { trace, debug, info, warn, error };

/// "trace" and so on, as in the configuration.
std::string_view to_string(log_level x);
std::optional<log_level> log_level_of(std::string_view name);

/// The part of the server that an event is about: the folder of `actors/`
/// whose code logs it, and `node` for what stands in none.
enum class log_component : std::uint8_t {
  node,
  c2s,
  routing,
  upstream,
  domain,
  inspect,
  transport,
  /// Behind the last one.
  end,
};

inline constexpr auto log_component_count =
  static_cast<std::size_t>(log_component::end);

constexpr std::string_view to_string(log_component x) {
  switch (x) {
  case log_component::node: return "node";
  case log_component::c2s: return "c2s";
  case log_component::routing: return "routing";
  case log_component::upstream: return "upstream";
  case log_component::domain: return "domain";
  case log_component::inspect: return "inspect";
  case log_component::transport: return "transport";
  case log_component::end: break;
  }
  return "unknown";
}

std::optional<log_component> log_component_of(std::string_view name);

/// Of a source file: "/x/actors/c2s/session.cpp" is of c2s.
constexpr log_component log_component_of_file(std::string_view path) {
  auto end = path.rfind('/');
  if (end == path.npos)
    return log_component::node;
  auto begin = path.rfind('/', end - 1);
  auto folder = path.substr(begin + 1, end - begin - 1);
  for (std::size_t i = 0; i < log_component_count; ++i)
    if (auto x = static_cast<log_component>(i); to_string(x) == folder)
      return x;
  return log_component::node;
}

struct log_record {
  /// 1 for the first event of this process that was written.
  std::uint64_t number = 0;
  std::chrono::system_clock::time_point time;
  log_level level = log_level::info;
  log_component component = log_component::node;
  std::string event;
  /// As they came, cut but not yet escaped.
  std::vector<std::pair<std::string, std::string>> fields;
};

using log_record_ptr = std::shared_ptr<const log_record>;

/// Time with milliseconds and offset, "2026-11-24T12:00:00.123+00:00".
std::string display_time(std::chrono::system_clock::time_point x);

/// One line, without line feed: time, level, component, event, key=value. What
/// is not plain ASCII is quoted and escaped as in JSON, so no value can forge
/// a line or steer a terminal.
std::string to_text(const log_record& x);

/// The same as a JSON object in one line, fields beside time, level, component
/// and event.
std::string to_json(const log_record& x);

} // namespace causeway
