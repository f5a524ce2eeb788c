/// RFC 6120 section 6; RFC 5802 section 5, RFC 4616, RFC 4505.
#include "protocol/sasl.hpp"

#include "protocol/base64.hpp"
#include "protocol/jid.hpp"
#include "protocol/overload.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace causeway::protocol {

namespace {

std::optional<scram_hash> scram_hash_of(std::string_view mechanism) {
  for (auto x : {scram_hash::sha1, scram_hash::sha256, scram_hash::sha512})
    if (to_string(x) == mechanism)
      return x;
  return std::nullopt;
}

// saslname of RFC 5802 section 7: "=2C" is a comma, "=3D" an equals sign.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    auto code = text.substr(i, 3);
    if (code != "=2C" && code != "=3D")
      return std::nullopt;
    out += code == "=2C" ? ',' : '=';
    i += 2;
  }
  return out;
}

bool is_nonce(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != ',';
  });
}

// The client's first message, taken apart; views into the message.
struct client_first {
  char binding_flag;
  std::string_view gs2_header;
  std::optional<std::string_view> authzid;
  std::string_view bare;
  std::string_view username;
  std::string_view nonce;
};

// Takes the text up to the next comma, and the comma, off the front.
std::optional<std::string_view> take_field(std::string_view& rest) {
  auto comma = rest.find(',');
  if (comma == std::string_view::npos)
    return std::nullopt;
  auto field = rest.substr(0, comma);
  rest.remove_prefix(comma + 1);
  return field;
}

std::optional<client_first> parse_client_first(std::string_view message) {
  auto rest = message;
  auto flag = take_field(rest);
  auto authzid = take_field(rest);
  if (!flag || flag->empty() || !authzid)
    return std::nullopt;
  if (*flag != "n" && *flag != "y" && !flag->starts_with("p="))
    return std::nullopt;
  if (!authzid->empty() && !authzid->starts_with("a="))
    return std::nullopt;
  client_first out;
  out.binding_flag = flag->front();
  out.gs2_header = message.substr(0, message.size() - rest.size());
  if (!authzid->empty())
    out.authzid = authzid->substr(2);
  out.bare = rest;
  // "m=" announces an extension that is mandatory, and unknown.
  auto name = take_field(rest);
  if (!name || !name->starts_with("n=") || !rest.starts_with("r="))
    return std::nullopt;
  out.username = name->substr(2);
  // Extensions may follow the nonce; a server ignores those unknown to it.
  out.nonce = rest.substr(2, rest.find(',') - 2);
  return is_nonce(out.nonce) ? std::optional{out} : std::nullopt;
}

// The client's final message, taken apart.
struct client_final {
  std::string_view without_proof;
  std::string gs2_header;
  std::string_view nonce;
  std::string proof;
};

std::optional<client_final> parse_client_final(std::string_view message) {
  // Base64 holds no comma, so the proof is what follows the last ",p=".
  auto proof_at = message.rfind(",p=");
  if (proof_at == std::string_view::npos)
    return std::nullopt;
  auto rest = message.substr(0, proof_at);
  auto binding = take_field(rest);
  if (!binding || !binding->starts_with("c=") || !rest.starts_with("r="))
    return std::nullopt;
  auto gs2_header = from_base64(binding->substr(2));
  auto proof = from_base64(message.substr(proof_at + 3));
  if (!gs2_header || !proof)
    return std::nullopt;
  return client_final{message.substr(0, proof_at), std::move(*gs2_header),
    rest.substr(2, rest.find(',') - 2), std::move(*proof)};
}

} // namespace

std::string_view to_string(sasl_error x) {
  switch (x) {
  case sasl_error::aborted: return "aborted";
  case sasl_error::account_disabled: return "account-disabled";
  case sasl_error::encryption_required: return "encryption-required";
  case sasl_error::incorrect_encoding: return "incorrect-encoding";
  case sasl_error::invalid_authzid: return "invalid-authzid";
  case sasl_error::invalid_mechanism: return "invalid-mechanism";
  case sasl_error::malformed_request: return "malformed-request";
  case sasl_error::mechanism_too_weak: return "mechanism-too-weak";
  case sasl_error::not_authorized: return "not-authorized";
  case sasl_error::temporary_auth_failure: return "temporary-auth-failure";
  }
  return {};
}

sasl_server::sasl_server(
  std::string_view mechanism, std::string domain, std::string server_nonce)
  : mechanism_{mechanism}, domain_{std::move(domain)}, server_nonce_{std::move(
                                                         server_nonce)} {
  if (auto hash = scram_hash_of(mechanism))
    hash_ = *hash;
}

bool sasl_server::is_supported(std::string_view mechanism) {
  return mechanism == "PLAIN" || mechanism == "ANONYMOUS"
         || scram_hash_of(mechanism);
}

sasl_action sasl_server::fail(sasl_error condition, std::string detail) {
  state_ = finished{};
  return sasl_fail{condition, std::move(detail)};
}

