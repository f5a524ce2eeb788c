#pragma once

#include "config/config.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What an HTTP request on a listener leads to, decided without I/O: RFC 6455
/// section 4.2, RFC 7395 section 3.1 (W01, W02, W39).
namespace causeway {

/// The head of an HTTP request. Fields that come in several lines are joined
/// with commas; absent ones are empty.
struct http_request {
  std::string method;
  std::string target;
  bool http_1_1 = true;
  std::string host;
  std::string upgrade;
  std::string connection;
  std::string key;
  std::string version;
  std::string protocols;
  /// Empty optional if the field is absent.
  std::optional<std::string> origin;
};

/// An answer after which the connection ends.
struct http_reply {
  unsigned status = 200;
  std::string_view reason;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
  /// Further header fields.
  std::vector<std::pair<std::string_view, std::string>> fields;
};

/// The request becomes a WebSocket with subprotocol xmpp.
struct upgrade_accepted {};

using upgrade_decision = std::variant<upgrade_accepted, http_reply>;

upgrade_decision decide_upgrade(
  const http_request& request, const config::websocket& rules, bool secure);

/// Whether a browser on `origin` may connect, where its request went to
/// `host`. "same-host" compares host names and not ports, since the page comes
/// from a web server and not from us; a page that came without TLS may not
/// use wss.
bool origin_allowed(std::string_view origin, std::string_view host,
  const std::vector<std::string>& allowed, bool secure);

/// True if a comma-separated list holds exactly this token.
bool lists_token(std::string_view list, std::string_view token);

/// What a client says of itself, fit to be shown: at most 128 bytes, and '?'
/// for all but printable ASCII.
std::string presentable(std::string_view field);

http_reply too_many_connections();
http_reply malformed_request(std::string_view why);
http_reply header_too_large();

/// The bytes of a reply; without its body for HEAD.
std::string to_bytes(const http_reply& reply, bool head);

} // namespace causeway
