#include "actors/transport/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <filesystem>

namespace causeway {

namespace {

/// Forward secrecy and AEAD only (RFC 9325 section 4.2).
constexpr auto ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL:!MD5:!DSS";

constexpr auto groups = "X25519:P-256:P-384";

/// The newest error of OpenSSL in words.
std::string openssl_reason() {
  auto code = ERR_peek_last_error();
  if (ERR_GET_REASON(code) == ERR_R_PEM_LIB
      || ERR_GET_REASON(code) == PEM_R_NO_START_LINE
      || ERR_GET_REASON(code) == X509_R_NO_CERTIFICATE_OR_CRL_FOUND) {
    ERR_clear_error();
    return "holds no certificate or key in PEM form";
  }
  if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH) {
    ERR_clear_error();
    return "is not the key of the certificate";
  }
  auto reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "not a PEM file";
}

} // namespace

std::string tls_file_error(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return file + ": no such file";
  return file + ": " + openssl_reason();
}

void set_tls_policy(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, ciphers);
  SSL_CTX_set1_groups_list(context, groups);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                 | SSL_OP_IGNORE_UNEXPECTED_EOF
                                 | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections hold no record buffers; a write that must be retried is
  // gathered again, at another address.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS
                              | SSL_MODE_ENABLE_PARTIAL_WRITE
                              | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Header and body of a record in one system call.
  SSL_CTX_set_read_ahead(context, 1);
  // Tickets keep the state at the client; the server remembers nothing.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_max_early_data(context, 0);
}

tls_context::~tls_context() {
  SSL_CTX_free(native_);
}

protocol::result<tls_context_ptr, std::string> load_tls_context(
  const std::string& certificate, const std::string& key) {
  ERR_clear_error();
  auto native = SSL_CTX_new(TLS_server_method());
  if (native == nullptr)
    return "cannot set up TLS: " + openssl_reason();
  tls_context_ptr context = std::make_shared<tls_context>(native);
  set_tls_policy(native);
  if (SSL_CTX_use_certificate_chain_file(native, certificate.c_str()) != 1)
    return tls_file_error(certificate);
  if (SSL_CTX_use_PrivateKey_file(native, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return tls_file_error(key);
  if (SSL_CTX_check_private_key(native) != 1)
    return key + ": not the key of " + certificate;
  return context;
}

} // namespace causeway
