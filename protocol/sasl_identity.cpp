/// RFC 4616 section 2, RFC 5802 section 7; requirements.md G-36, G-37.
#include "protocol/sasl_identity.hpp"

#include "protocol/base64.hpp"
#include "protocol/scram_messages.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace causeway::protocol {

namespace {

// [authzid] NUL authcid NUL password
std::optional<sasl_identity> read_plain(std::string_view message) {
  auto first = message.find('\0');
  auto second =
    first == std::string_view::npos ? first : message.find('\0', first + 1);
  if (second == std::string_view::npos
      || message.find('\0', second + 1) != std::string_view::npos)
    return std::nullopt;
  return sasl_identity{"PLAIN", std::string{message.substr(0, first)},
    std::string{message.substr(first + 1, second - first - 1)}};
}

// An extension behind the nonce means nothing to us, but may to a server.
bool has_extension(const client_first& x) {
  constexpr std::string_view names = "n=,r=";
  return x.bare.size() != names.size() + x.username.size() + x.nonce.size();
}

std::optional<sasl_identity> read_scram(std::string_view message) {
  auto first = parse_client_first(message);
  if (!first || first->binding_flag == 'p' || has_extension(*first))
    return std::nullopt;
  auto name = unescape_saslname(first->username);
  auto authzid = unescape_saslname(first->authzid.value_or(""));
  if (!name || !authzid)
    return std::nullopt;
  return sasl_identity{"SCRAM", std::move(*authzid), std::move(*name)};
}

} // namespace

std::optional<sasl_identity> read_identity(
  std::string_view mechanism, std::string_view message) {
  auto is_plain = mechanism == "PLAIN";
  if (!is_plain && !mechanism.starts_with("SCRAM-"))
    return std::nullopt;
  auto decoded = from_base64(message);
  if (!decoded)
    return std::nullopt;
  auto out = is_plain ? read_plain(*decoded) : read_scram(*decoded);
  // There may be a password in it.
  OPENSSL_cleanse(decoded->data(), decoded->size());
  if (out && out->authcid.empty())
    return std::nullopt;
  return out;
}

void sasl_witness::begin(std::string_view mechanism, std::string_view initial) {
  mechanism_ = mechanism;
  identity_.reset();
  if (!initial.empty())
    respond(initial);
}

void sasl_witness::respond(std::string_view text) {
  if (auto mechanism = std::exchange(mechanism_, std::nullopt))
    identity_ = read_identity(*mechanism, text);
}

} // namespace causeway::protocol
