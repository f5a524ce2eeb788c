#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace causeway {

/// Called once at the end of a turn.
class turn_task {
 public:
  virtual ~turn_task() = default;
  virtual void take_turn() = 0;
};

/// What one look at the sockets of an event loop brings, as a whole: the actors
/// that it has woken up, then the sockets that these have written to. As
/// handlers of Asio they would have it ask the kernel for events in between.
/// Runs on the thread of the loop.
class loop_turn final : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  explicit loop_turn(boost::asio::io_context& loop);

  /// True if `x` is called at the end of the turn under way, behind all that
  /// were added before; false if there is none, and it will not be called.
  bool add(std::shared_ptr<turn_task> x);

  void begin() { is_under_way_ = true; }
  void end();

 private:
  void shutdown() override;

  bool is_under_way_ = false;
  std::vector<std::shared_ptr<turn_task>> tasks_;
};

} // namespace causeway
