#include "config/syntax.hpp"

#include "config/address.hpp"
#include "config/config_error.hpp"
#include "config/suggestion.hpp"

#include <algorithm>

namespace causeway::config {

namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_unicode(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

bool is_label_character(char c) {
  return is_lower(c) || is_digit(c) || c == '-' || c == '_' || is_unicode(c);
}

/// Labels of 1 to 63 bytes between single dots.
std::optional<std::string> check_labels(std::string_view host) {
  for (std::size_t begin = 0;;) {
    auto end = std::min(host.find('.', begin), host.size());
    if (end == begin)
      return "has an empty label (dots must be single and between names)";
    if (end - begin > 63)
      return "has a label of more than 63 bytes";
    if (end == host.size())
      return std::nullopt;
    begin = end + 1;
  }
}

std::optional<std::string> check_origin_host(std::string_view host) {
  if (host.empty())
    return "has no host";
  if (host.starts_with('[')) {
    auto address = parse_host(host);
    return address ? std::nullopt : std::optional{address.error()};
  }
  if (std::ranges::any_of(host, is_unicode))
    return "must be ASCII (browsers send xn-- names)";
  if (!std::ranges::all_of(
        host, [](char c) { return c == '.' || is_label_character(c); }))
    return "has a character that no host name has";
  return check_labels(host);
}

std::optional<std::string> check_origin_port(
  std::string_view scheme, std::string_view text) {
  auto port = parse_port(text, 1);
  if (!port)
    return port.error();
  auto implied = scheme == "https" ? 443 : scheme == "http" ? 80 : 0;
  if (*port == implied)
    return "must leave out the port that " + std::string{scheme} + " implies";
  return std::nullopt;
}

std::optional<std::string> check_origin_parts(std::string_view origin) {
  auto separator = origin.find("://");
  if (separator == origin.npos)
    return "is no origin; expected same-host, \"*\" or "
           "scheme://host[:port]";
  if (std::ranges::any_of(origin, is_upper))
    return "must be lower case";
  auto scheme = origin.substr(0, separator);
  auto authority = origin.substr(separator + 3);
  if (scheme.empty() || !is_lower(scheme.front())
      || !std::ranges::all_of(scheme, [](char c) {
           return is_lower(c) || is_digit(c) || c == '+' || c == '.'
                  || c == '-';
         }))
    return "has no valid scheme";
  if (authority.find('/') != authority.npos)
    return "must end after host and port, without / or path";
  auto colon = authority.rfind(':');
  auto bracket = authority.rfind(']');
  if (colon == authority.npos || (bracket != authority.npos && bracket > colon))
    return check_origin_host(authority);
  if (auto reason = check_origin_host(authority.substr(0, colon)))
    return reason;
  return check_origin_port(scheme, authority.substr(colon + 1));
}

} // namespace

std::optional<std::string> check_node_name(std::string_view name) {
  auto good =
    !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
      return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '_'
             || c == '-';
    });
  if (good)
    return std::nullopt;
  return "must be 1 to 64 of the letters a-z, A-Z, digits, \".\", \"_\" and "
         "\"-\", not "
         + in_quotes(name);
}

std::optional<std::string> check_path(std::string_view path) {
  if (!path.starts_with('/') || !path.ends_with('/'))
    return "must begin and end with /, not " + in_quotes(path);
  auto bad = [](char c) {
    return c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '%'
           || c == '\\' || c == '"';
  };
  if (std::ranges::any_of(path, bad) || path.find("//") != path.npos)
    return in_quotes(path) + " is not a plain path such as /ws/";
  return std::nullopt;
}

std::optional<std::string> check_origin(std::string_view origin) {
  if (origin == "same-host" || origin == "*")
    return std::nullopt;
  auto reason = check_origin_parts(origin);
  if (reason)
    return in_quotes(origin) + " " + *reason;
  return std::nullopt;
}

std::optional<std::string> check_domain(std::string_view domain) {
  auto refuse = [&](const std::string& reason) {
    return std::optional{"the domain name " + in_quotes(domain) + " " + reason};
  };
  if (domain.empty())
    return refuse("is empty");
  if (domain.size() > 1023)
    return refuse("has more than 1023 bytes");
  if (std::ranges::any_of(domain, is_upper))
    return refuse("must be lower case");
  if (!std::ranges::all_of(
        domain, [](char c) { return c == '.' || is_label_character(c); }))
    return refuse("has a character that no domain name has");
  if (auto reason = check_labels(domain))
    return refuse(*reason);
  return std::nullopt;
}

std::optional<std::string> check_host_name(std::string_view name) {
  auto refuse = [&](const std::string& reason) {
    return std::optional{"the host name " + in_quotes(name) + " " + reason};
  };
  if (name.size() > 253)
    return refuse("has more than 253 bytes");
  if (std::ranges::any_of(name, is_unicode))
    return refuse("must be ASCII (xn-- names)");
  if (std::ranges::any_of(name, is_upper))
    return refuse("must be lower case");
  if (!std::ranges::all_of(
        name, [](char c) { return c == '.' || is_label_character(c); }))
    return refuse("has a character that no host name has");
  if (auto reason = check_labels(name))
    return refuse(*reason);
  return std::nullopt;
}

std::optional<std::string> check_pin(std::string_view pin) {
  constexpr std::string_view prefix = "sha256/";
  // 43 digits hold 258 bits, and the last two must be unused.
  constexpr std::string_view last_digits = "AEIMQUYcgkosw048";
  auto digits = pin.substr(std::min(prefix.size(), pin.size()));
  auto is_digit_64 = [](char c) {
    return is_upper(c) || is_lower(c) || is_digit(c) || c == '+' || c == '/';
  };
  if (pin.starts_with(prefix) && digits.size() == 44 && digits[43] == '='
      && last_digits.find(digits[42]) != last_digits.npos
      && std::ranges::all_of(digits.substr(0, 43), is_digit_64))
    return std::nullopt;
  return "expected sha256/ and the base64 of 32 bytes, not " + in_quotes(pin);
}

std::optional<std::string> check_mechanism(std::string_view mechanism) {
  if (std::ranges::find(known_mechanisms, mechanism)
      != std::end(known_mechanisms))
    return std::nullopt;
  return "unknown SASL mechanism " + in_quotes(mechanism)
         + suggest(mechanism, known_mechanisms);
}

} // namespace causeway::config
