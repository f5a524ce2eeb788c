#include "actors/transport/server_identity.hpp"
#include "actors/transport/upstream_socket.hpp"

#include <caf/send.hpp>

#include <utility>

/// The reading half of `upstream_socket`: chunks against credit, and the change
/// from clear text to TLS in between.
namespace causeway {

namespace net = boost::asio;

namespace {

/// Largest chunk; also one TLS record.
constexpr std::size_t chunk_size = 16 * 1024;

} // namespace

void upstream_socket::charge(std::size_t bytes) noexcept {
  window_.take(bytes);
}

void upstream_socket::grant(std::size_t bytes) noexcept {
  if (window_.give(bytes))
    on_thread([](upstream_socket& self) { self.read(); });
}

void upstream_socket::read() {
  if (finished_ || reading_ || phase_ != phase::open || window_.pause())
    return;
  reading_ = true;
  stream_.async_read_some(net::buffer(first_),
    [self = shared_from_this()](error_code error, std::size_t bytes) {
      self->reading_ = false;
      self->took(error, bytes);
    });
}

void upstream_socket::took(error_code error, std::size_t bytes) {
  if (finished_ || phase_ == phase::closing)
    return;
  if (phase_ == phase::starting_tls) {
    took_clear(error);
    return;
  }
  if (error) {
    read_failed(error);
    return;
  }
  std::string chunk{first_.data(), bytes};
  auto ended = read_on(chunk);
  deliver(std::move(chunk));
  if (ended)
    read_failed(*ended);
  else
    read();
}

std::optional<error_code> upstream_socket::read_on(std::string& chunk) {
  static thread_local std::array<char, chunk_size> more;
  // A short read has emptied the socket, but not what TLS has decrypted.
  auto go_on = wire_->secure() || chunk.size() == first_.size();
  while (go_on && chunk.size() < chunk_size) {
    auto got = wire_->read_now(more.data(), chunk_size - chunk.size());
    if (got.error)
      return got.error;
    chunk.append(more.data(), got.bytes);
    go_on = wire_->secure() && !got.wait;
  }
  return {};
}

void upstream_socket::deliver(std::string chunk) {
  traffic_.came_in(chunk.size());
  window_.take(chunk.size());
  caf::anon_send(owner_, chunk_received{std::move(chunk)});
}

void upstream_socket::read_failed(error_code error) {
  if (error == net::error::eof)
    finish({close_cause::peer_closed, 0, "the server closed the connection"});
  else
    finish({close_cause::connection_lost, 0, error.message()});
}

// -- STARTTLS -----------------------------------------------------------------

void upstream_socket::start_tls() {
  on_thread([](upstream_socket& self) {
    if (self.finished_ || self.phase_ != phase::open)
      return;
    if (!self.tls_) {
      self.finish({close_cause::tls_failed, 0, "no TLS settings"});
      return;
    }
    self.phase_ = phase::starting_tls;
    self.wire_->write_raw(
      {}, self.when_written(&upstream_socket::stop_reading_clear));
  });
}

void upstream_socket::stop_reading_clear() {
  if (finished_)
    return;
  if (!reading_) {
    shake_hands();
    return;
  }
  error_code ignored;
  wire_->socket().cancel(ignored);
}

void upstream_socket::took_clear(error_code error) {
  if (error == net::error::operation_aborted)
    shake_hands();
  else if (error)
    read_failed(error);
  else
    // Somebody in between could have put them there.
    finish({close_cause::tls_failed, 0,
      "the server sent bytes in the clear after <proceed/>"});
}

void upstream_socket::shake_hands() {
  auto server = std::make_shared<server_identity>(
    std::move(tls_), domain_, server_identity::start::upgrade);
  wire_->connect_tls(
    std::move(server), [self = shared_from_this()](const std::string& failure) {
      self->tls_done(failure);
    });
}

void upstream_socket::tls_done(const std::string& failure) {
  if (finished_)
    return;
  if (!failure.empty()) {
    finish({close_cause::tls_failed, 0, failure});
    return;
  }
  phase_ = phase::open;
  caf::anon_send(owner_, upstream_tls_ready{});
  read();
}

} // namespace causeway
