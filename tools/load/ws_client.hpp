#pragma once

#include "tools/load/tls.hpp"
#include "tools/load/url.hpp"
#include "tools/load/websocket_frame.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::load {

/// The server, as all connections know it.
struct server_address {
  websocket_url url;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
  /// Set for wss.
  std::unique_ptr<tls_context> tls;
};

/// Resolves the URL. `error` tells why there is none.
std::optional<server_address> resolve(
  const websocket_url& url, const std::string& ca_file, std::string& error);

/// Told about one connection. Must outlive it, or call `drop`.
class ws_handler {
 public:
  virtual void on_open() = 0;
  virtual void on_text(std::string_view text) = 0;
  /// The last call.
  virtual void on_end(const std::string& reason) = 0;

 protected:
  ~ws_handler() = default;
};

/// A WebSocket client over TCP or TLS that is cheap rather than complete:
/// what is sent while one read is handled leaves in one write.
class ws_client : public std::enable_shared_from_this<ws_client> {
 public:
  ws_client(boost::asio::io_context& io, const server_address& server,
    ws_handler& handler);

  void start();
  /// Appends a text message to what the next `flush` writes.
  void send(std::string_view text);
  void flush();
  /// Starts the closing handshake, code 1000.
  void close();
  /// Closes the socket; the handler is not called any more.
  void drop();
  /// Bytes that wait for the socket.
  std::size_t unsent() const { return plain_.size() + wire_.size(); }

 private:
  enum class phase { connecting, securing, upgrading, open, ended };

  void begin_upgrade();
  void read();
  void handle_bytes(std::string_view bytes);
  void handle_tls(std::string_view cipher);
  void handle_plain(std::string_view bytes);
  void handle_upgrade(std::string_view bytes);
  void handle_message(const ws_message& x);
  void write_rest();
  void end(const std::string& reason);

  boost::asio::ip::tcp::socket socket_;
  const server_address& server_;
  ws_handler* handler_;
  phase phase_ = phase::connecting;
  std::unique_ptr<tls_session> tls_;
  std::string key_;
  std::string response_;
  frame_decoder decoder_;
  // Not yet encrypted; on the way to the socket.
  std::string plain_, wire_;
  bool writing_ = false;
  bool close_sent_ = false;
  std::array<char, 4096> input_;
};

} // namespace causeway::load
