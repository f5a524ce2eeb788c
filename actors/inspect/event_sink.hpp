#pragma once

#include "actors/inspect/log_output.hpp"
#include "actors/inspect/recent_events.hpp"

#include <spdlog/sinks/sink.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace causeway {

/// An event on its way through the queue of spdlog, which carries texts only:
/// component, event, keys and values with a NUL behind each.
std::string pack_event(log_component component, std::string_view event);
void pack_field(
  std::string& packed, std::string_view key, std::string_view value);

/// Writes what comes out of the queue, on the thread of the queue: to the
/// output, and to the events that can be looked at.
class event_sink : public spdlog::sinks::sink {
 public:
  event_sink(std::shared_ptr<log_output> output, std::size_t recent)
    : output_{std::move(output)}, recent_{recent} {}

  /// How many events wait, and how many had no room: set before the first one.
  void watch_queue(std::function<std::size_t()> waiting,
    std::function<std::uint64_t()> dropped);

  /// May be called from any thread; does not wait for what is being written.
  void change_output(std::shared_ptr<log_output> x);
  recent_events& recent() { return recent_; }
  /// Events that the output refused.
  std::uint64_t failed() const { return failed_; }

  void log(const spdlog::details::log_msg& x) override;
  void flush() override;
  void set_pattern(const std::string&) override;
  void set_formatter(std::unique_ptr<spdlog::formatter>) override;

 private:
  void take(log_record x);
  void tell_dropped();
  std::shared_ptr<log_output> output();

  // Of the pointer alone.
  std::mutex mutex_;
  std::shared_ptr<log_output> output_;
  recent_events recent_;
  std::function<std::size_t()> waiting_;
  std::function<std::uint64_t()> dropped_;
  std::uint64_t told_ = 0;
  std::atomic<std::uint64_t> failed_{0};
};

} // namespace causeway
