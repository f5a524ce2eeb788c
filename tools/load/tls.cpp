/// TLS 1.2 and 1.3 by OpenSSL, over memory.
#include "tools/load/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace causeway::load {

tls_context::tls_context(const std::string& ca_file, std::string& error)
  : context_{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free},
    checks_{!ca_file.empty()} {
  SSL_CTX_set_min_proto_version(get(), TLS1_2_VERSION);
  // Thousands of idle connections would else keep 34 KiB of buffers each.
  SSL_CTX_set_mode(get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(get(), SSL_SESS_CACHE_OFF);
  if (!checks_)
    return;
  SSL_CTX_set_verify(get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_locations(get(), ca_file.c_str(), nullptr) != 1)
    error = "cannot read certificates from " + ca_file;
}

tls_session::tls_session(const tls_context& context, const std::string& host)
  : ssl_{SSL_new(context.get()), &SSL_free}, input_{BIO_new(BIO_s_mem())},
    output_{BIO_new(BIO_s_mem())} {
  SSL_set_bio(ssl_.get(), input_, output_); // takes both over
  SSL_set_connect_state(ssl_.get());
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (not_an_address) {
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    if (context.checks())
      SSL_set1_host(ssl_.get(), host.c_str());
  } else if (context.checks()) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
  }
}

void tls_session::receive(std::string_view cipher) {
  BIO_write(input_, cipher.data(), static_cast<int>(cipher.size()));
}

bool tls_session::handshake() {
  auto result = SSL_do_handshake(ssl_.get());
  return result == 1 || note_failure(result);
}

std::size_t tls_session::read(std::span<char> out) {
  auto result = SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
  if (result > 0)
    return static_cast<std::size_t>(result);
  note_failure(result);
  return 0;
}

void tls_session::write(std::string_view plain) {
  if (plain.empty())
    return;
  auto result =
    SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  if (result <= 0)
    note_failure(result);
}

void tls_session::take_output(std::string& out) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(output_, &data);
  if (size <= 0)
    return;
  out.append(data, static_cast<std::size_t>(size));
  BIO_reset(output_);
}

bool tls_session::note_failure(int result) {
  auto kind = SSL_get_error(ssl_.get(), result);
  if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_ZERO_RETURN)
    return false;
  auto verdict = SSL_get_verify_result(ssl_.get());
  auto code = ERR_get_error();
  ERR_clear_error();
  if (verdict != X509_V_OK
      && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE)
    error_ = X509_verify_cert_error_string(verdict);
  else if (auto reason = ERR_reason_error_string(code))
    error_ = reason;
  else
    error_ = "TLS error " + std::to_string(kind);
  return false;
}

} // namespace causeway::load