sasl_action sasl_server::handle(std::optional<std::string> response) {
  return std::visit(overload{
                      [&](start&) -> sasl_action {
                        // Every mechanism here lets the client speak first.
                        if (!response)
                          return sasl_send_challenge{};
                        return begin(*response);
                      },
                      [&](awaiting_final& state) -> sasl_action {
                        return end_scram(state, response.value_or(""));
                      },
                      [&](auto&) {
                        return fail(sasl_error::malformed_request,
                          "a response came that nothing asked for");
                      },
                    },
    state_);
}

sasl_action sasl_server::begin(std::string_view response) {
  if (mechanism_ == "PLAIN")
    return begin_plain(response);
  if (mechanism_ == "ANONYMOUS")
    return begin_anonymous(response);
  return begin_scram(response);
}

// RFC 6120 section 6.3.8: nobody acts for somebody else here.
bool sasl_server::is_authorized(
  std::string_view authzid, const std::string& username) const {
  auto wanted = jid::parse(authzid);
  return wanted && wanted->is_bare() && wanted->local() == username
         && wanted->domain() == domain_;
}

// -- RFC 4616: [authzid] NUL authcid NUL password -----------------------------

sasl_action sasl_server::begin_plain(std::string_view message) {
  auto first = message.find('\0');
  auto second =
    first == std::string_view::npos ? first : message.find('\0', first + 1);
  if (second == std::string_view::npos
      || message.find('\0', second + 1) != std::string_view::npos)
    return fail(sasl_error::malformed_request, "not three parts");
  auto authzid = message.substr(0, first);
  auto password = message.substr(second + 1);
  auto username =
    normalize_local(message.substr(first + 1, second - first - 1));
  if (!username || password.empty())
    return fail(sasl_error::not_authorized, "no valid name or no password");
  if (!authzid.empty() && !is_authorized(authzid, *username))
    return fail(sasl_error::invalid_authzid, *username);
  state_ = awaiting_password{*username};
  return sasl_check_password{*username, std::string{password}};
}

sasl_action sasl_server::password_checked(bool correct) {
  auto* state = std::get_if<awaiting_password>(&state_);
  if (!state)
    return fail(sasl_error::temporary_auth_failure, "no check was asked for");
  auto username = std::move(state->username);
  if (!correct)
    return fail(sasl_error::not_authorized, std::move(username));
  state_ = finished{};
  return sasl_succeed{std::move(username), std::nullopt};
}

// -- RFC 4505: a trace that means nothing to us -------------------------------

sasl_action sasl_server::begin_anonymous(std::string_view trace) {
  // Section 2: at most 255 characters, thus at most four times the bytes.
  if (trace.size() > 255 * 4)
    return fail(sasl_error::malformed_request, "the trace is too long");
  state_ = finished{};
  return sasl_succeed{};
}

// -- RFC 5802 section 5 -------------------------------------------------------

sasl_action sasl_server::begin_scram(std::string_view message) {
  auto first = parse_client_first(message);
  if (!first)
    return fail(sasl_error::malformed_request, "no client-first-message");
  // A client that binds to the channel must have chosen a -PLUS mechanism.
  if (first->binding_flag == 'p')
    return fail(sasl_error::malformed_request, "channel binding");
  auto name = unescape(first->username);
  auto authzid = unescape(first->authzid.value_or(""));
  if (!name || !authzid)
    return fail(sasl_error::malformed_request, "bad escape in a name");
  auto username = normalize_local(*name);
  if (!username)
    return fail(sasl_error::not_authorized, "no valid name");
  if (first->authzid && !is_authorized(*authzid, *username))
    return fail(sasl_error::invalid_authzid, *username);
  state_ = awaiting_credentials{*username, std::string{first->gs2_header},
    std::string{first->bare}, std::string{first->nonce}};
  return sasl_find_credentials{std::move(*username), hash_};
}

sasl_action sasl_server::credentials_found(
  const scram_credentials& x, bool account_exists) {
  auto* state = std::get_if<awaiting_credentials>(&state_);
  if (!state)
    return fail(sasl_error::temporary_auth_failure, "no look-up was asked for");
  auto nonce = state->client_nonce + server_nonce_;
  auto server_first = "r=" + nonce + ",s=" + to_base64(x.salt)
                      + ",i=" + std::to_string(x.iterations);
  auto auth_message = state->client_first_bare + ',' + server_first + ',';
  state_ =
    awaiting_final{std::move(state->username), std::move(state->gs2_header),
      std::move(auth_message), std::move(nonce), x, account_exists};
  return sasl_send_challenge{std::move(server_first)};
}

sasl_action sasl_server::end_scram(
  awaiting_final& state, std::string_view message) {
  auto last = parse_client_final(message);
  if (!last)
    return fail(sasl_error::malformed_request, "no client-final-message");
  state.auth_message += last->without_proof;
  // The proof is checked in any case, so that time tells nothing.
  auto proved =
    verify_proof(hash_, state.credentials, state.auth_message, last->proof);
  auto username = std::move(state.username);
  if (!proved || !state.account_exists || last->nonce != state.nonce
      || last->gs2_header != state.gs2_header)
    return fail(sasl_error::not_authorized, std::move(username));
  auto signature =
    server_signature(hash_, state.credentials, state.auth_message);
  state_ = finished{};
  return sasl_succeed{std::move(username), "v=" + to_base64(signature)};
}

} // namespace causeway::protocol
