#include "actors/transport/websocket.hpp"

#include <boost/asio/defer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/http/field.hpp>
#include <caf/send.hpp>

#include <utility>

namespace causeway {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

/// RFC 6455 section 5.5: control frames carry at most 125 bytes, and 2 of a
/// close frame are its code.
constexpr std::size_t max_close_reason = 123;

constexpr std::string_view ping_frame{"\x89\x00", 2};

/// Cuts at the end of a UTF-8 sequence.
void shorten(std::string& text, std::size_t size) {
  if (text.size() <= size)
    return;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  text.resize(size);
}

liveness::limits limits_of(const config::websocket& x) {
  return {x.ping_interval, x.pong_timeout, x.idle_timeout};
}

} // namespace

websocket::websocket(std::shared_ptr<wire> line, peer_facts peer,
  std::shared_ptr<const config::websocket> settings, admission::ticket ticket)
  : wire_{line}, stream_{std::move(line), wire_stream::reading::by_message},
    peer_{std::move(peer)}, settings_{std::move(settings)}, ticket_{std::move(
                                                              ticket)},
    timer_{wire_->get_executor()}, liveness_{limits_of(*settings_),
                                     liveness::clock::now()} {}

websocket::~websocket() {
  // Whoever dropped us may run on another thread than the wire.
  net::defer(wire_->get_executor(), [line = wire_] { line->close(); });
}

template <class F>
void websocket::on_thread(F f) {
  net::defer(wire_->get_executor(),
    [self = shared_from_this(), f = std::move(f)]() mutable { f(*self); });
}

void websocket::accept(
  const upgrade_request& request, std::function<void(error_code)> done) {
  using namespace beast::websocket;
  // All timers are ours.
  stream_.set_option(
    stream_base::timeout{stream_base::none(), stream_base::none(), false});
  stream_.set_option(stream_base::decorator{[](response_type& reply) {
    reply.set(http::field::server, "Causeway");
    reply.set(http::field::sec_websocket_protocol, "xmpp");
  }});
  stream_.read_message_max(settings_->max_message_before_auth);
  stream_.text(true);
  wire_->observe(weak_from_this());
  stream_.async_accept(
    request, [self = shared_from_this(), done = std::move(done)](
               error_code error) { done(error); });
}

void websocket::start(connection_actor owner, std::shared_ptr<frame_sink> sink,
  std::size_t credit) {
  window_.give(credit);
  on_thread(
    [owner = std::move(owner), sink = std::move(sink)](websocket& self) {
      if (self.finished_) {
        caf::anon_send(owner, *self.finished_);
        return;
      }
      self.owner_ = owner;
      self.sink_ = sink;
      self.liveness_.text_came(liveness::clock::now());
      self.arm_timer();
      self.stream_.control_callback(
        [&self](beast::websocket::frame_type type, auto) {
          if (type == beast::websocket::frame_type::pong)
            self.liveness_.heard(liveness::clock::now());
        });
      if (!self.closing_)
        self.read();
    });
}

std::size_t websocket::send(outgoing_message x) {
  traffic_.went_out(x.text.size());
  return wire_->send(std::move(x));
}

std::size_t websocket::queued_bytes() const {
  return wire_->queued_bytes();
}

void websocket::limit_message(std::size_t bytes) {
  on_thread([bytes](websocket& self) { self.stream_.read_message_max(bytes); });
}

void websocket::set_deadline(std::chrono::milliseconds after) {
  on_thread([after](websocket& self) {
    self.liveness_.set_deadline(liveness::clock::now(), after);
    self.arm_timer();
  });
}

void websocket::set_times(const config::websocket& x) {
  on_thread(
    [x = std::make_shared<const config::websocket>(x)](websocket& self) {
      self.settings_ = x;
      self.liveness_.set_limits(limits_of(*x), liveness::clock::now());
      self.arm_timer();
    });
}

void websocket::close(std::uint16_t code, std::string reason) {
  on_thread([code, reason = std::move(reason)](websocket& self) {
    self.close_with(close_cause::closed_here, code, reason);
  });
}

void websocket::abort() {
  on_thread([](websocket& self) {
    self.finish({close_cause::closed_here, 0, "aborted"});
  });
}

transport_counters websocket::counters() const {
  return traffic_.read();
}

void websocket::write_failed(error_code reason) {
  finish({close_cause::connection_lost, 0, reason.message()});
}

void websocket::closing_began() {
  liveness_.start_closing(liveness::clock::now(), settings_->close_timeout);
  arm_timer();
}

void websocket::close_with(
  close_cause cause, std::uint16_t code, std::string reason) {
  if (finished_ || closing_)
    return;
  shorten(reason, max_close_reason);
  closing_ = transport_closed{cause, code, reason};
  // Also if Beast has to wait before it can queue the close frame.
  closing_began();
  // Beast reads until the peer closes, too.
  if (std::exchange(awaits_message_, false))
    wire_->stop_reading();
  stream_.async_close({static_cast<beast::websocket::close_code>(code), reason},
    [self = shared_from_this()](error_code) { self->finish(*self->closing_); });
}

void websocket::finish(transport_closed how) {
  if (finished_)
    return;
  finished_ = std::move(how);
  if (owner_)
    caf::anon_send(owner_, *finished_);
  // Session and transport hold each other until here.
  owner_ = nullptr;
  sink_ = nullptr;
  ticket_.reset();
  timer_.cancel();
  wire_->close();
}

void websocket::arm_timer() {
  auto next = liveness_.next();
  if (finished_ || next >= armed_)
    return;
  armed_ = next;
  timer_.expires_at(next);
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    if (auto self = weak.lock(); self && !error)
      self->timer_fired();
  });
}

void websocket::timer_fired() {
  armed_ = liveness::time_point::max();
  auto now = liveness::clock::now();
  // A slow peer that takes our bytes is alive, but its pong is late.
  if (wire_->take_progress())
    liveness_.heard(now);
  while (!finished_ && perform(liveness_.take_due(now))) {
  }
  arm_timer();
}

bool websocket::perform(liveness_event event) {
  switch (event) {
  case liveness_event::nothing: return false;
  case liveness_event::ping_due:
    if (stream_.is_open())
      wire_->write_raw(ping_frame, nullptr);
    return true;
  case liveness_event::pong_missing:
    finish({close_cause::pong_timeout, 0, "no pong"});
    return false;
  case liveness_event::half_silent:
    caf::anon_send(owner_, silence_noticed{false});
    return true;
  case liveness_event::all_silent:
    caf::anon_send(owner_, silence_noticed{true});
    return true;
  case liveness_event::deadline_over:
    caf::anon_send(owner_, deadline_reached{});
    return true;
  case liveness_event::close_overdue:
    // Beast ends its operation and tells why, unless we closed.
    wire_->close();
    if (closing_)
      finish(*closing_);
    return false;
  }
  return false;
}

} // namespace causeway
