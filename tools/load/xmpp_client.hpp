#pragma once

#include "tools/load/ack_check.hpp"
#include "tools/load/login.hpp"
#include "tools/load/ws_client.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::load {

class xmpp_client;

/// Told about all clients. Must outlive them.
class client_handler {
 public:
  virtual void on_ready(xmpp_client& x) = 0;
  /// A message; `tag` is its start tag.
  virtual void on_message(
    xmpp_client& x, const tag_view& tag, std::string_view text) = 0;
  /// The connection is gone; `at_login` if it never got ready.
  virtual void on_end(
    xmpp_client& x, bool at_login, const std::string& reason) = 0;

 protected:
  ~client_handler() = default;
};

/// Counters of Stream Management over all streams of a client.
struct ack_counts {
  /// `<a/>` received, and `<r/>` answered.
  std::uint64_t acks = 0;
  std::uint64_t answered = 0;
  /// An `h` that goes back or beyond what was sent.
  std::uint64_t wrong = 0;
};

/// One XMPP client, which may connect again after its connection ended.
class xmpp_client final : public ws_handler {
 public:
  enum class state { idle, logging_in, ready, closing };

  xmpp_client(boost::asio::io_context& io, const server_address& server,
    client_handler& handler, credentials who, std::uint32_t index);
  ~xmpp_client();

  void connect();
  /// Sends a stanza with the next `flush`, and `<r/>` when one is due.
  void send_stanza(std::string_view text);
  void send_presence();
  void request_ack();
  void flush();
  /// Sends the last ack and `<close/>`; the end is told as usual.
  void close();
  /// Breaks the connection without telling the handler.
  void drop();
  /// Breaks the connection and tells the handler why.
  void fail(const std::string& reason);

  void ack_every(std::uint32_t n) { ack_every_ = n; }
  std::uint32_t index() const { return index_; }
  state now() const { return state_; }
  bool ready() const { return state_ == state::ready; }
  const std::string& jid() const { return login_->jid(); }
  const ack_check& acks() const { return acks_; }
  const ack_counts& ack_totals() const { return ack_totals_; }
  std::chrono::steady_clock::time_point connected_at() const {
    return connected_at_;
  }
  /// Bytes that the socket has not taken yet.
  std::size_t unsent() const { return socket_ ? socket_->unsent() : 0; }

 private:
  void on_open() override;
  void on_text(std::string_view text) override;
  void on_end(const std::string& reason) override;
  void continue_login(std::string_view text);
  void send_ack();
  void handle_stanza(const tag_view& tag, std::string_view text);
  void answer_iq(const tag_view& tag, std::string_view text);
  void handle_other(const tag_view& tag, std::string_view text);

  boost::asio::io_context& io_;
  const server_address& server_;
  client_handler& handler_;
  credentials who_;
  std::uint32_t index_;
  std::uint32_t ack_every_ = 0;
  state state_ = state::idle;
  std::shared_ptr<ws_client> socket_;
  std::optional<login> login_;
  ack_check acks_;
  ack_counts ack_totals_;
  std::uint32_t since_request_ = 0;
  std::chrono::steady_clock::time_point connected_at_;
  std::string stream_error_;
};

} // namespace causeway::load
