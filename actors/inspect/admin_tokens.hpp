#pragma once

#include "actors/messages.hpp"
#include "config/config.hpp"
#include "protocol/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Who may use the HTTP endpoint: bearer tokens (RFC 6750), each in a file of
/// its own.
namespace causeway {

/// What a token stands for.
struct token_holder {
  control_role role = control_role::read_only;
  /// Name of the file, which tells several tokens apart in the audit log.
  std::string name;
};

class admin_tokens {
 public:
  /// Tokens are compared by their hash, in a time that tells nothing.
  void add(std::string_view token, token_holder holder);
  std::optional<token_holder> find(std::string_view token) const;
  /// The same with the value of `Authorization`.
  std::optional<token_holder> find_bearer(std::string_view field) const;

 private:
  using digest = std::array<std::uint8_t, 32>;
  static digest hash(std::string_view token);

  struct entry {
    digest hashed;
    token_holder holder;
  };
  std::vector<entry> entries_;
};

/// Reads the files of the configuration; without any, those in the data
/// folder, which are made if they are missing. The error names the file and
/// what is wrong with it.
protocol::result<admin_tokens, std::string> load_admin_tokens(
  const config::configuration& x);

/// What is wrong with the files that the configuration names; empty if nothing
/// is. Makes none.
std::string check_admin_tokens(const config::configuration& x);

} // namespace causeway
