#pragma once

#include "protocol/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::protocol {

/// What a Stream Management id says to those who have the key (G-30).
struct sm_id {
  /// The node that held the session: its name, and a number that differs each
  /// time it starts.
  std::string node;
  std::uint64_t incarnation = 0;
  /// Which session of that node; never reused while it runs.
  std::uint64_t session = 0;
  std::string domain;
  /// Who may resume it.
  std::string bare_jid;
  /// In a gateway: the endpoint that upstream wants to be resumed at, and the
  /// id that it gave. Empty where the session is held here.
  std::string endpoint;
  std::string upstream_id;
  /// Seconds since 1970.
  std::uint64_t issued = 0;
  /// In a gateway: the resource that upstream gave.
  std::string resource;

  bool operator==(const sm_id&) const = default;
};

/// Bytes of randomness that sealing takes.
inline constexpr std::size_t sm_nonce_size = 12;

/// One key of 256 bits, named by the first bytes of its SHA-256.
struct sm_key {
  std::array<unsigned char, 32> secret;
};

/// The keys of a cluster: the first seals, all of them open, so that keys can
/// be replaced one after the other. An id is
///
///     base64url(version (1) | key id (8) | nonce (12) | ciphertext | tag (16))
///
/// where the tag covers version and key id, too. Without any key nothing is
/// sealed and nothing is opened.
class sm_key_ring {
 public:
  explicit sm_key_ring(std::vector<sm_key> keys);

  /// AES-256-GCM under the first key, as URL-safe base64. `nonce` is
  /// `sm_nonce_size` random bytes. Empty if the result would exceed 4000 bytes
  /// (XEP-0198 section 5), or `nonce` is not of that size.
  std::string seal(const sm_id& x, std::string_view nonce) const;

  /// Nothing for anything that was not sealed with one of the keys, with the
  /// same effort for all of it.
  std::optional<sm_id> open(std::string_view text) const;

 private:
  struct named_key {
    std::string id;
    sm_key key;
  };

  std::vector<named_key> keys_;
};

/// Reads a key: 64 hexadecimal digits, white space around them allowed.
result<sm_key, std::string> parse_sm_key(std::string_view text);

} // namespace causeway::protocol
