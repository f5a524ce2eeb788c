#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace causeway::load {

/// Settings of all TLS connections.
class tls_context {
 public:
  /// With an empty `ca_file` no certificate is checked. `error` tells why the
  /// file cannot be used.
  tls_context(const std::string& ca_file, std::string& error);

  SSL_CTX* get() const { return context_.get(); }
  bool checks() const { return checks_; }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  bool checks_;
};

/// One TLS connection between buffers; it does no I/O.
class tls_session {
 public:
  tls_session(const tls_context& context, const std::string& host);

  /// Bytes from the network.
  void receive(std::string_view cipher);
  /// Goes on with the handshake; true when it is done.
  bool handshake();
  /// Decrypts; 0 if more bytes are needed or the peer has closed.
  std::size_t read(std::span<char> out);
  /// Encrypts.
  void write(std::string_view plain);
  /// Appends what has to go to the network.
  void take_output(std::string& out);
  /// Empty as long as nothing failed.
  const std::string& error() const { return error_; }

 private:
  bool note_failure(int result);

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* input_;
  BIO* output_;
  std::string error_;
};

} // namespace causeway::load
