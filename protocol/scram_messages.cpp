/// RFC 5802 section 7: the grammar of the client's messages.
#include "protocol/scram_messages.hpp"

#include "protocol/base64.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

bool is_nonce(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != ',';
  });
}

// Takes the text up to the next comma, and the comma, off the front.
std::optional<std::string_view> take_field(std::string_view& rest) {
  auto comma = rest.find(',');
  if (comma == std::string_view::npos)
    return std::nullopt;
  auto field = rest.substr(0, comma);
  rest.remove_prefix(comma + 1);
  return field;
}

} // namespace

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

std::optional<std::string> unescape_saslname(std::string_view text) {
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

} // namespace causeway::protocol
