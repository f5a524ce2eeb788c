#include "actors/inspect/session_filter.hpp"

#include "actors/inspect/actor_tree.hpp"
#include "actors/inspect/wire_trace.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace causeway {

namespace {

constexpr unsigned mapped_bits = 96;

std::string_view without_brackets(std::string_view x) {
  if (x.starts_with('[') && x.ends_with(']'))
    return x.substr(1, x.size() - 2);
  return x;
}

} // namespace

std::optional<network> parse_network(std::string_view text) {
  auto slash = text.find('/');
  std::string host{without_brackets(text.substr(0, slash))};
  network out;
  unsigned most = 128;
  auto* bytes = out.address.data();
  if (::inet_pton(AF_INET, host.c_str(), bytes + 12) == 1) {
    bytes[10] = bytes[11] = 0xff;
    most = 32;
  } else if (::inet_pton(AF_INET6, host.c_str(), bytes) != 1) {
    return std::nullopt;
  }
  auto bits = most;
  if (slash != text.npos) {
    auto number = text.substr(slash + 1);
    auto [end, failure] =
      std::from_chars(number.data(), number.data() + number.size(), bits);
    if (failure != std::errc{} || end != number.data() + number.size()
        || bits > most)
      return std::nullopt;
  }
  out.bits = most == 32 ? mapped_bits + bits : bits;
  return out;
}

bool contains(const network& x, std::string_view address) {
  auto one = parse_network(address.substr(0, address.rfind(':')));
  if (!one)
    return false;
  for (unsigned i = 0; i < x.bits; ++i) {
    auto mask = static_cast<std::uint8_t>(0x80 >> i % 8);
    if (((x.address[i / 8] ^ one->address[i / 8]) & mask) != 0)
      return false;
  }
  return true;
}

bool fits_pattern(std::string_view pattern, std::string_view text) {
  // The last `*`, and where the text went on behind what it stood for.
  auto star = pattern.npos;
  std::size_t mark = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

bool is_wanted(const session_filter& wanted, const actor_snapshot& session) {
  auto is_jid = [&](std::string_view jid) {
    return wanted.jid.find('*') == std::string::npos
             ? is_traced_jid(wanted.jid, jid)
             : fits_pattern(wanted.jid, jid);
  };
  auto is_near = [&](std::string_view peer) {
    auto net = parse_network(wanted.ip);
    return net && contains(*net, peer);
  };
  return (wanted.jid.empty() || is_jid(field(session, "jid")))
         && (wanted.domain.empty() || wanted.domain == field(session, "domain"))
         && (wanted.ip.empty() || is_near(field(session, "peer")))
         && (wanted.state.empty() || wanted.state == session.state)
         && (wanted.resume.empty()
             || wanted.resume == field(session, "resume"));
}

} // namespace causeway
