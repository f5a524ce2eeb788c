#pragma once

#include "actors/inspect/event_log.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

/// What the endpoints for operators share; part of admin_server.cpp and
/// control_socket.cpp.
namespace causeway {

/// Takes one connection after the other. Every member runs on one thread.
template <class Protocol>
class accept_loop {
 public:
  using executor = boost::asio::io_context::executor_type;
  using acceptor = boost::asio::basic_socket_acceptor<Protocol, executor>;
  using socket = boost::asio::basic_stream_socket<Protocol, executor>;

  /// Log events of failures are called `failed`.
  accept_loop(executor x, std::string_view failed)
    : executor_{x}, acceptor_{x}, timer_{x}, failed_{failed} {}

  acceptor& listener() { return acceptor_; }

  /// Calls `take` of `owner`, which holds this, with each connection.
  template <class Owner>
  void run(std::shared_ptr<Owner> owner);
  void close();

 private:
  /// After the process or the system has run out of descriptors.
  static constexpr std::chrono::seconds pause_after_failure{1};

  using clock = std::chrono::steady_clock;
  using timer = boost::asio::basic_waitable_timer<clock,
    boost::asio::wait_traits<clock>, executor>;

  executor executor_;
  acceptor acceptor_;
  timer timer_;
  std::string_view failed_;
};

template <class Protocol>
template <class Owner>
void accept_loop<Protocol>::run(std::shared_ptr<Owner> owner) {
  if (!acceptor_.is_open())
    return;
  acceptor_.async_accept(
    executor_, [this, owner](boost::system::error_code error, socket x) {
      if (error == boost::asio::error::operation_aborted)
        return;
      if (!error) {
        owner->take(std::move(x));
        return run(owner);
      }
      log_event(log_level::warn, failed_, {{"reason", error.message()}});
      timer_.expires_after(pause_after_failure);
      timer_.async_wait(
        [this, owner](boost::system::error_code) { run(owner); });
    });
}

template <class Protocol>
void accept_loop<Protocol>::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
}

/// Those that are open, without holding them.
template <class Connection>
class open_connections {
 public:
  void add(const std::shared_ptr<Connection>& x) { all_.push_back(x); }

  /// How many there are.
  std::size_t count() {
    std::erase_if(all_, [](auto& x) {
      auto ptr = x.lock();
      return !ptr || !ptr->is_open();
    });
    return all_.size();
  }

  template <class F>
  void for_each(F f) const {
    for (auto& x : all_)
      if (auto ptr = x.lock())
        f(ptr);
  }

 private:
  std::vector<std::weak_ptr<Connection>> all_;
};

} // namespace causeway
