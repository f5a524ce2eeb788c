#include "actors/inspect/event_log.hpp"

#include "actors/inspect/clean_text.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace causeway {

namespace {

bool json_format = false;

/// Bytes of a value: clients choose some of them, and may well choose long
/// ones.
constexpr std::size_t most_of_value = 256;

spdlog::level::level_enum to_spdlog(log_level x) {
  switch (x) {
  case log_level::trace: return spdlog::level::trace;
  case log_level::debug: return spdlog::level::debug;
  case log_level::info: return spdlog::level::info;
  case log_level::warn: return spdlog::level::warn;
  case log_level::error: return spdlog::level::err;
  }
  return spdlog::level::off;
}

bool is_control(char c) {
  auto x = static_cast<unsigned char>(c);
  return x < 0x20 || x == 0x7f;
}

// JSON string escapes also keep a text line on one line.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      if (is_control(c))
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
      else
        out += c;
    }
  }
  out += '"';
}

// Printable ASCII but for what would make a text line ambiguous.
bool is_plain(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '=';
}

bool needs_quotes(std::string_view text) {
  return text.empty() || !std::all_of(text.begin(), text.end(), is_plain);
}

std::string shortened(std::string_view value) {
  if (value.size() <= most_of_value)
    return std::string{value};
  auto end = most_of_value;
  // Not within a character, which has at most three more bytes.
  while (end > most_of_value - 3
         && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80)
    --end;
  return std::string{value.substr(0, end)} + "...";
}

} // namespace

void open_event_log(std::string_view level, std::string_view format) {
  json_format = format == "json";
  spdlog::init_thread_pool(8192, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::async_logger>("causeway", sink,
    spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::from_str(std::string{level}));
  logger->flush_on(spdlog::level::warn);
  if (json_format)
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
  else
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %-5l %v");
  spdlog::set_default_logger(std::move(logger));
}

void close_event_log() {
  spdlog::shutdown();
}

bool logs(log_level x) {
  auto* logger = spdlog::default_logger_raw();
  return logger && logger->should_log(to_spdlog(x));
}

void log_event(log_level level, std::string_view event,
  std::initializer_list<log_field> fields) noexcept {
  if (!logs(level))
    return;
  try {
    std::string line;
    if (json_format) {
      line += "\"event\":";
      append_quoted(line, event);
      for (auto& x : fields) {
        line += ',';
        append_quoted(line, x.key);
        line += ':';
        append_quoted(line, shortened(x.value));
      }
    } else {
      line += event;
      for (auto& x : fields) {
        line += ' ';
        line += x.key;
        line += '=';
        auto value = shortened(x.value);
        if (needs_quotes(value))
          append_quoted(line, value);
        else
          line += value;
      }
    }
    spdlog::default_logger_raw()->log(to_spdlog(level), "{}", clean_text(line));
  } catch (...) {
    // A line that cannot be built must not end a stream.
  }
}

} // namespace causeway
