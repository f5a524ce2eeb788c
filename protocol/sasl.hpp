#pragma once

#include "protocol/base64.hpp"
#include "protocol/scram.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace causeway::protocol {

/// SASL failure conditions, RFC 6120 section 6.5.
enum class sasl_error : std::uint8_t {
  /// The client sent `<abort/>`.
  aborted,
  /// The account is disabled.
  account_disabled,
  /// The password or the like was right and is no longer valid.
  credentials_expired,
  /// The mechanism may only be used over TLS.
  encryption_required,
  /// The data is not valid base64.
  incorrect_encoding,
  /// The authorization identity is not the authenticated account.
  invalid_authzid,
  /// The mechanism is unknown or not offered.
  invalid_mechanism,
  /// The data does not fit the mechanism.
  malformed_request,
  /// The mechanism is weaker than policy allows.
  mechanism_too_weak,
  /// Wrong name or password.
  not_authorized,
  /// The server could not check; the client may try again.
  temporary_auth_failure,
};

/// Number of conditions, for tests that walk all of them.
inline constexpr std::size_t sasl_error_count = 11;

/// The element name of RFC 6120, e.g. "not-authorized".
std::string_view to_string(sasl_error x);

/// What a mechanism asks of its driver next.
struct sasl_send_challenge {
  /// Raw bytes, not base64.
  std::string data;
};
struct sasl_find_credentials {
  /// Normalised local part.
  std::string username;
  scram_hash hash;
};
struct sasl_check_password {
  /// Normalised local part.
  std::string username;
  std::string password;
};
struct sasl_succeed {
  /// Normalised local part; empty for ANONYMOUS: the server makes one.
  std::string username;
  /// Raw bytes for `<success/>`; absent if the mechanism has none.
  std::optional<std::string> data;
};
struct sasl_fail {
  sasl_error condition;
  std::string detail;
};
using sasl_action = std::variant<sasl_send_challenge, sasl_find_credentials,
  sasl_check_password, sasl_succeed, sasl_fail>;

/// The server side of one SASL negotiation (RFC 6120 section 6): SCRAM-SHA-1,
/// -256, -512 (RFC 5802, 7677), PLAIN (RFC 4616), ANONYMOUS (RFC 4505).
/// Pure: the nonce comes in, credentials are asked for by an action.
class sasl_server {
 public:
  /// `mechanism` must be a name that `is_supported` knows. `domain` is the
  /// domain of the stream; `server_nonce` printable ASCII without comma.
  sasl_server(
    std::string_view mechanism, std::string domain, std::string server_nonce);

  static bool is_supported(std::string_view mechanism);

  /// The client's initial response or next response, decoded. `nullopt` means
  /// `<auth/>` without initial response: an empty challenge is the answer.
  sasl_action handle(std::optional<std::string> response);

  /// Answers `sasl_find_credentials`. The driver passes made-up credentials
  /// for unknown users (`fake_credentials`), so that reply and time are equal.
  sasl_action credentials_found(
    const scram_credentials& x, bool account_exists);

  /// Answers `sasl_check_password`.
  sasl_action password_checked(bool correct);

 private:
  struct start {};
  struct awaiting_credentials {
    std::string username;
    std::string gs2_header;
    std::string client_first_bare;
    std::string client_nonce;
  };
  struct awaiting_final {
    std::string username;
    std::string gs2_header;
    /// AuthMessage of RFC 5802 up to the client's final message.
    std::string auth_message;
    std::string nonce;
    scram_credentials credentials;
    bool account_exists;
  };
  struct awaiting_password {
    std::string username;
  };
  struct finished {};

  bool is_authorized(
    std::string_view authzid, const std::string& username) const;
  sasl_action begin(std::string_view response);
  sasl_action begin_scram(std::string_view message);
  sasl_action begin_plain(std::string_view message);
  sasl_action begin_anonymous(std::string_view trace);
  sasl_action end_scram(awaiting_final& state, std::string_view message);
  sasl_action fail(sasl_error condition, std::string detail);

  std::string mechanism_;
  scram_hash hash_ = scram_hash::sha1;
  std::string domain_;
  std::string server_nonce_;
  std::variant<start, awaiting_credentials, awaiting_final, awaiting_password,
    finished>
    state_;
};

} // namespace causeway::protocol
