#include "actors/transport/server_identity.hpp"

#include "actors/transport/server_names.hpp"
#include "protocol/precis.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

namespace causeway {

namespace {

constexpr std::string_view alpn{"\x0bxmpp-client"};

std::string chain_fault(X509_STORE_CTX* chain) {
  auto of_leaf = X509_STORE_CTX_get_error_depth(chain) == 0;
  std::string subject = of_leaf ? "certificate" : "certificate of the issuer";
  auto code = X509_STORE_CTX_get_error(chain);
  switch (code) {
  case X509_V_ERR_CERT_HAS_EXPIRED: return subject + " has expired";
  case X509_V_ERR_CERT_NOT_YET_VALID: return subject + " is not valid yet";
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return "certificate is self-signed and not trusted";
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return "issuer is not trusted";
  case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    return "issuer is not trusted: it has the name of one that is, but another "
           "key";
  default: return subject + ": " + X509_verify_cert_error_string(code);
  }
}

bool has_pin(X509* certificate, std::string_view pin) {
  unsigned char* bytes = nullptr;
  auto size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  if (size <= 0)
    return false;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(bytes, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(bytes);
  return pin
         == std::string_view{
           reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// RFC 6066 section 3: names only, no addresses.
bool is_address(const std::string& name) {
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  return !error;
}

} // namespace

server_identity::server_identity(
  client_tls_ptr rules, std::string_view domain, start how)
  : rules_{std::move(rules)}, start_{how} {
  name_ = rules_->name.empty() ? domain : rules_->name;
  if (name_.starts_with('[') && name_.ends_with(']'))
    name_ = name_.substr(1, name_.size() - 2);
  else if (auto ascii = protocol::ascii_domain(name_))
    name_ = *ascii;
}

ssl_st* server_identity::make_engine() {
  auto out = SSL_new(rules_->context->native());
  if (out == nullptr)
    return nullptr;
  SSL_set_connect_state(out);
  SSL_set_app_data(out, this);
  if (!is_address(name_))
    SSL_set_tlsext_host_name(out, name_.c_str());
  if (start_ == start::direct)
    SSL_set_alpn_protos(out,
      reinterpret_cast<const unsigned char*>(alpn.data()),
      static_cast<unsigned>(alpn.size()));
  return out;
}

void server_identity::let_go(ssl_st* engine) {
  SSL_set_app_data(engine, nullptr);
}

bool server_identity::judge(x509_store_ctx_st* chain) {
  auto certificate = X509_STORE_CTX_get0_cert(chain);
  if (!rules_->pin.empty()) {
    if (has_pin(certificate, rules_->pin)) {
      X509_STORE_CTX_set_error(chain, X509_V_OK);
      return true;
    }
    fault_ = "the server's key is not the pinned one";
    X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_UNTRUSTED);
    return false;
  }
  if (X509_verify_cert(chain) != 1) {
    fault_ = chain_fault(chain);
    return false;
  }
  if (!has_name(certificate, name_)) {
    fault_ =
      "certificate is for " + describe_names(certificate) + ", not " + name_;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
    return false;
  }
  return true;
}

std::string server_identity::failure(boost::system::error_code error) const {
  if (!fault_.empty())
    return fault_;
  auto code = ERR_peek_error();
  if (error == boost::asio::error::eof)
    return "the server closed the connection during the TLS handshake";
  if (code == 0)
    return error.message();
  if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
    return "the server does not answer with TLS";
  auto reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : error.message();
}

int judge_server(x509_store_ctx_st* chain, void*) {
  auto engine = static_cast<ssl_st*>(
    X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto identity = static_cast<server_identity*>(SSL_get_app_data(engine));
  return identity != nullptr && identity->judge(chain) ? 1 : 0;
}

} // namespace causeway
