#pragma once

#include "actors/transport/connect_plan.hpp"
#include "actors/transport/upstream_connect.hpp"
#include "actors/transport/wire.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace causeway {

/// All of one connect; runs on the thread that its sockets share, of which one
/// remains.
class connect_race : public std::enable_shared_from_this<connect_race> {
 public:
  connect_race(io_threads& threads, std::shared_ptr<resolver> names,
    connect_request request, std::function<void(connect_outcome)> done);

  void start();

  /// Nothing is called back from now on; any thread.
  void cancel();

 private:
  using clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;
  using timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>, wire_executor>;

  /// A TCP connect under way.
  struct attempt {
    attempt(connect_step x, const wire_executor& executor)
      : step{std::move(x)}, socket{executor} {}

    connect_step step;
    wire_socket socket;
    clock::time_point begun = clock::now();
  };

  /// `next`: the target at hand has had its time.
  void advance(bool next = false);
  void resolve(std::size_t target);
  void connect(connect_step step);
  void connected(const std::shared_ptr<attempt>& x, error_code error);
  void give_head_start();
  /// Calls `f` later, in place of what would have been called before.
  void wait(milliseconds time, std::function<void()> f);
  /// What the target at hand may take, or nothing if there is no other.
  std::optional<milliseconds> share() const;
  bool is_fair(clock::time_point begun) const;
  void stop_attempts();
  void reached(attempt& x);
  void shake_hands();
  void tls_done(const std::string& failure);
  void give_up_line(const std::string& why);
  void succeed();
  void time_out();
  void finish();

  wire_executor executor_;
  timer budget_;
  clock::time_point end_;
  /// Before the next address or target has its turn.
  timer head_start_;
  std::shared_ptr<resolver> names_;
  connect_plan plan_;
  connect_request request_;
  std::function<void(connect_outcome)> done_;
  std::vector<std::shared_ptr<attempt>> attempts_;
  /// The connection that won, and where it leads.
  std::shared_ptr<wire> line_;
  std::size_t target_ = 0;
  clock::time_point reached_at_;
  connect_outcome outcome_;
  bool over_ = false;
  std::atomic<bool> cancelled_{false};
};

} // namespace causeway
