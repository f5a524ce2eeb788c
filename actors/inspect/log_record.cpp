#include "actors/inspect/log_record.hpp"

#include "actors/inspect/clean_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace causeway {

namespace {

constexpr std::size_t longest_level = 5;

bool is_control(char c) {
  auto x = static_cast<unsigned char>(c);
  return x < 0x20 || x == 0x7f;
}

void append_escaped(std::string& out, char c) {
  std::array<char, 8> text;
  auto n = std::snprintf(text.data(), text.size(), "\\u%04x",
    static_cast<unsigned>(static_cast<unsigned char>(c)));
  out.append(text.data(), static_cast<std::size_t>(n));
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
        append_escaped(out, c);
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

void append_member(
  std::string& out, std::string_view key, std::string_view value) {
  out += out.empty() ? '{' : ',';
  append_quoted(out, key);
  out += ':';
  append_quoted(out, value);
}

} // namespace

std::string_view to_string(log_level x) {
  switch (x) {
  case log_level::trace: return "trace";
  case log_level::debug: return "debug";
  case log_level::info: return "info";
  case log_level::warn: return "warn";
  case log_level::error: return "error";
  }
  return "unknown";
}

std::optional<log_level> log_level_of(std::string_view name) {
  using enum log_level;
  for (auto x : {trace, debug, info, warn, error})
    if (to_string(x) == name)
      return x;
  return std::nullopt;
}

std::optional<log_component> log_component_of(std::string_view name) {
  for (std::size_t i = 0; i < log_component_count; ++i)
    if (auto x = static_cast<log_component>(i); to_string(x) == name)
      return x;
  return std::nullopt;
}

std::string display_time(std::chrono::system_clock::time_point x) {
  using namespace std::chrono;
  auto whole = floor<seconds>(x);
  auto rest = duration_cast<milliseconds>(x - whole).count();
  auto clock = system_clock::to_time_t(whole);
  std::tm parts{};
  ::localtime_r(&clock, &parts);
  auto offset = parts.tm_gmtoff / 60;
  std::array<char, 96> text;
  auto n = std::snprintf(text.data(), text.size(),
    "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d", parts.tm_year + 1900,
    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
    static_cast<int>(rest), offset < 0 ? '-' : '+',
    static_cast<int>(std::abs(offset) / 60),
    static_cast<int>(std::abs(offset) % 60));
  return {text.data(), static_cast<std::size_t>(n)};
}

std::string to_text(const log_record& x) {
  auto line = display_time(x.time);
  line += ' ';
  auto level = to_string(x.level);
  line += level;
  // What follows stands in one column.
  line.append(longest_level + 1 - level.size(), ' ');
  line += to_string(x.component);
  line += ' ';
  line += x.event;
  for (auto& [key, value] : x.fields) {
    line += ' ';
    line += key;
    line += '=';
    if (needs_quotes(value))
      append_quoted(line, value);
    else
      line += value;
  }
  return clean_text(line);
}

std::string to_json(const log_record& x) {
  std::string line;
  append_member(line, "time", display_time(x.time));
  append_member(line, "level", to_string(x.level));
  append_member(line, "component", to_string(x.component));
  append_member(line, "event", x.event);
  for (auto& [key, value] : x.fields)
    append_member(line, key, value);
  line += '}';
  return clean_text(line);
}

} // namespace causeway
