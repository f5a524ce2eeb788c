#pragma once

#include "actors/messages.hpp"
#include "actors/transport/io_threads.hpp"
#include "actors/transport/resolver.hpp"
#include "actors/transport/upstream_connect.hpp"
#include "tests/support/test_authority.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/test/dsl.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace causeway::test {

/// A server on a loopback port that does what the test says.
class scripted_server : public std::enable_shared_from_this<scripted_server> {
 public:
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;

  explicit scripted_server(boost::asio::io_context& context)
    : listener_{context, {boost::asio::ip::address_v4::loopback(), 0}},
      socket_{context}, port_{listener_.local_endpoint().port()} {}

  std::uint16_t port() const { return port_; }

  /// Accepts one connection; TLS at once if there is a certificate.
  void accept(const test_authority::files* tls = nullptr) {
    listener_.async_accept(
      socket_, [this, self = shared_from_this(), tls](error_code error) {
        if (error)
          return;
        ++connections;
        if (tls != nullptr)
          upgrade(*tls);
        else if (reads)
          read();
      });
  }

  /// The server's side of TLS, now.
  void upgrade(const test_authority::files& files) {
    namespace ssl = boost::asio::ssl;
    tls_context_.emplace(ssl::context::tls_server);
    tls_context_->use_certificate_chain_file(files.certificate);
    tls_context_->use_private_key_file(files.key, ssl::context::pem);
    SSL_CTX_set_alpn_select_cb(
      tls_context_->native_handle(),
      [](SSL*, const unsigned char** out, unsigned char* size,
        const unsigned char* in, unsigned, void* self) {
        auto& alpn = static_cast<scripted_server*>(self)->alpn;
        alpn.assign(reinterpret_cast<const char*>(in) + 1, in[0]);
        *out = in + 1;
        *size = in[0];
        return SSL_TLSEXT_ERR_OK;
      },
      this);
    socket_.cancel();
    tls_.emplace(socket_, *tls_context_);
    tls_->async_handshake(ssl::stream_base::server,
      [this, self = shared_from_this()](error_code error) {
        handshake_error = error;
        if (error)
          return;
        auto name =
          SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name);
        server_name = name != nullptr ? name : "";
        secure = true;
        read();
      });
  }

  void read() {
    read_some(
      [this, self = shared_from_this()](error_code error, std::size_t size) {
        if (error) {
          ended = error != boost::asio::error::operation_aborted;
          return;
        }
        received.append(buffer_.data(), size);
        read();
      });
  }

  /// Small enough for the kernel to take.
  void write(const std::string& text) {
    if (secure)
      boost::asio::write(*tls_, boost::asio::buffer(text));
    else
      boost::asio::write(socket_, boost::asio::buffer(text));
  }

  /// As the client reads it.
  void write_all(std::string text) {
    auto kept = std::make_shared<std::string>(std::move(text));
    auto done = [kept, self = shared_from_this()](error_code, std::size_t) {};
    if (secure)
      boost::asio::async_write(*tls_, boost::asio::buffer(*kept), done);
    else
      boost::asio::async_write(socket_, boost::asio::buffer(*kept), done);
  }

  /// FIN.
  void end() { socket_.shutdown(tcp::socket::shutdown_send); }
  /// RST.
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger{true, 0});
    socket_.close();
  }
  void stop_listening() { listener_.close(); }
  tcp::socket& socket() { return socket_; }

  bool reads = true;
  int connections = 0;
  std::string received;
  bool ended = false;
  bool secure = false;
  error_code handshake_error;
  std::string server_name;
  std::string alpn;

 private:
  template <class F>
  void read_some(F f) {
    if (secure)
      tls_->async_read_some(boost::asio::buffer(buffer_), std::move(f));
    else
      socket_.async_read_some(boost::asio::buffer(buffer_), std::move(f));
  }

  tcp::acceptor listener_;
  tcp::socket socket_;
  std::uint16_t port_;
  std::optional<boost::asio::ssl::context> tls_context_;
  std::optional<boost::asio::ssl::stream<tcp::socket&>> tls_;
  std::array<char, 16 * 1024> buffer_;
};

