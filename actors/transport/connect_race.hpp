#pragma once

#include "actors/transport/connect_plan.hpp"
#include "actors/transport/upstream_connect.hpp"
#include "actors/transport/wire.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

/// All of one connect; runs on the strand that its sockets share, of which one
/// remains.
class connect_race : public std::enable_shared_from_this<connect_race> {
 public:
  connect_race(io_threads& threads, std::shared_ptr<resolver> names,
    connect_request request, std::function<void(connect_outcome)> done);

  void start();

  /// Nothing is called back from now on; any thread.
  void cancel();

 private:
  using timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>, wire_executor>;

  /// A TCP connect under way.
  struct attempt {
    attempt(connect_step x, const wire_executor& strand)
      : step{std::move(x)}, socket{strand} {}

    connect_step step;
    wire_socket socket;
  };

  void advance();
  void resolve(std::size_t target);
  void connect(connect_step step);
  void connected(const std::shared_ptr<attempt>& x, error_code error);
  void give_head_start();
  void stop_attempts();
  void reached(attempt& x);
  void shake_hands();
  void tls_done(const std::string& failure);
  void succeed();
  void time_out();
  void finish();

  wire_executor strand_;
  timer budget_;
  timer head_start_;
  std::shared_ptr<resolver> names_;
  connect_plan plan_;
  connect_request request_;
  std::function<void(connect_outcome)> done_;
  std::vector<std::shared_ptr<attempt>> attempts_;
  /// The connection that won, and where it leads.
  std::shared_ptr<wire> line_;
  std::size_t target_ = 0;
  connect_outcome outcome_;
  bool over_ = false;
  std::atomic<bool> cancelled_{false};
};

} // namespace causeway
