#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace causeway {

enum class log_level { trace, debug, info, warn, error };

/// One key=value of a log line. Values are cut to 256 bytes, quoted and escaped
/// on output.
struct log_field {
  std::string_view key;
  std::string value;
};

/// Sets up the process-wide log: "text" or "json", to standard error, from a
/// queue with a bound that drops the oldest line when full. Call once, before
/// any actor runs.
void open_event_log(std::string_view level, std::string_view format);

/// Writes out what waits and stops the writer; call at the end of main.
void close_event_log();

/// True if a line of this level would be written: guards costly fields.
bool logs(log_level x);

/// Writes one line: an event name ("stream_opened") and its fields. Never
/// blocks on the output, never throws. No credentials; no stanza bodies above
/// trace.
void log_event(log_level level, std::string_view event,
  std::initializer_list<log_field> fields) noexcept;

} // namespace causeway
