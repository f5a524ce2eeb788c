#pragma once

#include "protocol/element.hpp"

#include <cstdint>
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

/// Sees SASL pass by, and keeps of it who the client is. Where the server may
/// read something else than we do, or may mean another negotiation by what it
/// says, the client stays unknown for good.
class sasl_witness {
 public:
  /// `<auth/>`; without text the server asks first.
  void begin(const element& auth);
  /// `<response/>` or `<abort/>`.
  void respond(const element& x);
  /// The server's `<failure/>`.
  void failed();

  /// Of the last negotiation that began.
  const std::optional<sasl_identity>& identity() const { return identity_; }

 private:
  void read(const element& x);
  void doubt();

  /// Set until the client's first message was seen.
  std::optional<std::string> mechanism_;
  std::optional<sasl_identity> identity_;
  /// What the client has sent in the negotiation that runs; 0: none does.
  std::uint32_t sent_ = 0;
  bool in_doubt_ = false;
};

} // namespace causeway::protocol
