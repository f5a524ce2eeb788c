#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Who a client claims to be to a server that logs it in (requirements G-36):
/// two logins of one domain with the same identity are of the same account.
struct sasl_identity {
  /// "PLAIN" or "SCRAM".
  std::string family;
  std::string authzid;
  std::string authcid;

  bool operator==(const sasl_identity&) const = default;
};

/// Reads the client's first message of PLAIN (RFC 4616) or SCRAM (RFC 5802),
/// in base64. Nothing for other mechanisms, whose accounts are named
/// elsewhere, and for what a server might read in another way.
std::optional<sasl_identity> read_identity(
  std::string_view mechanism, std::string_view message);

/// Sees a client's side of SASL pass by, and keeps of it who it is.
class sasl_witness {
 public:
  /// `<auth/>`; `initial` is its text, empty if the server asks first.
  void begin(std::string_view mechanism, std::string_view initial);
  /// `<response/>`.
  void respond(std::string_view text);

  /// Of the last negotiation that began.
  const std::optional<sasl_identity>& identity() const { return identity_; }

 private:
  /// Set until the client's first message was seen.
  std::optional<std::string> mechanism_;
  std::optional<sasl_identity> identity_;
};

} // namespace causeway::protocol
