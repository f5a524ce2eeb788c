/// RFC 4616 section 2, RFC 5802 section 7; G-36, G-37.
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

void sasl_witness::begin(const element& auth) {
  identity_.reset();
  // Which of both the server goes on with, it does not say.
  if (sent_ > 0)
    doubt();
  sent_ = 1;
  mechanism_ = auth.value_of("mechanism");
  if (!auth.text.empty() || !auth.children.empty())
    read(auth);
}

void sasl_witness::respond(const element& x) {
  if (sent_ == 0)
    return;
  ++sent_;
  read(x);
}

// It may have crossed with a response that has an answer of its own: that would
// be taken for the answer to the next `<auth/>`.
void sasl_witness::failed() {
  if (sent_ > 1)
    doubt();
  sent_ = 0;
}

// Text around child elements, or in them: a server may take either.
void sasl_witness::read(const element& x) {
  if (!x.children.empty())
    doubt();
  auto mechanism = std::exchange(mechanism_, std::nullopt);
  if (mechanism && !in_doubt_)
    identity_ = read_identity(*mechanism, x.text);
}

void sasl_witness::doubt() {
  in_doubt_ = true;
  identity_.reset();
}

} // namespace causeway::protocol
