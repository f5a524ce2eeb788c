#pragma once

#include "actors/transport/client_tls.hpp"
#include "actors/transport/read_window.hpp"
#include "actors/transport/traffic.hpp"
#include "actors/transport/upstream_transport.hpp"
#include "actors/transport/wire.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace causeway {

/// The transport of an upstream stream (RFC 6120 sections 3 to 5). Private
/// members run on the thread of the wire.
class upstream_socket final
  : public upstream_transport,
    public wire_observer,
    public ready_waiter,
    public std::enable_shared_from_this<upstream_socket> {
 public:
  /// `tls`, which may be null, and `domain` are for `start_tls`.
  upstream_socket(
    std::shared_ptr<wire> line, client_tls_ptr tls, std::string domain);
  ~upstream_socket() override;

  void start(upstream_link_actor owner, std::size_t credit) override;
  void charge(std::size_t bytes) noexcept override;
  bool has_credit() const noexcept override { return window_.is_open(); }
  std::size_t send(outgoing_message x) override;
  std::size_t queued_bytes() const override;
  void start_tls() override;
  void set_deadline(std::chrono::milliseconds after) override;
  void close() override;
  void abort() override;
  transport_counters counters() const override;
  std::string tls() const override;
  void grant(std::size_t bytes) noexcept override;

 private:
  enum class phase : std::uint8_t { open, starting_tls, closing };

  /// Runs `f` on that thread, with this.
  template <class F>
  void on_thread(F f) {
    boost::asio::defer(wire_->get_executor(),
      [self = shared_from_this(), f = std::move(f)]() mutable { f(*self); });
  }

  /// Calls `f` behind everything queued.
  std::unique_ptr<write_waiter> when_written(void (upstream_socket::*f)());

  // Reading and STARTTLS: upstream_socket_read.cpp.
  void read();
  void await(watched_socket::side what);
  void ready(error_code error) override;
  void take();
  void deliver(std::string chunk);
  void read_failed(error_code error);
  void stop_reading_clear();
  void end_clear();
  void shake_hands();
  void tls_done(const std::string& failure);

  // Ending.
  void write_failed(error_code reason) override;
  void closing_began() override {}
  void end_writing();
  void await_peer();
  void finish(transport_closed how);

  /// One timer: the deadline, then the limit of closing.
  void arm(std::chrono::milliseconds after, void (upstream_socket::*f)());
  void deadline_over();
  void close_overdue();

  std::shared_ptr<wire> wire_;
  client_tls_ptr tls_;
  std::string domain_;
  upstream_link_actor owner_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>, wire_executor>
    timer_;
  /// Tells a timer that fires from one that was set anew meanwhile.
  std::uint32_t armed_ = 0;
  phase phase_ = phase::open;
  bool reading_ = false;

  read_window window_;
  /// Set at the end; kept for an owner that starts too late.
  std::optional<transport_closed> finished_;

  traffic traffic_;
};

} // namespace causeway
