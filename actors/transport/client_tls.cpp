#include "actors/transport/client_tls.hpp"

#include "actors/transport/server_identity.hpp"
#include "protocol/base64.hpp"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <optional>
#include <string_view>

namespace causeway {

namespace {

std::optional<std::string> parse_pin(std::string_view text) {
  constexpr std::string_view prefix = "sha256/";
  if (!text.starts_with(prefix))
    return {};
  auto digest = protocol::from_base64(text.substr(prefix.size()));
  if (!digest || digest->size() != SHA256_DIGEST_LENGTH)
    return {};
  return digest;
}

} // namespace

protocol::result<client_tls_ptr, std::string> load_client_tls(
  const config::upstream& x) {
  std::string pin;
  if (!x.pin.empty()) {
    auto parsed = parse_pin(x.pin);
    if (!parsed)
      return "pin: not \"sha256/\" and the base64 of 32 bytes: " + x.pin;
    pin = *parsed;
  }
  ERR_clear_error();
  auto native = SSL_CTX_new(TLS_client_method());
  if (native == nullptr)
    return std::string{"cannot set up TLS"};
  auto context = std::make_shared<const tls_context>(native);
  set_tls_policy(native);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(native, &judge_server, nullptr);
  // What `ca` holds is trusted, also if it is not a root.
  X509_VERIFY_PARAM_set_flags(
    SSL_CTX_get0_param(native), X509_V_FLAG_PARTIAL_CHAIN);
  if (!x.pin.empty())
    // The chain is not looked at.
    return client_tls_ptr{
      new client_tls{std::move(context), x.certificate_name, std::move(pin)}};
  if (x.ca.empty()) {
    if (SSL_CTX_set_default_verify_paths(native) != 1)
      return std::string{"cannot read the system's certificate authorities"};
  } else if (SSL_CTX_load_verify_file(native, x.ca.c_str()) != 1) {
    return tls_file_error(x.ca);
  }
  return client_tls_ptr{
    new client_tls{std::move(context), x.certificate_name, {}}};
}

} // namespace causeway
