#include "actors/inspect/event_log.hpp"

#include "actors/inspect/event_sink.hpp"

#include <spdlog/async.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace causeway {

namespace {

/// Bytes of a value: clients choose some of them, and may well choose long
/// ones.
constexpr std::size_t most_of_value = 256;

/// Events that may wait for the output.
constexpr std::size_t queue_capacity = 8'192;

/// How many levels are written, from `error` on; 0 while the log is closed.
std::array<std::atomic<std::uint8_t>, log_component_count> verbosities;

constexpr std::uint8_t verbosity_of(log_level least) {
  return static_cast<std::uint8_t>(
    static_cast<int>(log_level::error) - static_cast<int>(least) + 1);
}

struct running_log {
  explicit running_log(std::shared_ptr<event_sink> to)
    : sink{std::move(to)}, queue{std::make_shared<spdlog::details::thread_pool>(
                             queue_capacity, 1)},
      logger{std::make_shared<spdlog::async_logger>("causeway", sink, queue,
        spdlog::async_overflow_policy::overrun_oldest)} {
    logger->set_level(spdlog::level::trace);
    logger->set_error_handler([](const std::string&) {});
    // Not owning: the queue ends by waiting for the thread that asks.
    auto* raw = queue.get();
    sink->watch_queue([raw] { return raw->queue_size(); },
      [raw] { return raw->overrun_counter(); });
  }

  std::shared_ptr<event_sink> sink;
  std::shared_ptr<spdlog::details::thread_pool> queue;
  std::shared_ptr<spdlog::async_logger> logger;
};

std::unique_ptr<running_log> running;

// What the log is set to; from any thread.
std::mutex settings_mutex;
log_settings settings;

std::atomic<std::uint8_t>& verbosity(log_component x) {
  return verbosities[static_cast<std::size_t>(x)];
}

void use_levels_of(const log_settings& x) {
  for (std::size_t i = 0; i < log_component_count; ++i) {
    auto component = static_cast<log_component>(i);
    verbosity(component) = verbosity_of(x.level_of(component));
  }
}

spdlog::level::level_enum to_spdlog(log_level x) {
  switch (x) {
  case log_level::trace: return spdlog::level::trace;
  case log_level::debug: return spdlog::level::debug;
  case log_level::info: return spdlog::level::info;
  case log_level::warn: return spdlog::level::warn;
  case log_level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// Nobody who turns the log down may hide that, or what comes after; and a
/// trace that was asked for is not lost for its level.
bool is_always_written(std::string_view event) {
  return event == "audit" || event == "log_level_changed" || event == "wire";
}

std::string shortened(std::string value) {
  if (value.size() <= most_of_value)
    return value;
  auto end = most_of_value;
  // Not within a character, which has at most three more bytes.
  while (end > most_of_value - 3
         && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80)
    --end;
  value.resize(end);
  return value + "...";
}

} // namespace

std::string open_event_log(const log_settings& x) {
  auto output = open_log_output(x.output);
  if (!output)
    return output.error();
  std::lock_guard guard{settings_mutex};
  running = std::make_unique<running_log>(
    std::make_shared<event_sink>(std::move(*output), x.recent));
  settings = x;
  use_levels_of(x);
  return {};
}

std::string change_event_log(const log_settings& x) {
  std::lock_guard guard{settings_mutex};
  if (!running)
    return {};
  if (x.output != settings.output) {
    auto output = open_log_output(x.output);
    if (!output)
      return output.error();
    running->sink->change_output(std::move(*output));
  }
  running->sink->recent().resize(x.recent);
  settings = x;
  use_levels_of(x);
  return {};
}

void close_event_log() {
  std::lock_guard guard{settings_mutex};
  for (auto& x : verbosities)
    x = 0;
  if (!running)
    return;
  // Its end writes what waits.
  running->queue.reset();
  running->sink->flush();
  running.reset();
}

bool logs(log_point x) {
  return verbosity_of(x.level)
         <= verbosity(x.component).load(std::memory_order_relaxed);
}

void log_event(log_point at, std::string_view event,
  std::initializer_list<log_field> fields) noexcept {
  // Without any level the log is closed.
  if (!logs(at)
      && (verbosity(at.component).load(std::memory_order_relaxed) == 0
          || !is_always_written(event)))
    return;
  try {
    auto packed = pack_event(at.component, event);
    for (auto& x : fields)
      pack_field(packed, x.key.text, shortened(x.value));
    running->logger->log(to_spdlog(at.level), packed);
  } catch (...) {
    // A line that cannot be built must not end a stream.
  }
}

void set_log_level(log_component x, std::optional<log_level> level) {
  std::lock_guard guard{settings_mutex};
  if (running)
    verbosity(x) = verbosity_of(level.value_or(settings.level_of(x)));
}

log_level log_level_in_force(log_component x) {
  std::lock_guard guard{settings_mutex};
  for (auto level :
    {log_level::trace, log_level::debug, log_level::info, log_level::warn})
    if (verbosity(x) == verbosity_of(level))
      return level;
  return log_level::error;
}

const recent_events* recent_log() {
  return running ? &running->sink->recent() : nullptr;
}

log_losses lost_log_events() {
  if (!running)
    return {};
  return {running->queue->overrun_counter(), running->sink->failed()};
}

} // namespace causeway
