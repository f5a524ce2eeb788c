#pragma once

#include "actors/transport/acceptor.hpp"
#include "actors/transport/wire_stream.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace causeway {

struct http_reply;

/// What holds for connections that come at a time.
struct handshake_rules {
  std::shared_ptr<const config::websocket> websocket;
  /// Null: plain.
  tls_context_ptr tls;
};

/// What all handshakes of one acceptor share.
struct handshake_environment {
  causeway::counters& counters;
  std::function<void(transport_ptr)> on_open;
  /// The acceptor is gone: nothing may be handed over.
  std::atomic<bool> stopped{false};
  /// Connections that only wait for their HTTP 503.
  std::atomic<int> refusals{0};
};

/// One connection from TCP accept to the end of the upgrade: TLS, the HTTP
/// request, and the answer. One timer bounds all of it. Runs on the thread of
/// the socket, but for constructor and `start`.
class handshake : public std::enable_shared_from_this<handshake> {
 public:
  /// Without a ticket the answer is HTTP 503.
  handshake(std::shared_ptr<handshake_environment> environment,
    handshake_rules rules, wire_socket socket, admission::ticket ticket);
  ~handshake();

  void start();

  /// Ends at once, or with a close frame if the client may have its answer; any
  /// thread.
  void cancel();

 private:
  using request_parser =
    boost::beast::http::request_parser<boost::beast::http::empty_body>;

  void begin();
  void read_request();
  void took_request(error_code error);
  void upgrade();
  void reply(const http_reply& x, bool head);
  void fail(const std::string& why);

  std::shared_ptr<handshake_environment> environment_;
  handshake_rules rules_;
  admission::ticket ticket_;
  peer_facts peer_;
  std::shared_ptr<wire> wire_;
  wire_stream stream_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>, wire_executor>
    timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  const bool refused_;
  /// The answer is on its way: the client may have a WebSocket already.
  bool upgrading_ = false;
};

} // namespace causeway
