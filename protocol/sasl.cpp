/// RFC 6120 section 6; RFC 5802 section 5, RFC 4616, RFC 4505.
#include "protocol/sasl.hpp"

#include "protocol/base64.hpp"
#include "protocol/jid.hpp"
#include "protocol/overload.hpp"
#include "protocol/scram_messages.hpp"

#include <utility>

namespace causeway::protocol {

namespace {

std::optional<scram_hash> scram_hash_of(std::string_view mechanism) {
  for (auto x : {scram_hash::sha1, scram_hash::sha256, scram_hash::sha512})
    if (to_string(x) == mechanism)
      return x;
  return std::nullopt;
}

} // namespace

std::string_view to_string(sasl_error x) {
  switch (x) {
  case sasl_error::aborted: return "aborted";
  case sasl_error::account_disabled: return "account-disabled";
  case sasl_error::credentials_expired: return "credentials-expired";
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
                        // XEP-0175 section 2 takes no trace at all for an
                        // empty one.
                        if (!response && mechanism_ != "ANONYMOUS")
                          return sasl_send_challenge{};
                        return begin(response.value_or(""));
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
  auto name = unescape_saslname(first->username);
  auto authzid = unescape_saslname(first->authzid.value_or(""));
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
