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
  await(watched_socket::side::read);
}

void upstream_socket::await(watched_socket::side what) {
  reading_ = true;
  wire_->await(what, shared_from_this());
}

void upstream_socket::ready(error_code error) {
  reading_ = false;
  if (finished_ || phase_ == phase::closing)
    return;
  if (phase_ == phase::starting_tls) {
    // Else what is queued is not written yet: `stop_reading_clear` comes.
    if (error == net::error::operation_aborted)
      end_clear();
  } else if (error)
    read_failed(error);
  else
    take();
}

void upstream_socket::take() {
  static thread_local std::array<char, chunk_size> room;
  auto got = wire_->read_now(room.data(), room.size());
  if (got.error) {
    read_failed(got.error);
  } else if (got.wait) {
    await(*got.wait);
  } else {
    deliver({room.data(), got.bytes});
    read();
  }
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
  if (reading_)
    wire_->stop_reading();
  else
    end_clear();
}

void upstream_socket::end_clear() {
  char byte = 0;
  auto got = wire_->read_now(&byte, 1);
  if (got.error)
    read_failed(got.error);
  else if (got.bytes > 0)
    // Somebody in between could have put them there.
    finish({close_cause::tls_failed, 0,
      "the server sent bytes in the clear after <proceed/>"});
  else
    shake_hands();
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
