#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Hash functions of the SCRAM family.
enum class scram_hash : std::uint8_t { sha1, sha256, sha512 };

/// "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512".
std::string_view to_string(scram_hash x);

/// Bytes of a salt, so that made-up ones look like stored ones.
inline constexpr std::size_t scram_salt_bytes = 16;

/// What a server stores of a password (RFC 5802 section 3); raw bytes.
struct scram_credentials {
  std::string salt;
  std::uint32_t iterations = 0;
  std::string stored_key;
  std::string server_key;
};

/// True if the client's proof shows that it knows the password (RFC 5802
/// section 3); constant-time compare.
bool verify_proof(scram_hash hash, const scram_credentials& x,
  std::string_view auth_message, std::string_view proof);

/// The server's signature over the same text, raw bytes.
std::string server_signature(
  scram_hash hash, const scram_credentials& x, std::string_view auth_message);

/// Derives the stored form of a password (PBKDF2: takes milliseconds, so not
/// on a thread that runs actors). The password is used as it is;
/// to prepare it (`opaque_string`) was the caller's job.
scram_credentials derive_credentials(scram_hash hash, std::string_view password,
  std::string_view salt, std::uint32_t iterations);

/// True if `password` derives to the same stored key; constant-time compare.
bool matches_password(
  scram_hash hash, const scram_credentials& x, std::string_view password);

/// Stable made-up credentials for a user that does not exist, so that replies
/// have the same shape as for one that does (requirement G-75). Each name gets
/// one of the iteration counts that are in use, which must not be none; another
/// count in use changes it for a few names only, to that count and with another
/// salt, as a new password would.
scram_credentials fake_credentials(scram_hash hash,
  std::string_view server_secret, std::string_view username,
  std::span<const std::uint32_t> iterations);

/// The client side, for the load generator and tests: SCRAM without channel
/// binding. Prepares the password; one that OpaqueString refuses is used as it
/// is, and belongs to no account.
class scram_client {
 public:
  scram_client(scram_hash hash, std::string username,
    const std::string& password, std::string client_nonce);

  /// First message, with GS2 header "n,,".
  std::string first_message();
  /// Final message for the server's first; nullopt if that is malformed or
  /// does not extend our nonce.
  std::optional<std::string> final_message(std::string_view server_first);
  /// True if the server's final message proves that it knows the password.
  bool verify(std::string_view server_final) const;

 private:
  std::string first_bare() const;

  scram_hash hash_;
  std::string username_, password_, nonce_;
  std::string server_signature_;
};

} // namespace causeway::protocol
