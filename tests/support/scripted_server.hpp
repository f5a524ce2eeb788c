#pragma once

#include "tests/support/test_authority.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

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

} // namespace causeway::test
