/// RFC 6455 section 3: ws and wss URLs.
#include "tools/load/url.hpp"

#include <charconv>

namespace causeway::load {

namespace {

bool parse_port(std::string_view text, std::uint16_t& port) {
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, port);
  return error == std::errc{} && end == last && port != 0;
}

// Cuts the host off `text`, and leaves what follows it.
std::optional<std::string> take_host(std::string_view& text) {
  std::string host;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == std::string_view::npos)
      return std::nullopt;
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    host = text.substr(0, text.find(':'));
    text.remove_prefix(host.size());
  }
  if (host.empty())
    return std::nullopt;
  return host;
}

} // namespace

std::string websocket_url::authority() const {
  auto result = host.find(':') == std::string::npos ? host : '[' + host + ']';
  if (port != (secure ? 443 : 80))
    result += ':' + std::to_string(port);
  return result;
}

std::optional<websocket_url> parse_url(std::string_view text) {
  websocket_url result;
  if (text.starts_with("wss://")) {
    result.secure = true;
    result.port = 443;
  } else if (!text.starts_with("ws://")) {
    return std::nullopt;
  }
  text.remove_prefix(result.secure ? 6 : 5);
  if (text.find_first_of("@# \r\n") != std::string_view::npos)
    return std::nullopt;
  auto authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  auto host = take_host(authority);
  if (!host)
    return std::nullopt;
  result.host = *host;
  if (!authority.empty()
      && (authority[0] != ':' || !parse_port(authority.substr(1), result.port)))
    return std::nullopt;
  if (!text.empty())
    result.target =
      text[0] == '/' ? std::string{text} : '/' + std::string{text};
  return result;
}

} // namespace causeway::load
