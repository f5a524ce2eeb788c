#include "actors/inspect/event_sink.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

namespace causeway {

namespace {

log_level level_of(spdlog::level::level_enum x) {
  switch (x) {
  case spdlog::level::trace: return log_level::trace;
  case spdlog::level::debug: return log_level::debug;
  case spdlog::level::info: return log_level::info;
  case spdlog::level::warn: return log_level::warn;
  default: return log_level::error;
  }
}

std::string_view next_text(std::string_view& packed) {
  auto text = packed.substr(0, packed.find('\0'));
  packed.remove_prefix(std::min(text.size() + 1, packed.size()));
  return text;
}

log_record unpack(const spdlog::details::log_msg& x) {
  std::string_view packed{x.payload.data(), x.payload.size()};
  log_record out;
  out.time = x.time;
  out.level = level_of(x.level);
  out.component = static_cast<log_component>(packed.front());
  packed.remove_prefix(1);
  out.event = next_text(packed);
  while (!packed.empty()) {
    auto key = next_text(packed);
    auto value = next_text(packed);
    out.fields.emplace_back(key, value);
  }
  return out;
}

} // namespace

std::string pack_event(log_component component, std::string_view event) {
  std::string out(1, static_cast<char>(component));
  out += event;
  out += '\0';
  return out;
}

void pack_field(
  std::string& packed, std::string_view key, std::string_view value) {
  packed += key;
  packed += '\0';
  // A NUL of the value would end it.
  for (char c : value)
    if (c == '\0')
      packed += "\ufffd";
    else
      packed += c;
  packed += '\0';
}

void event_sink::watch_queue(std::function<std::size_t()> waiting,
  std::function<std::uint64_t()> dropped) {
  waiting_ = std::move(waiting);
  dropped_ = std::move(dropped);
}

// The one before is let go of outside: its end writes to the disk.
void event_sink::change_output(std::shared_ptr<log_output> x) {
  std::lock_guard guard{mutex_};
  output_.swap(x);
}

std::shared_ptr<log_output> event_sink::output() {
  std::lock_guard guard{mutex_};
  return output_;
}

void event_sink::log(const spdlog::details::log_msg& x) {
  take(unpack(x));
  tell_dropped();
}

// An output that fails must not end the log: the events are still to be seen
// with causewayctl.
void event_sink::take(log_record x) {
  auto record = recent_.add(std::move(x));
  try {
    auto to = output();
    to->write(*record);
    // A burst is written as one.
    if (!waiting_ || waiting_() == 0)
      to->flush();
  } catch (const std::exception& error) {
    if (failed_.fetch_add(1) == 0)
      std::cerr << "causewayd: cannot write the log: " << error.what() << '\n';
  }
}

// Once the queue has been emptied: while it overflows, the line would be one
// more.
void event_sink::tell_dropped() {
  if (!dropped_ || waiting_() > 0)
    return;
  auto now = dropped_();
  auto lost = now - std::exchange(told_, now);
  if (lost == 0)
    return;
  log_record x;
  x.time = std::chrono::system_clock::now();
  x.level = log_level::warn;
  x.component = log_component::inspect;
  x.event = "log_events_dropped";
  x.fields.emplace_back("count", std::to_string(lost));
  take(std::move(x));
}

void event_sink::flush() {
  try {
    output()->flush();
  } catch (const std::exception&) {
    ++failed_;
  }
}

void event_sink::set_pattern(const std::string&) {
  // The form of a line is that of the output.
}

void event_sink::set_formatter(std::unique_ptr<spdlog::formatter>) {
  // As above.
}

} // namespace causeway
