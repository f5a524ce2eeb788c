#pragma once

#include "actors/transport/socket_watch.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <sys/types.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace causeway {

using boost::system::error_code;

/// The event loop of one thread: what runs there takes turns.
using wire_executor = boost::asio::io_context::executor_type;
/// A connection as Asio makes it.
using wire_socket =
  boost::asio::basic_stream_socket<boost::asio::ip::tcp, wire_executor>;

/// Why the last system call has failed.
error_code errno_code();

/// Told on its thread, and never from inside the call that waits, that it may
/// try again; or why that is of no use: `operation_aborted` for a wait that was
/// cancelled.
class ready_waiter {
 public:
  virtual ~ready_waiter() = default;
  virtual void ready(error_code error) = 0;
};

/// One that calls back.
template <class F>
class ready_call final : public ready_waiter {
 public:
  explicit ready_call(F f) : f_{std::move(f)} {}
  void ready(error_code error) override { f_(error); }

 private:
  F f_;
};

template <class F>
std::shared_ptr<ready_waiter> when_ready(F&& f) {
  return std::make_shared<ready_call<std::decay_t<F>>>(std::forward<F>(f));
}

/// A TCP connection whose owner reads and writes by itself, and waits only
/// where there is nothing to do: one system call per message. Runs on its
/// thread, but for the constructor.
class watched_socket {
 public:
  enum class side : std::uint8_t { read, write };

  /// Takes the descriptor from Asio.
  explicit watched_socket(wire_socket x);
  watched_socket(const watched_socket&) = delete;
  watched_socket& operator=(const watched_socket&) = delete;
  ~watched_socket();

  wire_executor get_executor() const { return executor_; }
  /// Below zero once it is closed.
  int descriptor() const { return descriptor_; }

  /// As recv(2); EAGAIN without asking the kernel while nothing has come.
  ssize_t receive(void* out, std::size_t size) noexcept;

  /// Tells `who` once: when there is something to read, for one at a time; or
  /// when there is room again after a write that got EAGAIN.
  void await(side what, std::shared_ptr<ready_waiter> who);

  /// Tells `who` soon.
  void tell_soon(std::shared_ptr<ready_waiter> who, error_code error = {});

  /// Ends the wait for something to read.
  void stop_reading();
  void shutdown_send() noexcept;
  /// Ends all waits.
  void close();

  // For the watch.

  /// These flags of epoll(7) have come.
  void changed(std::uint32_t events) noexcept;
  /// Tells nobody any more.
  void forget_waiters();

 private:
  wire_executor executor_;
  int descriptor_;
  /// There may be something to read.
  bool readable_ = true;
  /// The peer has ended its side, or the connection is broken: nothing more
  /// will be told of reading.
  bool ended_ = false;
  /// Null until somebody waits.
  socket_watch* watch_ = nullptr;
  socket_watch::ticket ticket_ = 0;
  std::shared_ptr<ready_waiter> reader_;
  std::vector<std::shared_ptr<ready_waiter>> writers_;
};

} // namespace causeway
