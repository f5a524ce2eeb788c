#include "actors/transport/wire.hpp"

#include "actors/transport/server_identity.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace causeway {

namespace net = boost::asio;

namespace {

/// Half of them are headers: 32 messages per system call.
constexpr std::size_t gathered = 64;

/// One TLS record.
constexpr std::size_t record_size = 16 * 1024;

/// What may wait for company, counted as `queued_bytes` does: a client that
/// asks and asks must not fill its queue with the answers.
constexpr std::size_t most_held_back = 2 * 1024;

/// A stream is lively for so long after a message that may not wait.
constexpr std::chrono::milliseconds lively_for{200};

constexpr unsigned char close_frame = 0x88;

std::chrono::nanoseconds coarse_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::seconds{now.tv_sec}
         + std::chrono::nanoseconds{now.tv_nsec};
}

error_code errno_code() {
  return {errno, boost::system::system_category()};
}

} // namespace

wire::wire(wire_socket socket, tls_context_ptr tls, framing how)
  : socket_{std::move(socket)}, tls_{std::move(tls)}, framing_{how} {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  if (tls_)
    attach(SSL_new(tls_->native()));
}

wire::~wire() {
  SSL_free(ssl_);
}

void wire::attach(ssl_st* engine) {
  ssl_ = engine;
  if (ssl_ == nullptr)
    return;
  ciphertext_ = std::make_unique<ciphertext>(socket_.native_handle());
  SSL_set_fd(ssl_, socket_.native_handle());
  if (auto source = ciphertext_->make_bio())
    SSL_set0_rbio(ssl_, source);
  else
    SSL_free(std::exchange(ssl_, nullptr));
}

std::size_t wire::send(outgoing_message x) {
  std::size_t queued = 0;
  {
    std::lock_guard guard{mutex_};
    if (refusing_)
      return queued_;
    auto size = queue_cost(x);
    inbox_.push_back(std::move(x));
    queued = queued_ += size;
    if (std::exchange(flush_scheduled_, true))
      return queued;
  }
  // One flush per burst: deferred until the actors on this thread have had
  // their turn, and without waking another thread.
  net::defer(
    socket_.get_executor(), [self = shared_from_this()] { self->flush(); });
  return queued;
}

void wire::write_raw(
  std::string_view bytes, std::unique_ptr<write_waiter> waiter) {
  take_inbox();
  if (closed_) {
    if (waiter)
      waiter->written(false);
    return;
  }
  auto closing =
    !bytes.empty() && static_cast<unsigned char>(bytes.front()) == close_frame;
  queue_.push_raw(bytes, std::move(waiter));
  is_urgent_ = true;
  if (closing) {
    // Nothing may follow a close frame (RFC 6455 section 5.5.1).
    refuse();
    if (auto observer = observer_.lock())
      observer->closing_began();
  }
  flush();
}

void wire::end_writing(std::unique_ptr<write_waiter> waiter) {
  write_raw({}, std::move(waiter));
  refuse();
}

void wire::refuse() {
  std::lock_guard guard{mutex_};
  refusing_ = true;
}

void wire::take_inbox() {
  try {
    queue_inbox();
  } catch (const std::bad_alloc&) {
    // A stream with a gap must not go on.
    fail(net::error::no_memory);
  }
}

void wire::queue_inbox() {
  bool refused = false;
  std::vector<outgoing_message> taken;
  {
    std::lock_guard guard{mutex_};
    flush_scheduled_ = false;
    taken.swap(inbox_);
    refused = refusing_;
  }
  auto is_lively = false;
  // What came after the close frame is dropped and gives itself back.
  for (auto& message : taken) {
    if (refused) {
      queued_ -= queue_cost(message);
      continue;
    }
    is_lively = is_lively || !message.may_wait;
    queue_.push(std::move(message), framing_);
  }
  if (is_lively) {
    is_urgent_ = true;
    last_urgent_ = coarse_now();
  }
}

void wire::flush() {
  take_inbox();
  if (holds_back())
    return;
  // Also what is left of it when the peer is slow.
  is_urgent_ = !queue_.empty();
  while (!waiting_ && !closed_ && !queue_.empty()) {
    auto written = ssl_ != nullptr ? write_tls() : write_plain();
    if (written.wait)
      flush_after(*written.wait);
    else if (written.error)
      fail(written.error);
    else
      took(written.bytes);
  }
}

void wire::took(std::size_t bytes) {
  queued_ -= queue_.consume(bytes);
  is_urgent_ = is_urgent_ && !queue_.empty();
}

// A system call, and a record of TLS, for an ack alone are most of what the ack
// costs. Where nothing but acks has gone out of late, nothing else will.
bool wire::holds_back() {
  if (is_urgent_ || queue_.empty() || waiting_ || closed_
      || queued_ > most_held_back || coarse_now() - last_urgent_ >= lively_for)
    return false;
  if (awaits_late_flush_)
    return true;
  if (late_flush_ == nullptr)
    late_flush_ =
      &net::use_service<late_flush>(socket_.get_executor().context());
  late_flush_->add(weak_from_this());
  awaits_late_flush_ = true;
  return true;
}

void wire::flush_late() {
  awaits_late_flush_ = false;
  if (queue_.empty() || closed_)
    return;
  is_urgent_ = true;
  flush();
}

