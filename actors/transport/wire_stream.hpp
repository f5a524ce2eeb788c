#pragma once

#include "actors/transport/plain_message.hpp"
#include "actors/transport/wire.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/role.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace causeway {

/// A wire as the AsyncStream that Beast asks for. Every write of Beast, a
/// control frame or an HTTP reply, is appended as a whole to the wire's queue,
/// so that it never lands inside a message of ours.
class wire_stream {
 public:
  using executor_type = wire_executor;

  /// What reads: `by_message` gets no byte behind the end of a message, so that
  /// it holds none once it has that.
  enum class reading : std::uint8_t { all, by_message };

  explicit wire_stream(std::shared_ptr<wire> x, reading how = reading::all)
    : wire_{std::move(x)} {
    if (how == reading::by_message)
      end_.emplace();
  }

  executor_type get_executor() { return wire_->get_executor(); }
  wire& line() { return *wire_; }

  /// What was read and not asked for; comes before all that the wire has.
  bool has_unread() const { return !unread_.empty(); }
  std::string take_unread() { return std::exchange(unread_, {}); }
  void give_back(std::string_view bytes) { unread_ = bytes; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler);

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler);

 private:
  struct read_op;

  template <class Handler>
  class beast_write;

  wire::attempt read_now(boost::asio::mutable_buffer to);

  std::shared_ptr<wire> wire_;
  std::string unread_;
  std::optional<message_end> end_;
};

/// Composed operation: reads what is there, or waits until something is.
struct wire_stream::read_op {
  template <class Self>
  void operator()(Self& self, error_code error = {}) {
    if (posted) {
      self.complete(result.error, result.bytes);
      return;
    }
    if (error) {
      self.complete(error, 0);
      return;
    }
    result = from->read_now(buffer);
    if (result.wait) {
      waited = true;
      auto& line = *from->wire_;
      line.await(*result.wait,
        when_ready(
          [self = std::move(self)](error_code e) mutable { self(e); }));
    } else if (waited) {
      self.complete(result.error, result.bytes);
    } else {
      // Handlers never run inside the call that starts an operation.
      posted = true;
      boost::asio::post(from->get_executor(), std::move(self));
    }
  }

  wire_stream* from;
  boost::asio::mutable_buffer buffer;
  wire::attempt result{};
  bool waited = false;
  bool posted = false;
};

/// Completes a write of Beast once its bytes are with the kernel.
template <class Handler>
class wire_stream::beast_write final : public write_waiter {
 public:
  beast_write(wire_executor executor, Handler handler, std::size_t size)
    : executor_{std::move(executor)}, handler_{std::move(handler)}, size_{
                                                                      size} {}

  void written(bool success) override {
    error_code error;
    if (!success)
      error = boost::asio::error::broken_pipe;
    boost::asio::post(
      executor_, boost::beast::bind_front_handler(
                   std::move(handler_), error, success ? size_ : 0));
  }

 private:
  wire_executor executor_;
  Handler handler_;
  std::size_t size_;
};

inline wire::attempt wire_stream::read_now(boost::asio::mutable_buffer to) {
  auto until_end = [this](std::string_view bytes) {
    return end_ ? end_->find(bytes) : bytes.size();
  };
  wire::attempt got;
  if (unread_.empty()) {
    got = wire_->read_now(to.data(), to.size());
    std::string_view bytes{static_cast<const char*>(to.data()), got.bytes};
    got.bytes = until_end(bytes);
    give_back(bytes.substr(got.bytes));
  } else {
    got.bytes = until_end(std::string_view{unread_}.substr(0, to.size()));
    std::memcpy(to.data(), unread_.data(), got.bytes);
    unread_.erase(0, got.bytes);
    // An idle connection keeps no memory for it.
    if (unread_.empty())
      take_unread();
  }
  return got;
}

template <class Buffers, class Handler>
void wire_stream::async_read_some(const Buffers& buffers, Handler&& handler) {
  boost::asio::mutable_buffer first;
  auto end = boost::asio::buffer_sequence_end(buffers);
  for (auto i = boost::asio::buffer_sequence_begin(buffers); i != end; ++i) {
    first = *i;
    if (first.size() > 0)
      break;
  }
  boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
    read_op{this, first}, handler, get_executor());
}

template <class Buffers, class Handler>
void wire_stream::async_write_some(const Buffers& buffers, Handler&& handler) {
  using waiter = beast_write<std::decay_t<Handler>>;
  auto bytes = boost::beast::buffers_to_string(buffers);
  auto done = std::make_unique<waiter>(
    get_executor(), std::forward<Handler>(handler), bytes.size());
  wire_->write_raw(bytes, std::move(done));
}

/// Beast's end of a WebSocket. Always succeeds: Beast then reports why it
/// ended the connection, and not how the peer hung up.
template <class Handler>
void async_teardown(
  boost::beast::role_type, wire_stream& stream, Handler&& handler) {
  auto shared =
    std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
  stream.line().linger([shared] { (*shared)(error_code{}); });
}

/// Beast's way out where it cannot wait.
inline void beast_close_socket(wire_stream& stream) {
  stream.line().close();
}

} // namespace causeway
