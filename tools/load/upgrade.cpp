/// RFC 6455 section 4.1 and RFC 7395 section 3.1: the opening handshake.
#include "tools/load/upgrade.hpp"

#include "protocol/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

namespace causeway::load {

namespace {

bool equal_names(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view trim(std::string_view text) {
  auto start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos)
    return {};
  return text.substr(start, text.find_last_not_of(" \t") + 1 - start);
}

std::string_view find_header(std::string_view response, std::string_view name) {
  while (true) {
    auto end = response.find("\r\n");
    if (end == std::string_view::npos)
      return {};
    auto line = response.substr(0, end);
    auto colon = line.find(':');
    if (colon != std::string_view::npos
        && equal_names(line.substr(0, colon), name))
      return trim(line.substr(colon + 1));
    response.remove_prefix(end + 2);
  }
}

} // namespace

std::string upgrade_request(const websocket_url& url, std::string_view key) {
  std::string result = "GET " + url.target + " HTTP/1.1\r\n";
  result += "Host: " + url.authority() + "\r\n";
  result += "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  result += "Sec-WebSocket-Key: ";
  result += key;
  result += "\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: xmpp\r\n\r\n";
  return result;
}

std::string accept_value(std::string_view key) {
  auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  return protocol::to_base64({reinterpret_cast<char*>(digest), size});
}

std::string judge_upgrade(std::string_view response, std::string_view key) {
  auto status = response.substr(0, response.find("\r\n"));
  if (!status.starts_with("HTTP/1.1 101"))
    return "the server refused the WebSocket upgrade: "
           + std::string{status.substr(0, 100)};
  if (find_header(response, "Sec-WebSocket-Accept") != accept_value(key))
    return "wrong Sec-WebSocket-Accept";
  if (find_header(response, "Sec-WebSocket-Protocol") != "xmpp")
    return "the server did not choose the subprotocol xmpp";
  if (!find_header(response, "Sec-WebSocket-Extensions").empty())
    return "the server chose an extension that was not offered";
  return {};
}

} // namespace causeway::load
