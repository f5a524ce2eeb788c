#include "actors/transport/landing_page.hpp"

#include <string>

namespace causeway {

namespace {

std::string escape(std::string_view text) {
  std::string out;
  for (auto x : text) {
    switch (x) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    default: out += x;
    }
  }
  return out;
}

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Causeway</title>
<style>
body { font: 1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto;
  padding: 0 1rem; }
pre, code { background: #f3f3f3; padding: .1rem .3rem; }
pre { padding: 1rem; overflow-x: auto; }
</style>
</head>
<body>
<h1>Causeway</h1>
<p>This is an XMPP server that speaks WebSocket (RFC 7395) with Stream
Management (XEP-0198). It is for XMPP clients, not for browsers by
themselves.</p>
)";

} // namespace

http_reply landing_page(
  std::string_view host, std::string_view path, bool secure) {
  std::string url = secure ? "wss://" : "ws://";
  url.append(host.empty() ? "localhost" : host).append(path);
  url = escape(url);
  std::string body{head};
  body +=
    "<p>Connect to <code>" + url
    + "</code> with the subprotocol <code>xmpp</code>, for example with "
      "<a href=\"https://github.com/xmppjs/xmpp.js\">@xmpp/client</a>:</p>\n"
      "<pre>import {client} from \"@xmpp/client\";\n\n"
      "const xmpp = client({\n"
      "  service: \""
    + url
    + "\",\n"
      "  domain: \"localhost\",\n"
      "  username: \"juliet\",\n"
      "  password: \"secret\",\n"
      "});\n"
      "await xmpp.start();\n"
      "</pre>\n</body>\n</html>\n";
  http_reply reply{200, "OK", "text/html; charset=utf-8", std::move(body), {}};
  reply.fields.emplace_back("Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'");
  return reply;
}

} // namespace causeway
