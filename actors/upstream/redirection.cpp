#include "actors/upstream/redirection.hpp"

#include <charconv>

namespace causeway {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, failure] =
    std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 255
         && text.find_first_of(" \t\r\n/@[]<>") == std::string_view::npos;
}

} // namespace

std::optional<redirection> parse_redirection(std::string_view text) {
  auto host = text;
  auto rest = std::string_view{};
  if (!text.empty() && text.front() == '[') {
    auto end = text.find(']');
    if (end == std::string_view::npos)
      return std::nullopt;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (!is_name(host))
    return std::nullopt;
  redirection out{std::string{host}, 0};
  if (rest.empty())
    return out;
  auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
  if (!port)
    return std::nullopt;
  out.port = *port;
  return out;
}

} // namespace causeway
