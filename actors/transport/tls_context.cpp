#include "actors/transport/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <utility>

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

tls_context::tls_context(
  ssl_ctx_st* owned, std::vector<std::shared_ptr<const tls_context>> others)
  : native_{owned}, others_{std::move(others)} {
  if (others_.empty())
    return;
  SSL_CTX_set_tlsext_servername_callback(native_, choose_certificate);
  // Lives at least as long as the connections that may ask it.
  SSL_CTX_set_tlsext_servername_arg(native_, this);
}

bool tls_context::has_name(const char* name) const {
  auto certificate = SSL_CTX_get0_certificate(native_);
  return certificate != nullptr
         && X509_check_host(certificate, name, 0, 0, nullptr) == 1;
}

int tls_context::choose_certificate(ssl_st* ssl, int*, void* context) {
  auto& self = *static_cast<const tls_context*>(context);
  auto name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr)
    return SSL_TLSEXT_ERR_NOACK;
  if (self.has_name(name))
    return SSL_TLSEXT_ERR_OK;
  for (auto& other : self.others_)
    if (other->has_name(name)) {
      SSL_set_SSL_CTX(ssl, other->native_);
      return SSL_TLSEXT_ERR_OK;
    }
  return SSL_TLSEXT_ERR_NOACK;
}

namespace {

using native_result =
  protocol::result<std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>,
    std::string>;

native_result load_native(const certificate_files& x) {
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
    SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  auto native = context.get();
  if (native == nullptr)
    return "cannot set up TLS: " + openssl_reason();
  set_tls_policy(native);
  if (SSL_CTX_use_certificate_chain_file(native, x.certificate.c_str()) != 1)
    return tls_file_error(x.certificate);
  if (SSL_CTX_use_PrivateKey_file(native, x.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return tls_file_error(x.key);
  if (SSL_CTX_check_private_key(native) != 1)
    return x.key + ": not the key of " + x.certificate;
  return {boost::system::in_place_value, std::move(context)};
}

} // namespace

protocol::result<tls_context_ptr, std::string> load_tls_context(
  std::span<const certificate_files> files) {
  std::vector<tls_context_ptr> others;
  for (auto& x : files.subspan(1)) {
    auto native = load_native(x);
    if (!native)
      return native.error();
    others.push_back(std::make_shared<const tls_context>(native->release()));
  }
  auto first = load_native(files.front());
  if (!first)
    return first.error();
  return tls_context_ptr{
    std::make_shared<const tls_context>(first->release(), std::move(others))};
}

protocol::result<tls_context_ptr, std::string> load_tls_context(
  const std::string& certificate, const std::string& key) {
  certificate_files files{certificate, key};
  return load_tls_context(std::span{&files, 1});
}

} // namespace causeway