/// Answers from a table; names that are not in it are addresses.
class table_resolver final : public resolver {
 public:
  explicit table_resolver(boost::asio::io_context& context)
    : context_{context} {}

  void find_srv(std::string, std::function<void(srv_answer)> done) override {
    boost::asio::post(context_, [done] {
      done(dns_error{true, "no SRV records here"});
    });
  }
  void find_host(
    std::string name, std::function<void(host_answer)> done) override {
    if (silent)
      return;
    auto found = hosts.find(name);
    auto addresses =
      found != hosts.end() ? found->second : std::vector<std::string>{name};
    boost::asio::post(context_, [done, addresses] { done(addresses); });
  }

  std::map<std::string, std::vector<std::string>> hosts;
  bool silent = false;

 private:
  boost::asio::io_context& context_;
};

/// What a transport tells its link.
struct link_log {
  static inline const char* name = "link_log";
  std::string bytes;
  std::size_t largest_chunk = 0;
  int tls_ready = 0;
  int deadlines = 0;
  std::vector<transport_closed> ends;
};

inline caf::behavior logging_link(caf::stateful_actor<link_log>* self) {
  return {
    [self](const chunk_received& x) {
      self->state.bytes += x.bytes;
      self->state.largest_chunk =
        std::max(self->state.largest_chunk, x.bytes.size());
    },
    [self](const upstream_tls_ready&) { ++self->state.tls_ready; },
    [self](const deadline_reached&) { ++self->state.deadlines; },
    [self](const transport_closed& x) { self->state.ends.push_back(x); },
  };
}

/// Real sockets on loopback, all on the thread of the test.
struct socket_fixture : test_coordinator_fixture<> {
  socket_fixture() {
    link = sys.spawn(logging_link);
    run();
  }
  ~socket_fixture() {
    if (outcome && outcome->socket)
      outcome->socket->abort();
    settle();
    anon_send_exit(link, caf::exit_reason::kill);
    run();
  }

  boost::asio::io_context& context() { return threads.context(); }
  link_log& log() { return deref<caf::stateful_actor<link_log>>(link).state; }

  /// Handles events until the claim holds; false if it does not in 5 s.
  bool until(const std::function<bool()>& holds) {
    auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    run();
    while (!holds()) {
      if (std::chrono::steady_clock::now() > limit)
        return false;
      context().run_one_for(std::chrono::milliseconds{100});
      run();
    }
    return true;
  }

  /// Handles whatever can be handled now.
  void settle() {
    do
      run();
    while (context().poll() > 0);
  }

  std::shared_ptr<scripted_server> make_server() {
    return std::make_shared<scripted_server>(context());
  }

  upstream_target target(const std::string& host, std::uint16_t port) {
    upstream_target out;
    out.endpoint = host + ":" + std::to_string(port);
    out.host = host;
    out.port = port;
    out.mode = config::upstream_tls::none;
    return out;
  }

  void begin() {
    outcome.reset();
    attempt = connect_upstream(threads, names, request,
      [this](connect_outcome x) { outcome = std::move(x); });
  }
  /// Connects; the outcome is there then.
  bool connect() {
    begin();
    return until([this] { return outcome.has_value(); });
  }

  /// "ENDPOINT: DETAIL" of each failure.
  std::string failures() const {
    std::string out;
    for (auto& x : outcome->failures)
      out += x.endpoint + (x.tls ? " TLS: " : ": ") + x.detail + "\n";
    return out;
  }

  io_threads threads{1};
  std::shared_ptr<table_resolver> names =
    std::make_shared<table_resolver>(threads.context());
  caf::actor link;
  connect_request request;
  std::unique_ptr<upstream_attempt> attempt;
  std::optional<connect_outcome> outcome;
};

} // namespace causeway::test
