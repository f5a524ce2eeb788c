#pragma once

#include "actors/inspect/log_output.hpp"
#include "actors/inspect/log_record.hpp"
#include "actors/inspect/recent_events.hpp"

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// The process-wide log. An event has a name ("stream_bound"), a level, the
/// component that logs it, and fields.
namespace causeway {

/// Level and component of an event. The component is that of the file which
/// makes the point, so it cannot be forgotten or wrong.
struct log_point {
  constexpr log_point(log_level level, const char* file = __builtin_FILE())
    : level{level}, component{log_component_of_file(file)} {}

  log_level level;
  log_component component;
};

constexpr bool is_fit_for_log(std::string_view key) {
  for (char c : key)
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
      return false;
  for (auto secret :
    {"password", "secret", "token", "credential", "initial", "body", "payload"})
    if (key.find(secret) != key.npos)
      return false;
  // Those that every line has.
  for (std::string_view taken : {"", "time", "level", "component", "event"})
    if (key == taken)
      return false;
  return true;
}

/// Name of a field. What names a secret, or a name that a line has already,
/// does not compile.
struct log_key {
  consteval log_key(const char* name) : text{name} {
    if (!is_fit_for_log(text))
      throw "this key must not stand in a log";
  }

  std::string_view text;
};

/// One key=value of an event. Values are cut to 256 bytes, quoted and escaped
/// on output.
struct log_field {
  log_key key;
  std::string value;
};

/// What is written, and where to.
struct log_settings {
  log_level level = log_level::info;
  /// By component; nothing: `level`.
  std::array<std::optional<log_level>, log_component_count> levels;
  log_output_settings output;
  /// How many of the last events can be looked at.
  std::size_t recent = 1'000;

  log_level level_of(log_component x) const {
    return levels[static_cast<std::size_t>(x)].value_or(level);
  }

  bool operator==(const log_settings&) const = default;
};

/// Sets up the log. Call once, before any actor runs. Lines wait for their
/// output in a queue with a bound that drops the oldest when full. Returns why
/// not, as a sentence for the operator; empty if all is well.
std::string open_event_log(const log_settings& x);

/// From now on these settings; levels set by hand are forgotten. Nothing
/// changes if the output cannot be opened: returns why.
std::string change_event_log(const log_settings& x);

/// Writes out what waits and stops the writer; call at the end of main.
void close_event_log();

/// True if an event of this level would be written: guards costly fields.
bool logs(log_point x);

/// Logs one event. Never blocks on the output, never throws. No credentials; no
/// stanza bodies above trace. What operators do (`audit`, `log_level_changed`),
/// and what they ask to be logged (`wire`), is written whatever the levels.
void log_event(log_point at, std::string_view event,
  std::initializer_list<log_field> fields) noexcept;

/// Level of a component until the next change of settings; nothing: back to
/// that of the settings. Live.
void set_log_level(log_component x, std::optional<log_level> level);
log_level log_level_in_force(log_component x);

/// The last events; null before the log is open.
const recent_events* recent_log();

/// Events of this process that are in no output.
struct log_losses {
  /// The queue was full.
  std::uint64_t dropped = 0;
  /// The output refused them.
  std::uint64_t failed = 0;
};

log_losses lost_log_events();

} // namespace causeway
