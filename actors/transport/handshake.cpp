#include "actors/transport/handshake.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/transport/address_text.hpp"
#include "actors/transport/upgrade.hpp"
#include "actors/transport/websocket.hpp"
#include "protocol/overload.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>

#include <utility>

namespace causeway {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

/// Largest request line and header fields together.
constexpr std::size_t max_header = 8 * 1024;

std::string text(beast::string_view x) {
  return {x.data(), x.size()};
}

template <class Message>
std::string joined(const Message& message, http::field name) {
  std::string out;
  auto [first, last] = message.equal_range(name);
  for (; first != last; ++first) {
    if (!out.empty())
      out += ", ";
    out += text(first->value());
  }
  return out;
}

template <class Message>
http_request head_of(const Message& message) {
  http_request out;
  out.method = text(message.method_string());
  out.target = text(message.target());
  out.http_1_1 = message.version() >= 11;
  out.host = joined(message, http::field::host);
  out.upgrade = joined(message, http::field::upgrade);
  out.connection = joined(message, http::field::connection);
  out.key = joined(message, http::field::sec_websocket_key);
  out.version = joined(message, http::field::sec_websocket_version);
  out.protocols = joined(message, http::field::sec_websocket_protocol);
  if (message.count(http::field::origin) > 0)
    out.origin = joined(message, http::field::origin);
  return out;
}

/// True if the peer sent something else than HTTP, not if it hung up.
bool malformed(error_code error) {
  return error.category() == make_error_code(http::error::bad_method).category()
         && error != http::error::end_of_stream
         && error != http::error::partial_message;
}

peer_facts facts_of(const wire_socket& socket, bool secure) {
  peer_facts out;
  error_code error;
  auto remote = socket.remote_endpoint(error);
  if (!error) {
    out.address = causeway::to_text(remote);
    out.loopback = remote.address().is_loopback();
  }
  auto local = socket.local_endpoint(error);
  if (!error)
    out.local = causeway::to_text(local);
  out.secure = secure;
  return out;
}

} // namespace

handshake::handshake(std::shared_ptr<handshake_environment> environment,
  handshake_rules rules, wire_socket socket, admission::ticket ticket)
  : environment_{std::move(environment)}, rules_{std::move(rules)},
    ticket_{std::move(ticket)}, peer_{facts_of(socket, rules_.tls != nullptr)},
    wire_{std::make_shared<wire>(std::move(socket), rules_.tls)},
    stream_{wire_}, timer_{wire_->get_executor()}, buffer_{max_header + 1},
    refused_{ticket_ == nullptr} {
  if (refused_)
    ++environment_->refusals;
}

handshake::~handshake() {
  if (refused_)
    --environment_->refusals;
}

void handshake::start() {
  net::dispatch(
    wire_->get_executor(), [self = shared_from_this()] { self->begin(); });
}

void handshake::begin() {
  timer_.expires_after(rules_.websocket->handshake_timeout);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    // Whatever operation is under way fails then, and ends us.
    if (!error)
      self->wire_->close();
  });
  if (!rules_.tls) {
    read_request();
    return;
  }
  wire_->accept_tls([self = shared_from_this()](error_code error) {
    if (error)
      self->fail("TLS: " + error.message());
    else
      self->read_request();
  });
}

void handshake::cancel() {
  net::post(wire_->get_executor(), [self = shared_from_this()] {
    if (!self->upgrading_)
      self->wire_->close();
  });
}

void handshake::read_request() {
  parser_.emplace();
  parser_->header_limit(max_header);
  http::async_read_header(stream_, buffer_, *parser_,
    [self = shared_from_this()](
      error_code error, std::size_t) { self->took_request(error); });
}

void handshake::took_request(error_code error) {
  if (error == http::error::header_limit
      || error == http::error::buffer_overflow) {
    reply(header_too_large(), false);
    return;
  }
  if (malformed(error)) {
    reply(malformed_request(error.message()), false);
    return;
  }
  if (error) {
    fail(error.message());
    return;
  }
  auto head = head_of(parser_->get());
  auto is_head = head.method == "HEAD";
  if (refused_) {
    reply(too_many_connections(), is_head);
    return;
  }
  auto decision =
    decide_upgrade(head, *rules_.websocket, rules_.tls != nullptr);
  std::visit(protocol::overload{
               [&](const upgrade_accepted&) { upgrade(); },
               [&](const http_reply& x) { reply(x, is_head); },
             },
    decision);
}

void handshake::upgrade() {
  if (buffer_.size() > 0) {
    // RFC 6455 section 4.1: the client waits for the answer.
    reply(malformed_request("bytes after the upgrade request"), false);
    return;
  }
  auto& request = parser_->get();
  peer_.user_agent = presentable(text(request[http::field::user_agent]));
  peer_.tls_version = wire_->tls_version();
  peer_.tls_cipher = wire_->tls_cipher();
  auto socket = std::make_shared<websocket>(
    wire_, std::move(peer_), rules_.websocket, ticket_);
  upgrading_ = true;
  socket->accept(
    request, [self = shared_from_this(), socket](error_code error) {
      self->timer_.cancel();
      auto& environment = *self->environment_;
      if (error)
        self->fail(error.message());
      else if (environment.stopped)
        socket->close(1001, "nobody listens here any more");
      else
        environment.on_open(socket);
    });
}

void handshake::reply(const http_reply& x, bool head) {
  if (x.status != 200 && !refused_) {
    environment_->counters.add(counter::handshakes_failed);
    // A page that may not connect is a matter of settings: 403 is for all to
    // see, the rest is what every scanner draws.
    log_event(x.status == 403 ? log_level::warn : log_level::info,
      "handshake_refused",
      {{"peer", peer_.address}, {"status", std::to_string(x.status)},
        {"detail", presentable(x.body.substr(0, x.body.find('\n')))}});
  }
  wire_->write_raw(to_bytes(x, head), nullptr);
  wire_->linger([self = shared_from_this()] { self->timer_.cancel(); });
}

void handshake::fail(const std::string& why) {
  if (!refused_) {
    environment_->counters.add(counter::handshakes_failed);
    log_event(log_level::info, "handshake_failed",
      {{"peer", peer_.address}, {"detail", why}});
  }
  timer_.cancel();
  wire_->close();
}

} // namespace causeway
