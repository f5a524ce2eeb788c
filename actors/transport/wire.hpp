#pragma once

#include "actors/transport/ciphertext.hpp"
#include "actors/transport/late_flush.hpp"
#include "actors/transport/tls_context.hpp"
#include "actors/transport/write_queue.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct ssl_st;

namespace causeway {

class server_identity;

using boost::system::error_code;

/// The event loop of one thread: what runs there takes turns.
using wire_executor = boost::asio::io_context::executor_type;
using wire_socket =
  boost::asio::basic_stream_socket<boost::asio::ip::tcp, wire_executor>;

/// Told on the thread of a wire what happens to its write side.
class wire_observer {
 public:
  virtual ~wire_observer() = default;
  /// The wire is closed, since nothing can be written any more.
  virtual void write_failed(error_code reason) = 0;
  /// A close frame is queued; messages are refused from now on.
  virtual void closing_began() = 0;
};

/// One TCP connection, with or without TLS, and its write queue. OpenSSL writes
/// to the descriptor and reads from `ciphertext`, which saves 50 KiB per
/// connection against Asio's engine. Runs on its thread except where noted.
class wire : public late_flusher, public std::enable_shared_from_this<wire> {
 public:
  /// The server's side of TLS; plain if `tls` is null.
  wire(
    wire_socket socket, tls_context_ptr tls, framing how = framing::websocket);
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;
  ~wire() override;

  wire_socket& socket() { return socket_; }
  bool secure() const { return ssl_ != nullptr; }
  /// "TLSv1.3" and the like once the handshake is done, else empty; constants
  /// of OpenSSL; any thread.
  const char* tls_version() const { return tls_version_; }
  const char* tls_cipher() const { return tls_cipher_; }
  void observe(std::weak_ptr<wire_observer> x) { observer_ = std::move(x); }

  /// Queues a message; any thread. Returns what `queued_bytes` does.
  std::size_t send(outgoing_message x);

  /// Cost of what is queued; any thread.
  std::size_t queued_bytes() const {
    return queued_.load(std::memory_order_relaxed);
  }

  /// Queues bytes as they are, behind all messages sent before, and writes.
  void write_raw(std::string_view bytes, std::unique_ptr<write_waiter> waiter);

  /// Refuses messages from now on; tells `waiter` once all before are written.
  void end_writing(std::unique_ptr<write_waiter> waiter);

  /// True, once, after a peer that had been slow took more bytes.
  bool take_progress() { return std::exchange(progress_, false); }

  /// One try of an operation: done, failed, or to be retried after `wait`.
  struct attempt {
    error_code error;
    std::size_t bytes = 0;
    std::optional<wire_socket::wait_type> wait;
  };
  attempt read_tls(void* out, std::size_t size);
  /// The same with or without TLS.
  attempt read_now(void* out, std::size_t size);

  /// Waits for what an attempt asks for; then `done` gets an error and the
  /// number of bytes for `took_ciphertext`.
  template <class Handler>
  void await_tls(wire_socket::wait_type wait, Handler&& done) {
    if (wait == wire_socket::wait_read) {
      auto room = ciphertext_->room();
      socket_.async_read_some(boost::asio::buffer(room.data(), room.size()),
        std::forward<Handler>(done));
    } else {
      socket_.async_wait(wait, std::forward<Handler>(done));
    }
  }

  void took_ciphertext(std::size_t bytes) { ciphertext_->filled(bytes); }

  /// The server's side of the TLS handshake.
  void accept_tls(std::function<void(error_code)> done);

  /// The client's side, on a wire that is plain so far and has nothing queued.
  /// Messages wait until it is done. `done` gets the reason of a failure, or
  /// nothing.
  void connect_tls(std::shared_ptr<server_identity> server,
    std::function<void(std::string)> done);

  /// Ends the write side, then reads until the peer has ended its own, so that
  /// it can still take what was written; unbounded in time.
  void linger(std::function<void()> done);

  /// Drops what is queued and closes at once.
  void close();

 private:
  void attach(ssl_st* engine);
  void shake_hands(std::function<void(error_code)> done);
  void take_inbox();
  void queue_inbox();
  void refuse();
  void flush();
  void took(std::size_t bytes);
  bool holds_back();
  void flush_late() override;
  attempt write_plain();
  attempt write_tls();
  attempt judge_tls(int result);
  void flush_after(wire_socket::wait_type wait);
  void fail(error_code reason);
  void drain(std::function<void()> done);

  wire_socket socket_;
  tls_context_ptr tls_;
  /// Outlives the engine, which reads from it.
  std::unique_ptr<ciphertext> ciphertext_;
  ssl_st* ssl_ = nullptr;
  std::weak_ptr<wire_observer> observer_;
  write_queue queue_;
  framing framing_;
  bool waiting_ = false;
  bool progress_ = false;
  bool closed_ = false;
  /// Something is queued that may not wait for what comes next.
  bool is_urgent_ = false;
  /// `flush_late` will be called.
  bool awaits_late_flush_ = false;
  /// When a message came last that may not wait, by a clock that costs nearly
  /// nothing and is exact to some milliseconds.
  std::chrono::nanoseconds last_urgent_{0};
  /// Of this event loop; null until it is needed.
  late_flush* late_flush_ = nullptr;

  std::atomic<const char*> tls_version_{""};
  std::atomic<const char*> tls_cipher_{""};
  std::atomic<std::size_t> queued_{0};
  std::mutex mutex_;
  // Guarded by the mutex.
  std::vector<outgoing_message> inbox_;
  bool flush_scheduled_ = false;
  bool refusing_ = false;
};

} // namespace causeway
