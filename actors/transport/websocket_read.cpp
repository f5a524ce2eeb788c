#include "actors/transport/websocket.hpp"

#include <boost/asio/defer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

/// The reading half of `websocket`: whole text messages against credit.
namespace causeway {

namespace {

namespace beast = boost::beast;
namespace net = boost::asio;

/// Room made ahead of the bytes of a message: a frame header alone must not
/// make us allocate what it claims.
constexpr std::size_t step = 16 * 1024;

/// Close codes of RFC 6455 section 7.4.1.
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t unsupported_data = 1003;
constexpr std::uint16_t invalid_payload = 1007;
constexpr std::uint16_t too_big = 1009;

} // namespace

void websocket::read() {
  stream_.async_read_some(
    net::buffer(first_), [self = shared_from_this()](error_code error,
                           std::size_t bytes) { self->took(error, bytes); });
}

void websocket::continue_reading() {
  auto hint = stream_.read_size_hint(first_.size());
  auto room = std::min(hint, std::max(step, text_size_));
  text_.resize(text_size_ + room);
  stream_.async_read_some(net::buffer(text_.data() + text_size_, room),
    [self = shared_from_this()](
      error_code error, std::size_t bytes) { self->took(error, bytes); });
}

void websocket::took(error_code error, std::size_t bytes) {
  if (finished_)
    return;
  if (error) {
    read_failed(error);
    return;
  }
  if (closing_)
    return;
  if (!stream_.got_text()) {
    close_with(close_cause::protocol_violation, unsupported_data,
      "binary messages are not supported");
    return;
  }
  if (text_.empty())
    text_.assign(first_.data(), bytes);
  text_size_ += bytes;
  if (stream_.is_message_done()) {
    message_complete();
  } else {
    liveness_.heard(liveness::clock::now());
    continue_reading();
  }
}

void websocket::message_complete() {
  text_.resize(text_size_);
  text_size_ = 0;
  liveness_.text_came(liveness::clock::now());
  deliver(std::exchange(text_, {}));
  if (window_.pause())
    liveness_.pause();
  else
    read();
}

void websocket::deliver(std::string text) {
  traffic_.came_in(text.size());
  window_.take(text.size() + frame::overhead);
  caf::anon_send(owner_, message_received{std::make_shared<frame>(
                           std::move(text), weak_from_this())});
}

void websocket::grant(std::size_t bytes) noexcept {
  if (!window_.give(bytes))
    return;
  net::defer(wire_->socket().get_executor(), [self = shared_from_this()] {
    if (self->finished_ || self->closing_)
      return;
    self->liveness_.resume(liveness::clock::now());
    self->arm_timer();
    self->read();
  });
}

void websocket::read_failed(error_code failure) {
  using beast::websocket::condition;
  using beast::websocket::error;
  // While we close, the end of the closing handshake tells.
  if (closing_) {
    if (failure != net::error::operation_aborted)
      finish(*closing_);
    return;
  }
  auto& reason = stream_.reason();
  if (failure == error::closed)
    finish({close_cause::peer_closed, static_cast<std::uint16_t>(reason.code),
      {reason.reason.data(), reason.reason.size()}});
  else if (failure == error::message_too_big)
    finish({close_cause::protocol_violation, too_big, failure.message()});
  else if (failure == error::bad_frame_payload)
    finish(
      {close_cause::protocol_violation, invalid_payload, failure.message()});
  else if (failure == condition::protocol_violation)
    finish(
      {close_cause::protocol_violation, protocol_error, failure.message()});
  else
    finish({close_cause::connection_lost, 0, failure.message()});
}

} // namespace causeway
