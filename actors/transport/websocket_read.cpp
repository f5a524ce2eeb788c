#include "actors/transport/websocket.hpp"

#include <boost/asio/defer.hpp>
#include <boost/beast/websocket/error.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

/// The reading half of `websocket`: whole text messages against credit.
namespace causeway {

namespace {

namespace beast = boost::beast;
namespace net = boost::asio;

/// Room made ahead of the bytes of a message: a frame header alone must not
/// make us allocate what it claims.
constexpr std::size_t step = 16 * 1024;

/// What one look takes from the socket: some ten messages. As much may wait
/// here for credit, beside what the window counts.
constexpr std::size_t read_ahead = 4 * 1024;

/// Where nothing is known of a message yet.
constexpr std::size_t first_step = 512;

/// Close codes of RFC 6455 section 7.4.1.
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t unsupported_data = 1003;
constexpr std::uint16_t invalid_payload = 1007;
constexpr std::uint16_t too_big = 1009;

} // namespace

// A stream with a gap must not go on.
template <class F>
void websocket::guard(F f) {
  try {
    f();
  } catch (const std::bad_alloc&) {
    finish({close_cause::connection_lost, 0, "out of memory"});
  }
}

// Between two messages.
void websocket::read() {
  auto& line = stream_.next_layer();
  if (line.has_unread()) {
    auto bytes = line.take_unread();
    take(bytes);
    return;
  }
  awaits_message_ = true;
  wire_->await(watched_socket::side::read, shared_from_this());
}

void websocket::ready(error_code error) {
  if (finished_ || closing_)
    return;
  awaits_message_ = false;
  if (error)
    read_failed(error);
  else
    guard([this] { read_plain(); });
}

void websocket::read_plain() {
  static thread_local std::array<char, read_ahead> room;
  auto got = wire_->read_now(room.data(), room.size());
  if (got.error) {
    read_failed(got.error);
  } else if (got.wait) {
    awaits_message_ = true;
    wire_->await(*got.wait, shared_from_this());
  } else {
    take({room.data(), got.bytes});
  }
}

void websocket::take(std::span<char> bytes) {
  auto is_open = true;
  while (is_open && !bytes.empty()) {
    auto text = take_plain_message(bytes, stream_.read_message_max());
    if (!text)
      break;
    is_open = deliver(std::string{*text});
  }
  if (!bytes.empty())
    stream_.next_layer().give_back({bytes.data(), bytes.size()});
  if (!is_open)
    return;
  if (bytes.empty())
    read();
  else
    read_by_beast();
}

void websocket::read_by_beast() {
  auto hint = stream_.read_size_hint(first_step);
  auto room = std::min(hint, std::max(step, text_size_));
  text_.resize(text_size_ + room);
  stream_.async_read_some(net::buffer(text_.data() + text_size_, room),
    [self = shared_from_this()](error_code error, std::size_t bytes) {
      self->guard([&] { self->took(error, bytes); });
    });
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
  text_size_ += bytes;
  if (!stream_.is_message_done()) {
    liveness_.heard(liveness::clock::now());
    read_by_beast();
    return;
  }
  text_.resize(std::exchange(text_size_, 0));
  text_.shrink_to_fit();
  if (deliver(std::exchange(text_, {})))
    read();
}

// False if nothing more may be read for now.
bool websocket::deliver(std::string text) {
  liveness_.text_came(liveness::clock::now());
  traffic_.came_in(text.size());
  window_.take(text.size() + frame::overhead);
  sink_->take(std::make_shared<frame>(std::move(text), weak_from_this()));
  if (!window_.pause())
    return true;
  liveness_.pause();
  return false;
}

void websocket::grant(std::size_t bytes) noexcept {
  if (!window_.give(bytes))
    return;
  net::defer(wire_->get_executor(), [self = shared_from_this()] {
    if (self->finished_ || self->closing_)
      return;
    self->liveness_.resume(liveness::clock::now());
    self->arm_timer();
    self->guard([&] { self->read(); });
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
