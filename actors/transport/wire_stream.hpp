#pragma once

#include "actors/transport/wire.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/role.hpp>

#include <memory>
#include <utility>

namespace causeway {

/// A wire as the AsyncStream that Beast asks for. Every write of Beast, a
/// control frame or an HTTP reply, is appended as a whole to the wire's queue,
/// so that it never lands inside a message of ours.
class wire_stream {
 public:
  using executor_type = wire_executor;

  explicit wire_stream(std::shared_ptr<wire> x) : wire_{std::move(x)} {}

  executor_type get_executor() { return wire_->socket().get_executor(); }
  wire& line() { return *wire_; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler);

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler);

 private:
  struct tls_read;

  template <class Handler>
  class beast_write;

  std::shared_ptr<wire> wire_;
};

/// Composed operation: reads what TLS has, or waits until it has some.
struct wire_stream::tls_read {
  template <class Self>
  void operator()(Self& self, error_code error = {}, std::size_t came = 0) {
    if (posted) {
      self.complete(result.error, result.bytes);
      return;
    }
    if (error) {
      self.complete(error, 0);
      return;
    }
    if (came > 0)
      line->took_ciphertext(came);
    result = line->read_tls(buffer.data(), buffer.size());
    if (result.wait) {
      waited = true;
      line->await_tls(*result.wait, std::move(self));
    } else if (waited) {
      self.complete(result.error, result.bytes);
    } else {
      // Handlers never run inside the call that starts an operation.
      posted = true;
      boost::asio::post(line->socket().get_executor(), std::move(self));
    }
  }

  wire* line;
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

template <class Buffers, class Handler>
void wire_stream::async_read_some(const Buffers& buffers, Handler&& handler) {
  if (!wire_->secure()) {
    wire_->socket().async_read_some(buffers, std::forward<Handler>(handler));
    return;
  }
  boost::asio::mutable_buffer first;
  auto end = boost::asio::buffer_sequence_end(buffers);
  for (auto i = boost::asio::buffer_sequence_begin(buffers); i != end; ++i) {
    first = *i;
    if (first.size() > 0)
      break;
  }
  boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
    tls_read{wire_.get(), first}, handler, wire_->socket());
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
