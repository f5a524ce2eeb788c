#pragma once

#include "actors/transport/http_exchange.hpp"
#include "actors/transport/wire_stream.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// One client of the admin endpoint; part of admin_server.cpp.
namespace causeway {

/// Reads a request, has it answered, and so on. Every member but `post_answer`
/// runs on the thread of the socket.
class admin_connection : public std::enable_shared_from_this<admin_connection> {
 public:
  using clock = std::chrono::steady_clock;

  admin_connection(wire_socket socket, const tls_context_ptr& tls,
    std::shared_ptr<const admin_handler> handle);

  void start();
  void close();
  bool is_open() const { return open_; }
  /// Since when the server waits for the client, to ask, to take its answer or
  /// to end; nothing while the client waits for the server.
  std::optional<clock::time_point> silent_since() const { return waiting_; }

  /// The answer to request `number`; any thread. Late ones are dropped.
  void post_answer(std::uint64_t number, admin_reply x);

 private:
  using request_parser =
    boost::beast::http::request_parser<boost::beast::http::string_body>;
  class write_end;

  void await_request();
  void read_request();
  void took_request(error_code error);
  void ask();
  void answer(std::uint64_t number, const admin_reply& x);
  void write(const admin_reply& x, bool keep_alive);
  void written(bool success, bool keep_alive);
  admin_request request_of() const;
  template <class F>
  void arm(std::chrono::seconds after, F f);

  std::string peer_;
  std::shared_ptr<wire> wire_;
  wire_stream stream_;
  boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>,
    wire_executor>
    timer_;
  std::shared_ptr<const admin_handler> handle_;
  boost::beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  const bool is_https_;
  bool open_ = true;
  bool asked_before_ = false;
  std::optional<clock::time_point> waiting_;
  /// Number of the request that waits for its answer, 0 if none does.
  std::uint64_t awaited_ = 0;
  std::uint64_t asked_ = 0;
};

} // namespace causeway
