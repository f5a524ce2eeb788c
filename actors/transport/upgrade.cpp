#include "actors/transport/upgrade.hpp"

#include "actors/transport/landing_page.hpp"

#include <algorithm>

namespace causeway {

namespace {

constexpr std::string_view subprotocol = "xmpp";
constexpr std::string_view supported_version = "13";

char lower(char x) {
  return x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& x : out)
    x = lower(x);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Calls `f` with each element of a comma-separated list until it is true.
template <class F>
bool any_element(std::string_view list, F f) {
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    if (f(trim(list.substr(0, comma))))
      return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool lists_keyword(std::string_view list, std::string_view keyword) {
  return any_element(
    list, [=](auto x) { return equal_ignoring_case(x, keyword); });
}

/// RFC 6455 section 4.1: base64 of 16 bytes.
bool valid_key(std::string_view key) {
  constexpr auto base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789+/";
  return key.size() == 24 && key.substr(22) == "=="
         && key.substr(0, 22).find_first_not_of(base64) == key.npos;
}

/// "host[:port]" or "[v6][:port]".
struct authority {
  std::string host;
  std::string port;
};

authority split_authority(std::string_view text) {
  auto colon = text.rfind(':');
  auto bracket = text.rfind(']');
  if (colon == text.npos || (bracket != text.npos && colon < bracket))
    return {lower(text), {}};
  return {lower(text.substr(0, colon)), std::string{text.substr(colon + 1)}};
}

/// RFC 6454 section 4; the port is never empty for http and https.
struct parsed_origin {
  std::string scheme;
  std::string host;
  std::string port;

  bool operator==(const parsed_origin&) const = default;
};

std::optional<parsed_origin> parse_origin(std::string_view text) {
  auto mark = text.find("://");
  if (mark == text.npos)
    return {};
  auto scheme = lower(text.substr(0, mark));
  auto [host, port] = split_authority(text.substr(mark + 3));
  if (host.empty() || host.find('/') != host.npos)
    return {};
  if (port.empty())
    port = scheme == "https" ? "443" : scheme == "http" ? "80" : "";
  return parsed_origin{scheme, host, port};
}

bool same_host(
  const parsed_origin& origin, std::string_view host, bool secure) {
  auto scheme_fits =
    origin.scheme == "https" || (!secure && origin.scheme == "http");
  return scheme_fits && origin.host == split_authority(host).host;
}

http_reply text_reply(
  unsigned status, std::string_view reason, std::string text) {
  http_reply reply;
  reply.status = status;
  reply.reason = reason;
  reply.body = std::move(text) + "\n";
  return reply;
}

http_reply bad_request(std::string text) {
  return text_reply(400, "Bad Request", std::move(text));
}

/// The path as configured, with or without its last slash.
bool is_endpoint(std::string_view path, std::string_view configured) {
  if (path == configured)
    return true;
  if (configured.size() > 1 && configured.back() == '/')
    return path == configured.substr(0, configured.size() - 1);
  return false;
}

/// RFC 6455 section 4.2.1, for a request that wants to be a WebSocket.
std::optional<http_reply> find_fault(
  const http_request& x, const config::websocket& rules, bool secure) {
  if (!x.http_1_1)
    return bad_request("A WebSocket needs HTTP/1.1.");
  if (x.host.empty())
    return bad_request("The Host field is missing.");
  if (!lists_keyword(x.connection, "upgrade"))
    return bad_request("The Connection field must list Upgrade.");
  if (x.version != supported_version) {
    auto reply = text_reply(
      426, "Upgrade Required", "Only version 13 of WebSocket is supported.");
    reply.fields.emplace_back("Upgrade", "websocket");
    reply.fields.emplace_back(
      "Sec-WebSocket-Version", std::string{supported_version});
    return reply;
  }
  if (!valid_key(x.key))
    return bad_request("Sec-WebSocket-Key must be 16 bytes in base64.");
  if (!lists_token(x.protocols, subprotocol))
    return bad_request("Sec-WebSocket-Protocol must list the subprotocol xmpp "
                       "(RFC 7395 section 3.1).");
  if (!x.origin && !rules.allow_missing_origin)
    return text_reply(403, "Forbidden", "The Origin field is missing.");
  if (x.origin && !origin_allowed(*x.origin, x.host, rules.origins, secure))
    return text_reply(403, "Forbidden",
      "Pages from this origin may not connect. The server's configuration "
      "lists those that may (websocket.origins).");
  return {};
}

} // namespace

bool lists_token(std::string_view list, std::string_view token) {
  return any_element(list, [=](auto x) { return x == token; });
}

bool origin_allowed(std::string_view origin, std::string_view host,
  const std::vector<std::string>& allowed, bool secure) {
  auto parsed = parse_origin(origin);
  return std::any_of(allowed.begin(), allowed.end(), [&](auto& rule) {
    if (rule == "*")
      return true;
    if (!parsed)
      return false;
    if (rule == "same-host")
      return same_host(*parsed, host, secure);
    return parse_origin(rule) == parsed;
  });
}

upgrade_decision decide_upgrade(
  const http_request& x, const config::websocket& rules, bool secure) {
  auto path = std::string_view{x.target}.substr(0, x.target.find('?'));
  auto endpoint = is_endpoint(path, rules.path);
  if (!endpoint && path != "/")
    return text_reply(404, "Not Found",
      "Nothing is served here; the WebSocket endpoint is " + rules.path);
  if (x.method != "GET" && x.method != "HEAD") {
    auto reply = text_reply(
      405, "Method Not Allowed", "Only GET and HEAD are served here.");
    reply.fields.emplace_back("Allow", "GET, HEAD");
    return reply;
  }
  if (x.method == "HEAD" || !lists_keyword(x.upgrade, "websocket"))
    return landing_page(x.host, rules.path, secure);
  if (!endpoint)
    return text_reply(
      404, "Not Found", "The WebSocket endpoint is " + rules.path);
  if (auto fault = find_fault(x, rules, secure))
    return *std::move(fault);
  return upgrade_accepted{};
}

std::string presentable(std::string_view field) {
  constexpr std::size_t most = 128;
  std::string out{field.substr(0, most)};
  std::replace_if(
    out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

http_reply too_many_connections() {
  auto reply = text_reply(503, "Service Unavailable",
    "Too many connections; please try again later.");
  reply.fields.emplace_back("Retry-After", "10");
  return reply;
}

http_reply malformed_request(std::string_view why) {
  return bad_request("This is not a valid HTTP request: " + std::string{why});
}

http_reply header_too_large() {
  return text_reply(
    431, "Request Header Fields Too Large", "The request header is too large.");
}

std::string to_bytes(const http_reply& x, bool head) {
  std::string out = "HTTP/1.1 " + std::to_string(x.status) + " ";
  out.append(x.reason).append("\r\nServer: Causeway\r\nContent-Type: ");
  out.append(x.content_type).append("\r\nContent-Length: ");
  out += std::to_string(x.body.size());
  out += "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store"
         "\r\nConnection: close";
  // RFC 9110 section 7.8: who sends Upgrade lists it as a connection option.
  if (x.status == 426)
    out += ", Upgrade";
  out += "\r\n";
  for (auto& [name, value] : x.fields)
    out.append(name).append(": ").append(value).append("\r\n");
  out += "\r\n";
  if (!head)
    out += x.body;
  return out;
}

} // namespace causeway
