#include "actors/transport/wire.hpp"

#include "actors/transport/ciphertext.hpp"
#include "actors/transport/server_identity.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <new>
#include <span>
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

/// Up to here a copy costs less than what the kernel does for each piece.
constexpr std::size_t cheaper_copied = 1024;

ssize_t send_pieces(int line, std::span<iovec> pieces) {
  std::size_t size = 0;
  for (auto& x : pieces)
    size += x.iov_len;
  if (pieces.size() == 1)
    return ::send(line, pieces[0].iov_base, size, MSG_NOSIGNAL);
  if (size <= cheaper_copied) {
    std::array<char, cheaper_copied> all;
    auto* to = all.data();
    for (auto& x : pieces)
      to = std::copy_n(static_cast<const char*>(x.iov_base), x.iov_len, to);
    return ::send(line, all.data(), size, MSG_NOSIGNAL);
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return ::sendmsg(line, &message, MSG_NOSIGNAL);
}

} // namespace

wire::wire(wire_socket socket, tls_context_ptr tls, framing how)
  : socket_{std::move(socket)}, tls_{std::move(tls)}, framing_{how} {
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
  SSL_set_fd(ssl_, socket_.descriptor());
  if (auto source = make_ciphertext_source(socket_))
    SSL_set0_rbio(ssl_, source);
  else
    SSL_free(std::exchange(ssl_, nullptr));
}

std::size_t wire::send(outgoing_message x) {
  return get_executor().running_in_this_thread() ? send_here(std::move(x))
                                                 : send_over(std::move(x));
}

// Nearly all messages: the actors of a stream run where its socket is.
std::size_t wire::send_here(outgoing_message x) {
  // Its sender may have come from another thread with what is there.
  if (has_inbox_)
    take_inbox();
  if (refusing_)
    return queued_;
  auto size = queue_cost(x);
  queue(std::move(x));
  auto queued = queued_ += size;
  flush_soon();
  return queued;
}

std::size_t wire::send_over(outgoing_message x) {
  std::lock_guard guard{mutex_};
  if (refusing_)
    return queued_;
  auto size = queue_cost(x);
  inbox_.push_back(std::move(x));
  if (!has_inbox_.exchange(true))
    net::defer(get_executor(), [self = shared_from_this()] { self->flush(); });
  return queued_ += size;
}

// One flush per burst: the actors on this thread have their turn before.
void wire::flush_soon() {
  if (std::exchange(flush_scheduled_, true))
    return;
  if (turn_ == nullptr)
    turn_ = &net::use_service<loop_turn>(get_executor().context());
  if (!turn_->add(shared_from_this()))
    net::defer(get_executor(), [self = shared_from_this()] { self->flush(); });
}

void wire::queue(outgoing_message x) {
  is_lively_ = is_lively_ || !x.may_wait;
  is_urgent_ = is_urgent_ || !x.may_wait;
  queue_.push(std::move(x), framing_);
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
  if (!has_inbox_)
    return;
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
    has_inbox_ = false;
    taken.swap(inbox_);
    refused = refusing_;
  }
  // What came after the close frame is dropped and gives itself back.
  for (auto& message : taken)
    if (refused)
      queued_ -= queue_cost(message);
    else
      queue(std::move(message));
}

void wire::flush() {
  flush_scheduled_ = false;
  take_inbox();
  if (std::exchange(is_lively_, false))
    last_urgent_ = coarse_now();
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
    late_flush_ = &net::use_service<late_flush>(get_executor().context());
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

void wire::flush_after(watched_socket::side what) {
  socket_.await(what, when_ready([self = shared_from_this()](error_code error) {
    self->waiting_ = false;
    if (error == net::error::operation_aborted)
      return;
    if (error)
      return self->fail(error);
    self->progress_ = true;
    self->flush();
  }));
  waiting_ = true;
}

wire::attempt wire::write_plain() {
  std::array<iovec, gathered> pieces;
  auto count = queue_.gather(pieces);
  auto n = send_pieces(socket_.descriptor(), {pieces.data(), count});
  if (n >= 0)
    return {{}, static_cast<std::size_t>(n), {}};
  if (errno == EINTR)
    return {};
  if (errno == EAGAIN)
    return {{}, 0, watched_socket::side::write};
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
  auto* to = static_cast<char*>(out);
  std::size_t count = 0;
  attempt last;
  // A record at a time. What ends it is said again by the next try.
  while (count < size && !last.wait && !last.error) {
    is_drained_ = false;
    ERR_clear_error();
    last =
      judge_tls(SSL_read(ssl_, to + count, static_cast<int>(size - count)));
    count += last.bytes;
  }
  return count > 0 ? attempt{{}, count, {}} : last;
}

wire::attempt wire::read_now(void* out, std::size_t size) {
  if (secure() || closed_)
    return read_tls(out, size);
  auto n = socket_.receive(out, size);
  if (n > 0)
    return {{}, static_cast<std::size_t>(n), {}};
  if (n == 0)
    return {net::error::eof, 0, {}};
  if (errno == EAGAIN || errno == EINTR)
    return {{}, 0, watched_socket::side::read};
  return {errno_code(), 0, {}};
}

void wire::await(watched_socket::side what, std::shared_ptr<ready_waiter> who) {
  if (what == watched_socket::side::read && secure() && !is_drained_)
    socket_.tell_soon(std::move(who));
  else
    socket_.await(what, std::move(who));
}

wire::attempt wire::judge_tls(int result) {
  auto saved = errno;
  if (result > 0)
    return {{}, static_cast<std::size_t>(result), {}};
  switch (SSL_get_error(ssl_, result)) {
  case SSL_ERROR_WANT_READ:
    is_drained_ = true;
    return {{}, 0, watched_socket::side::read};
  case SSL_ERROR_WANT_WRITE: return {{}, 0, watched_socket::side::write};
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
      // The first request may have come with the end of the handshake.
      is_drained_ = false;
      tls_version_ = SSL_get_version(ssl_);
      tls_cipher_ = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_));
    }
    done(tried.error);
    return;
  }
  socket_.await(*tried.wait,
    when_ready(
      [self = shared_from_this(), done = std::move(done)](error_code error) {
        if (error)
          done(error);
        else
          self->shake_hands(done);
      }));
}

void wire::linger(std::function<void()> done) {
  if (!closed_) {
    if (ssl_ != nullptr) {
      ERR_clear_error();
      SSL_shutdown(ssl_);
    }
    socket_.shutdown_send();
  }
  drain(std::move(done));
}

void wire::drain(std::function<void()> done) {
  // A peer that sends on and on must not keep the thread, so one piece a time.
  std::array<char, record_size> sink;
  if (!closed_) {
    auto n = socket_.receive(sink.data(), sink.size());
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) {
      socket_.await(watched_socket::side::read,
        when_ready([self = shared_from_this(), done = std::move(done)](
                     error_code error) {
          if (error)
            self->close();
          self->drain(done);
        }));
      return;
    }
    close();
  }
  net::post(get_executor(), std::move(done));
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
  socket_.close();
}

} // namespace causeway
