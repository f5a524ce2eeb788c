/// RFC 6455: one client connection on Asio.
#include "tools/load/ws_client.hpp"

#include "protocol/base64.hpp"
#include "tools/load/random.hpp"
#include "tools/load/upgrade.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

namespace causeway::load {

namespace {

using boost::asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr std::size_t max_message = 16 * 1024 * 1024;
constexpr std::size_t max_response = 16 * 1024;

std::string describe_close(std::string_view payload) {
  std::string result = "the server closed the WebSocket";
  if (payload.size() < 2)
    return result;
  auto code = static_cast<unsigned char>(payload[0]) << 8
              | static_cast<unsigned char>(payload[1]);
  result += ": " + std::to_string(code);
  if (payload.size() > 2)
    result += ' ' + std::string{payload.substr(2)};
  return result;
}

} // namespace

std::optional<server_address> resolve(
  const websocket_url& url, const std::string& ca_file, std::string& error) {
  server_address result{url, {}, nullptr};
  boost::asio::io_context io;
  error_code ec;
  auto found =
    tcp::resolver{io}.resolve(url.host, std::to_string(url.port), ec);
  if (ec) {
    error = "cannot resolve " + url.host + ": " + ec.message();
    return std::nullopt;
  }
  for (auto& x : found)
    result.endpoints.push_back(x.endpoint());
  if (url.secure)
    result.tls = std::make_unique<tls_context>(ca_file, error);
  if (!error.empty())
    return std::nullopt;
  return result;
}

ws_client::ws_client(boost::asio::io_context& io, const server_address& server,
  ws_handler& handler)
  : socket_{io}, server_{server}, handler_{&handler}, decoder_{max_message} {}

void ws_client::start() {
  boost::asio::async_connect(socket_, server_.endpoints,
    [self = shared_from_this()](const error_code& ec, const tcp::endpoint&) {
      if (self->phase_ == phase::ended)
        return;
      if (ec)
        return self->end("cannot connect to " + self->server_.url.authority()
                         + ": " + ec.message());
      error_code ignored;
      self->socket_.set_option(tcp::no_delay{true}, ignored);
      self->socket_.non_blocking(true, ignored);
      self->begin_upgrade();
      self->read();
    });
}

void ws_client::begin_upgrade() {
  if (server_.tls && !tls_) {
    phase_ = phase::securing;
    tls_ = std::make_unique<tls_session>(*server_.tls, server_.url.host);
    return handle_tls({});
  }
  phase_ = phase::upgrading;
  std::string bytes;
  for (int i = 0; i < 16; ++i)
    bytes += static_cast<char>(random_bits());
  key_ = protocol::to_base64(bytes);
  plain_ += upgrade_request(server_.url, key_);
  flush();
}

void ws_client::read() {
  if (phase_ == phase::ended)
    return;
  socket_.async_read_some(boost::asio::buffer(input_),
    [self = shared_from_this()](const error_code& ec, std::size_t size) {
      if (self->phase_ == phase::ended)
        return;
      if (ec)
        return self->end("connection lost: " + ec.message());
      self->handle_bytes({self->input_.data(), size});
      self->flush();
      self->read();
    });
}

void ws_client::handle_bytes(std::string_view bytes) {
  if (tls_)
    handle_tls(bytes);
  else
    handle_plain(bytes);
}

void ws_client::handle_tls(std::string_view cipher) {
  if (!cipher.empty())
    tls_->receive(cipher);
  if (phase_ == phase::securing) {
    auto done = tls_->handshake();
    flush();
    if (!tls_->error().empty())
      return end("TLS handshake failed: " + tls_->error());
    if (!done)
      return;
    begin_upgrade();
  }
  // One thread, and no handler comes back here: one buffer serves all.
  static char buffer[16 * 1024];
  while (phase_ != phase::ended) {
    auto size = tls_->read(buffer);
    if (!tls_->error().empty())
      return end("TLS failed: " + tls_->error());
    if (size == 0)
      return;
    handle_plain({buffer, size});
  }
}

void ws_client::handle_plain(std::string_view bytes) {
  if (phase_ == phase::upgrading)
    return handle_upgrade(bytes);
  decoder_.feed(bytes);
  while (phase_ == phase::open) {
    auto x = decoder_.next();
    if (!x)
      break;
    handle_message(*x);
  }
  if (phase_ == phase::open && !decoder_.error().empty())
    end("WebSocket error: " + std::string{decoder_.error()});
}

void ws_client::handle_upgrade(std::string_view bytes) {
  response_ += bytes;
  auto end_mark = response_.find("\r\n\r\n");
  if (end_mark == std::string::npos) {
    if (response_.size() > max_response)
      end("the HTTP response is too long");
    return;
  }
  auto head = std::string_view{response_}.substr(0, end_mark + 4);
  auto reason = judge_upgrade(head, key_);
  if (!reason.empty())
    return end(reason);
  phase_ = phase::open;
  handler_->on_open();
  auto rest = std::move(response_).substr(end_mark + 4);
  if (!rest.empty() && phase_ == phase::open)
    handle_plain(rest);
}

void ws_client::handle_message(const ws_message& x) {
  switch (x.op) {
  case opcode::text: return handler_->on_text(x.payload);
  case opcode::ping:
    return append_frame(plain_, opcode::pong, x.payload,
      static_cast<std::uint32_t>(random_bits()));
  case opcode::close:
    if (!close_sent_)
      append_frame(plain_, opcode::close, x.payload.substr(0, 2),
        static_cast<std::uint32_t>(random_bits()));
    flush();
    return end(describe_close(x.payload));
  case opcode::binary: return end("WebSocket error: binary message");
  case opcode::pong:
  case opcode::continuation: return;
  }
}

void ws_client::send(std::string_view text) {
  if (phase_ == phase::open && !close_sent_)
    append_frame(
      plain_, opcode::text, text, static_cast<std::uint32_t>(random_bits()));
}

void ws_client::flush() {
  if (writing_ || phase_ == phase::ended || phase_ == phase::connecting)
    return;
  if (tls_) {
    if (phase_ != phase::securing) {
      tls_->write(plain_);
      plain_.clear();
    }
    tls_->take_output(wire_);
  } else {
    wire_.swap(plain_);
  }
  if (wire_.empty())
    return;
  error_code ec;
  auto size = socket_.write_some(boost::asio::buffer(wire_), ec);
  if (ec && ec != boost::asio::error::would_block)
    return; // the read that is under way reports it
  if (size == wire_.size())
    return wire_.clear();
  wire_.erase(0, size);
  write_rest();
}

void ws_client::write_rest() {
  writing_ = true;
  boost::asio::async_write(socket_, boost::asio::buffer(wire_),
    [self = shared_from_this()](const error_code& ec, std::size_t) {
      self->writing_ = false;
      self->wire_.clear();
      if (!ec)
        self->flush();
    });
}

void ws_client::close() {
  if (phase_ != phase::open || close_sent_)
    return;
  append_frame(plain_, opcode::close, "\x03\xe8",
    static_cast<std::uint32_t>(random_bits()));
  close_sent_ = true;
  flush();
}

void ws_client::drop() {
  phase_ = phase::ended;
  handler_ = nullptr;
  error_code ignored;
  socket_.close(ignored);
}

void ws_client::end(const std::string& reason) {
  if (phase_ == phase::ended)
    return;
  auto handler = handler_;
  drop();
  handler->on_end(reason);
}

} // namespace causeway::load
