#include "actors/transport/upstream_socket.hpp"

#include "actors/transport/written_call.hpp"

#include <caf/send.hpp>

#include <utility>

namespace causeway {

namespace net = boost::asio;

namespace {

/// From `close` on, for what is queued and for the end of the server's stream.
constexpr std::chrono::milliseconds close_timeout{2'000};

} // namespace

upstream_socket::upstream_socket(
  std::shared_ptr<wire> line, client_tls_ptr tls, std::string domain)
  : wire_{std::move(line)}, tls_{std::move(tls)}, domain_{std::move(domain)},
    timer_{wire_->get_executor()} {}

upstream_socket::~upstream_socket() {
  // Whoever dropped us may run on another thread than the wire.
  net::defer(wire_->get_executor(), [line = wire_] { line->close(); });
}

std::unique_ptr<write_waiter> upstream_socket::when_written(
  void (upstream_socket::*f)()) {
  return std::make_unique<written_call>(
    wire_->get_executor(), [self = shared_from_this(), f](bool success) {
      // What is lost ends us by `write_failed`.
      if (success)
        (*self.*f)();
    });
}

void upstream_socket::start(upstream_link_actor owner, std::size_t credit) {
  window_.give(credit);
  on_thread([owner = std::move(owner)](upstream_socket& self) {
    if (self.finished_) {
      caf::anon_send(owner, *self.finished_);
      return;
    }
    self.owner_ = owner;
    self.wire_->observe(self.weak_from_this());
    self.read();
  });
}

std::size_t upstream_socket::send(outgoing_message x) {
  traffic_.went_out(x.text.size());
  return wire_->send(std::move(x));
}

std::size_t upstream_socket::queued_bytes() const {
  return wire_->queued_bytes();
}

transport_counters upstream_socket::counters() const {
  return traffic_.read();
}

std::string upstream_socket::tls() const {
  std::string version{wire_->tls_version()};
  return version.empty() ? version : version + ' ' + wire_->tls_cipher();
}

// -- ending -------------------------------------------------------------------

void upstream_socket::write_failed(error_code reason) {
  auto cause = phase_ == phase::closing ? close_cause::closed_here
                                        : close_cause::connection_lost;
  finish({cause, 0, reason.message()});
}

void upstream_socket::close() {
  on_thread([](upstream_socket& self) { self.end_writing(); });
}

void upstream_socket::end_writing() {
  if (finished_ || phase_ == phase::closing)
    return;
  if (phase_ == phase::starting_tls) {
    finish({close_cause::closed_here, 0, "closed during the TLS handshake"});
    return;
  }
  phase_ = phase::closing;
  arm(close_timeout, &upstream_socket::close_overdue);
  wire_->end_writing(when_written(&upstream_socket::await_peer));
}

void upstream_socket::await_peer() {
  if (finished_)
    return;
  // A pending read would take the end that `linger` waits for.
  wire_->stop_reading();
  wire_->linger([self = shared_from_this()] {
    self->finish({close_cause::closed_here, 0, "closed"});
  });
}

void upstream_socket::abort() {
  on_thread([](upstream_socket& self) {
    self.finish({close_cause::closed_here, 0, "aborted"});
  });
}

void upstream_socket::finish(transport_closed how) {
  if (finished_)
    return;
  finished_ = std::move(how);
  if (owner_)
    caf::anon_send(owner_, *finished_);
  // Link and transport hold each other until here.
  owner_ = nullptr;
  timer_.cancel();
  wire_->close();
}

// -- time ---------------------------------------------------------------------

void upstream_socket::set_deadline(std::chrono::milliseconds after) {
  on_thread([after](upstream_socket& self) {
    if (self.phase_ != phase::closing)
      self.arm(after, &upstream_socket::deadline_over);
  });
}

void upstream_socket::arm(
  std::chrono::milliseconds after, void (upstream_socket::*f)()) {
  ++armed_;
  timer_.cancel();
  if (finished_ || after == after.zero())
    return;
  timer_.expires_after(after);
  timer_.async_wait(
    [weak = weak_from_this(), armed = armed_, f](error_code error) {
      auto self = weak.lock();
      if (self && !error && self->armed_ == armed && !self->finished_)
        (*self.*f)();
    });
}

void upstream_socket::deadline_over() {
  if (owner_)
    caf::anon_send(owner_, deadline_reached{});
}

void upstream_socket::close_overdue() {
  finish({close_cause::closed_here, 0, "the server did not close in time"});
}

} // namespace causeway
