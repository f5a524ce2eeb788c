#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// The client's first message of SCRAM (RFC 5802 section 7); views into it.
struct client_first {
  /// 'n', 'y' or 'p'.
  char binding_flag = 'n';
  std::string_view gs2_header;
  /// As sent, still escaped.
  std::optional<std::string_view> authzid;
  /// All that follows the GS2 header.
  std::string_view bare;
  /// As sent, still escaped.
  std::string_view username;
  std::string_view nonce;
};

/// Nullopt if it does not fit the grammar or has a mandatory extension.
std::optional<client_first> parse_client_first(std::string_view message);

/// The client's final message, taken apart.
struct client_final {
  /// View into the message.
  std::string_view without_proof;
  std::string gs2_header;
  /// View into the message.
  std::string_view nonce;
  std::string proof;
};

/// Nullopt if it does not fit the grammar.
std::optional<client_final> parse_client_final(std::string_view message);

/// Undoes "=2C" for a comma and "=3D" for an equals sign; nullopt if another
/// "=" occurs.
std::optional<std::string> unescape_saslname(std::string_view text);

} // namespace causeway::protocol
