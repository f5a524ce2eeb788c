#include "actors/transport/http_exchange.hpp"

#include <algorithm>

namespace causeway {

namespace {

bool has_field(const admin_reply& x, std::string_view name) {
  return std::any_of(x.fields.begin(), x.fields.end(),
    [&](auto& field) { return field.first == name; });
}

void append(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// No page of others may use or frame what comes from here.
constexpr std::pair<std::string_view, std::string_view> guards[] = {
  {"Cache-Control", "no-store"},
  {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
  {"Cross-Origin-Resource-Policy", "same-origin"},
  {"Referrer-Policy", "no-referrer"},
  {"X-Content-Type-Options", "nosniff"},
  {"X-Frame-Options", "DENY"},
};

} // namespace

std::string_view reason_phrase(unsigned status) {
  switch (status) {
  case 200: return "OK";
  case 304: return "Not Modified";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 413: return "Content Too Large";
  case 415: return "Unsupported Media Type";
  case 421: return "Misdirected Request";
  case 431: return "Request Header Fields Too Large";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  default: return "Unknown";
  }
}

admin_reply text_reply(unsigned status, std::string_view text) {
  admin_reply x;
  x.status = status;
  x.body = std::string{text} + '\n';
  return x;
}

std::string to_bytes(const admin_reply& x, bool head, bool keep_alive) {
  std::string out{"HTTP/1.1 "};
  out += std::to_string(x.status);
  out.append(" ").append(reason_phrase(x.status)).append("\r\n");
  append(out, "Server", "Causeway");
  if (x.status != 304) {
    append(out, "Content-Type", x.content_type);
    append(out, "Content-Length", std::to_string(x.body.size()));
  }
  for (auto& [name, value] : guards)
    if (!has_field(x, name))
      append(out, name, value);
  for (auto& [name, value] : x.fields)
    append(out, name, value);
  append(out, "Connection", keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  if (!head && x.status != 304)
    out += x.body;
  return out;
}

} // namespace causeway
