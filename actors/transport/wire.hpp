#pragma once

#include "actors/transport/late_flush.hpp"
#include "actors/transport/loop_turn.hpp"
#include "actors/transport/tls_context.hpp"
#include "actors/transport/watched_socket.hpp"
#include "actors/transport/write_queue.hpp"

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
/// to the descriptor and reads by `make_ciphertext_source`, which saves 50 KiB
/// per connection against Asio's engine. Runs on its thread except for the
/// constructor, and where noted.
class wire : public late_flusher,
             public turn_task,
             public std::enable_shared_from_this<wire> {
 public:
  /// The server's side of TLS; plain if `tls` is null.
  wire(
    wire_socket socket, tls_context_ptr tls, framing how = framing::websocket);
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;
  ~wire() override;

  wire_executor get_executor() const { return socket_.get_executor(); }
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
    std::optional<watched_socket::side> wait;
  };
  attempt read_now(void* out, std::size_t size);

  /// Tells `who` when it is time for the next try.
  void await(watched_socket::side what, std::shared_ptr<ready_waiter> who);
  /// Ends the wait for something to read: it gets `operation_aborted`.
  void stop_reading() { socket_.stop_reading(); }

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
  std::size_t send_here(outgoing_message x);
  std::size_t send_over(outgoing_message x);
  void queue(outgoing_message x);
  void flush_soon();
  void attach(ssl_st* engine);
  void shake_hands(std::function<void(error_code)> done);
  void take_inbox();
  void queue_inbox();
  void refuse();
  void flush();
  void take_turn() override { flush(); }
  void took(std::size_t bytes);
  bool holds_back();
  void flush_late() override;
  attempt write_plain();
  attempt write_tls();
  attempt read_tls(void* out, std::size_t size);
  attempt judge_tls(int result);
  void flush_after(watched_socket::side what);
  void fail(error_code reason);
  void drain(std::function<void()> done);

  watched_socket socket_;
  tls_context_ptr tls_;
  ssl_st* ssl_ = nullptr;
  std::weak_ptr<wire_observer> observer_;
  write_queue queue_;
  framing framing_;
  bool waiting_ = false;
  bool progress_ = false;
  /// OpenSSL has nothing left of what has come.
  bool is_drained_ = false;
  bool closed_ = false;
  bool flush_scheduled_ = false;
  /// Something is queued that may not wait for what comes next.
  bool is_urgent_ = false;
  /// A message of that kind has come since the last flush.
  bool is_lively_ = false;
  /// `flush_late` will be called.
  bool awaits_late_flush_ = false;
  /// When a message came last that may not wait, by a clock that costs nearly
  /// nothing and is exact to some milliseconds.
  std::chrono::nanoseconds last_urgent_{0};
  /// Of this event loop; null until they are needed.
  late_flush* late_flush_ = nullptr;
  loop_turn* turn_ = nullptr;

  std::atomic<const char*> tls_version_{""};
  std::atomic<const char*> tls_cipher_{""};
  std::atomic<std::size_t> queued_{0};
  std::mutex mutex_;
  /// From other threads; guarded by the mutex.
  std::vector<outgoing_message> inbox_;
  /// It has some, and `flush` will come. Changes under the mutex.
  std::atomic<bool> has_inbox_{false};
  /// Set on the thread of the wire, under the mutex.
  bool refusing_ = false;
};

} // namespace causeway
