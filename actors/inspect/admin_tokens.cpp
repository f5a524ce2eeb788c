#include "actors/inspect/admin_tokens.hpp"

#include "actors/secret_file.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace causeway {

namespace {

constexpr std::size_t least_bytes = 32;
constexpr std::size_t most_bytes = 512;

// RFC 6750 section 2.1: what may stand behind "Bearer".
bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9')
         || std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Empty if the token was added.
std::string add_file(
  admin_tokens& to, const std::string& file, control_role role) {
  auto text = read_secret(file);
  if (!text)
    return text.error();
  std::string_view token{*text};
  if (token.ends_with('\n'))
    token.remove_suffix(1);
  if (token.size() < least_bytes || token.size() > most_bytes)
    return file + ": a token has " + std::to_string(least_bytes) + " to "
           + std::to_string(most_bytes) + " characters, this one "
           + std::to_string(token.size());
  if (!std::all_of(token.begin(), token.end(), is_token_character))
    return file + ": a token is one line of letters, digits and -._~+/= alone";
  if (to.find(token))
    return file + ": holds the token of another file";
  to.add(token, {role, file_name(file)});
  return {};
}

// "Bearer", in whatever case (RFC 9110 section 11.1).
bool is_bearer(std::string_view scheme) {
  constexpr std::string_view name = "bearer";
  return std::equal(
    scheme.begin(), scheme.end(), name.begin(), name.end(), [](char x, char y) {
      return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y;
    });
}

} // namespace

admin_tokens::digest admin_tokens::hash(std::string_view token) {
  digest out{};
  EVP_Digest(
    token.data(), token.size(), out.data(), nullptr, EVP_sha256(), nullptr);
  return out;
}

void admin_tokens::add(std::string_view token, token_holder holder) {
  entries_.push_back({hash(token), std::move(holder)});
}

std::optional<token_holder> admin_tokens::find(std::string_view token) const {
  auto hashed = hash(token);
  const entry* found = nullptr;
  for (auto& x : entries_)
    if (CRYPTO_memcmp(hashed.data(), x.hashed.data(), hashed.size()) == 0)
      found = &x;
  if (!found)
    return std::nullopt;
  return found->holder;
}

std::optional<token_holder> admin_tokens::find_bearer(
  std::string_view field) const {
  auto space = field.find(' ');
  if (space == field.npos || !is_bearer(field.substr(0, space)))
    return std::nullopt;
  auto first = field.find_first_not_of(' ', space);
  return first == field.npos ? std::nullopt : find(field.substr(first));
}

protocol::result<admin_tokens, std::string> load_admin_tokens(
  const config::configuration& x) {
  admin_tokens out;
  auto add_all = [&](std::vector<std::string> files, const char* otherwise,
                   control_role role) -> std::string {
    if (files.empty()) {
      files.push_back(x.node.data + '/' + otherwise);
      if (auto problem = make_secret_if_missing(files.front());
          !problem.empty())
        return problem;
    }
    for (auto& file : files)
      if (auto problem = add_file(out, file, role); !problem.empty())
        return problem;
    return {};
  };
  auto problem =
    add_all(x.admin.admin_tokens, "admin.token", control_role::admin);
  if (problem.empty())
    problem = add_all(
      x.admin.read_only_tokens, "read-only.token", control_role::read_only);
  if (!problem.empty())
    return problem;
  return out;
}

std::string check_admin_tokens(const config::configuration& x) {
  admin_tokens ignored;
  auto files = x.admin.admin_tokens;
  files.insert(files.end(), x.admin.read_only_tokens.begin(),
    x.admin.read_only_tokens.end());
  for (auto& file : files)
    if (auto problem = add_file(ignored, file, control_role::read_only);
        !problem.empty())
      return problem;
  return {};
}

} // namespace causeway