void wire::flush_after(wire_socket::wait_type wait) {
  socket_.async_wait(wait, [self = shared_from_this()](error_code error) {
    self->waiting_ = false;
    if (error)
      return;
    self->progress_ = true;
    self->flush();
  });
  waiting_ = true;
}

wire::attempt wire::write_plain() {
  std::array<iovec, gathered> pieces;
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = queue_.gather(pieces);
  auto line = socket_.native_handle();
  auto n = message.msg_iovlen == 1
             ? ::send(line, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL)
             : ::sendmsg(line, &message, MSG_NOSIGNAL);
  if (n >= 0)
    return {{}, static_cast<std::size_t>(n), {}};
  if (errno == EAGAIN || errno == EINTR)
    return {{}, 0, wire_socket::wait_write};
  return {errno_code(), 0, {}};
}

wire::attempt wire::write_tls() {
  // A retry after WANT_WRITE copies the same bytes again, and maybe more,
  // which OpenSSL asks for.
  static thread_local std::array<char, record_size> record;
  auto size = queue_.copy(record);
  if (size == 0)
    return {};
  ERR_clear_error();
  return judge_tls(SSL_write(ssl_, record.data(), static_cast<int>(size)));
}

wire::attempt wire::read_tls(void* out, std::size_t size) {
  if (closed_)
    return {net::error::operation_aborted, 0, {}};
  if (size == 0)
    return {};
  ERR_clear_error();
  return judge_tls(SSL_read(ssl_, out, static_cast<int>(size)));
}

wire::attempt wire::read_now(void* out, std::size_t size) {
  if (secure() || closed_)
    return read_tls(out, size);
  auto n = ::recv(socket_.native_handle(), out, size, 0);
  if (n > 0)
    return {{}, static_cast<std::size_t>(n), {}};
  if (n == 0)
    return {net::error::eof, 0, {}};
  if (errno == EAGAIN || errno == EINTR)
    return {{}, 0, wire_socket::wait_read};
  return {errno_code(), 0, {}};
}

wire::attempt wire::judge_tls(int result) {
  auto saved = errno;
  if (result > 0)
    return {{}, static_cast<std::size_t>(result), {}};
  switch (SSL_get_error(ssl_, result)) {
  case SSL_ERROR_WANT_READ: return {{}, 0, wire_socket::wait_read};
  case SSL_ERROR_WANT_WRITE: return {{}, 0, wire_socket::wait_write};
  case SSL_ERROR_ZERO_RETURN: return {net::error::eof, 0, {}};
  case SSL_ERROR_SYSCALL:
    if (saved != 0)
      return {{saved, boost::system::system_category()}, 0, {}};
    return {net::error::eof, 0, {}};
  default: return {net::error::connection_aborted, 0, {}};
  }
}

void wire::accept_tls(std::function<void(error_code)> done) {
  if (ssl_ != nullptr)
    SSL_set_accept_state(ssl_);
  shake_hands(std::move(done));
}

void wire::connect_tls(std::shared_ptr<server_identity> server,
  std::function<void(std::string)> done) {
  if (!closed_)
    attach(server->make_engine());
  // Holds back what is sent meanwhile.
  waiting_ = true;
  shake_hands([self = shared_from_this(), server, done = std::move(done)](
                error_code error) {
    // First, since the reason is in a queue of this thread.
    auto failure = error ? server->failure(error) : std::string{};
    if (self->ssl_ != nullptr)
      server->let_go(self->ssl_);
    self->waiting_ = false;
    done(std::move(failure));
    self->flush();
  });
}

void wire::shake_hands(std::function<void(error_code)> done) {
  if (closed_) {
    done(net::error::operation_aborted);
    return;
  }
  if (ssl_ == nullptr) {
    done(net::error::no_memory);
    return;
  }
  ERR_clear_error();
  auto tried = judge_tls(SSL_do_handshake(ssl_));
  if (!tried.wait) {
    if (!tried.error) {
      tls_version_ = SSL_get_version(ssl_);
      tls_cipher_ = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_));
    }
    done(tried.error);
    return;
  }
  await_tls(*tried.wait, [self = shared_from_this(), done = std::move(done)](
                           error_code error, std::size_t came = 0) {
    if (came > 0)
      self->took_ciphertext(came);
    if (error)
      done(error);
    else
      self->shake_hands(done);
  });
}

void wire::linger(std::function<void()> done) {
  if (!closed_) {
    if (ssl_ != nullptr) {
      ERR_clear_error();
      SSL_shutdown(ssl_);
    }
    error_code ignored;
    socket_.shutdown(wire_socket::shutdown_send, ignored);
  }
  drain(std::move(done));
}

void wire::drain(std::function<void()> done) {
  // A peer that sends on and on must not keep the thread, so one piece a time.
  std::array<char, record_size> sink;
  if (!closed_) {
    auto n = ::recv(socket_.native_handle(), sink.data(), sink.size(), 0);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) {
      socket_.async_wait(wire_socket::wait_read,
        [self = shared_from_this(), done = std::move(done)](
          error_code) { self->drain(done); });
      return;
    }
    close();
  }
  net::post(socket_.get_executor(), std::move(done));
}

void wire::fail(error_code reason) {
  close();
  if (auto observer = observer_.lock())
    observer->write_failed(reason);
}

void wire::close() {
  if (std::exchange(closed_, true))
    return;
  refuse();
  take_inbox();
  queue_.fail();
  queued_ = 0;
  error_code ignored;
  socket_.close(ignored);
}

} // namespace causeway
