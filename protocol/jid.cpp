/// RFC 7622: the format of XMPP addresses.
#include "protocol/jid.hpp"

#include "protocol/precis.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <utility>

namespace causeway::protocol {

namespace {

/// RFC 7622 sections 3.2 to 3.4.
constexpr std::size_t max_part_bytes = 1023;
/// RFC 1035 section 2.3.4.
constexpr std::size_t max_label_bytes = 63;
constexpr std::size_t max_name_bytes = 253;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string lowered(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// RFC 7622 section 3.3.1.
bool has_excluded_character(std::string_view local) {
  return local.find_first_of("\"&'/:<>@") != std::string_view::npos;
}

bool is_ascii_label(std::string_view label) {
  if (label.empty() || label.size() > max_label_bytes || label.front() == '-'
      || label.back() == '-')
    return false;
  return std::all_of(label.begin(), label.end(),
    [](char c) { return is_digit(c) || is_lower(c) || c == '-'; });
}

// A lower-case name of letters, digits and hyphens: IDNA has no say in it.
bool is_ascii_name(std::string_view name) {
  if (name.size() > max_name_bytes)
    return false;
  for (;;) {
    auto dot = name.find('.');
    if (!is_ascii_label(name.substr(0, dot)))
      return false;
    if (dot == std::string_view::npos)
      return true;
    name.remove_prefix(dot + 1);
  }
}

bool has_a_label(std::string_view name) {
  return name.starts_with("xn--") || name.find(".xn--") != name.npos;
}

// "[IPv6]" in its canonical form; other literals have no brackets.
result<std::string, jid_error> normalize_literal(std::string_view text) {
  if (text.size() < 4 || text.back() != ']')
    return jid_error::bad_domain;
  std::string address{text.substr(1, text.size() - 2)};
  in6_addr bytes;
  char canonical[INET6_ADDRSTRLEN];
  // A NUL would end the text early for inet_pton.
  if (address.find('\0') != std::string::npos
      || inet_pton(AF_INET6, address.c_str(), &bytes) != 1
      || !inet_ntop(AF_INET6, &bytes, canonical, sizeof canonical))
    return jid_error::bad_domain;
  return '[' + std::string{canonical} + ']';
}

} // namespace

std::string_view to_string(jid_error x) {
  switch (x) {
  case jid_error::bad_domain: return "bad-domain";
  case jid_error::bad_local: return "bad-local";
  case jid_error::bad_resource: return "bad-resource";
  case jid_error::too_long: return "too-long";
  }
  return {};
}

result<std::string, jid_error> normalize_local(std::string_view text) {
  if (text.size() > max_part_bytes)
    return jid_error::too_long;
  std::string out;
  if (is_ascii(text)) {
    auto printable = std::all_of(
      text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!printable)
      return jid_error::bad_local;
    out = lowered(text);
  } else if (auto mapped = username_case_mapped(text)) {
    out = std::move(*mapped);
  }
  if (out.empty() || has_excluded_character(out))
    return jid_error::bad_local;
  if (out.size() > max_part_bytes)
    return jid_error::too_long;
  return out;
}

result<std::string, jid_error> normalize_domain(std::string_view text) {
  if (text.size() > max_part_bytes)
    return jid_error::too_long;
  if (text.starts_with('['))
    return normalize_literal(text);
  // RFC 7622 section 3.2: the root's dot is not part of the address.
  if (text.ends_with('.'))
    text.remove_suffix(1);
  auto name = lowered(text);
  if (is_ascii(name) && !has_a_label(name)) {
    if (!is_ascii_name(name))
      return jid_error::bad_domain;
    return name;
  }
  auto unicode = unicode_domain(name);
  if (!unicode)
    return jid_error::bad_domain;
  if (unicode->size() > max_part_bytes)
    return jid_error::too_long;
  return std::move(*unicode);
}

result<std::string, jid_error> normalize_resource(std::string_view text) {
  if (text.size() > max_part_bytes)
    return jid_error::too_long;
  auto mapped = opaque_string(text);
  if (!mapped)
    return jid_error::bad_resource;
  if (mapped->size() > max_part_bytes)
    return jid_error::too_long;
  return std::move(*mapped);
}

result<jid, jid_error> jid::parse(std::string_view text) {
  // RFC 7622 section 3.1: first the resource is cut off, then the local part.
  std::string_view local, resource;
  auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    resource = text.substr(slash + 1);
    if (resource.empty())
      return jid_error::bad_resource;
    text = text.substr(0, slash);
  }
  auto at = text.find('@');
  if (at != std::string_view::npos) {
    local = text.substr(0, at);
    if (local.empty())
      return jid_error::bad_local;
    text.remove_prefix(at + 1);
  }
  return make(local, text, resource);
}

result<jid, jid_error> jid::make(
  std::string_view local, std::string_view domain, std::string_view resource) {
  jid out;
  auto normal_domain = normalize_domain(domain);
  if (!normal_domain)
    return normal_domain.error();
  out.domain_ = std::move(*normal_domain);
  if (!local.empty()) {
    auto normal_local = normalize_local(local);
    if (!normal_local)
      return normal_local.error();
    out.local_ = std::move(*normal_local);
  }
  if (!resource.empty()) {
    auto normal_resource = normalize_resource(resource);
    if (!normal_resource)
      return normal_resource.error();
    out.resource_ = std::move(*normal_resource);
  }
  return out;
}

jid jid::bare() const {
  jid out;
  out.local_ = local_;
  out.domain_ = domain_;
  return out;
}

jid jid::with_resource(std::string resource) const {
  auto out = bare();
  out.resource_ = std::move(resource);
  return out;
}

std::string to_string(const jid& x) {
  std::string out;
  out.reserve(x.local().size() + x.domain().size() + x.resource().size() + 2);
  if (!x.local().empty())
    out.append(x.local()) += '@';
  out += x.domain();
  if (!x.is_bare())
    (out += '/') += x.resource();
  return out;
}

} // namespace causeway::protocol
