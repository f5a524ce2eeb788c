#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>

namespace causeway {

/// Told on its thread that its time is over.
class late_flusher {
 public:
  virtual ~late_flusher() = default;
  virtual void flush_late() = 0;
};

/// What the wires of one event loop hold back for a moment: one timer for all
/// of them. Runs on the thread of that loop.
class late_flush final : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  /// Longer than a lively peer takes to answer, and too short to be noticed.
  static constexpr std::chrono::milliseconds patience{20};
  /// So long after each other many are called at once, rather than one by one.
  static constexpr std::chrono::milliseconds grain{5};
  /// Called in one go before sockets and actors get their turn.
  static constexpr std::size_t most_at_once = 64;

  explicit late_flush(boost::asio::io_context& loop);

  /// Calls back after `patience`, and about `grain` later at most, if it still
  /// lives.
  void add(std::weak_ptr<late_flusher> x);

 private:
  using clock = std::chrono::steady_clock;

  struct entry {
    clock::time_point due;
    std::weak_ptr<late_flusher> who;
  };

  void shutdown() override;
  void arm(clock::time_point time);
  void call_due();

  boost::asio::steady_timer timer_;
  bool is_armed_ = false;
  /// All wait for the same time, so the first one is due first.
  std::deque<entry> waiting_;
};

} // namespace causeway
