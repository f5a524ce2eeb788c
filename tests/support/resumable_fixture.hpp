#pragma once

#include "tests/support/gateway_fixture.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::test {

/// What a client of example.org and the server behind say of Stream Management.
namespace login {

inline constexpr auto features_with_sm =
  "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
  "<sm xmlns='urn:xmpp:sm:3'/></stream:features>";

inline constexpr auto enable = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>";

inline constexpr auto enabled =
  "<enabled xmlns='urn:xmpp:sm:3' id='U' resume='true' max='300'/>";

} // namespace login

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A nonza: its name, and attributes.
inline std::string sm(std::string_view body) {
  return "<" + std::string{body} + " xmlns='urn:xmpp:sm:3'/>";
}

/// A message of the client.
inline std::string message(std::string_view body) {
  return "<message xmlns='jabber:client' to='romeo@example.org'><body>"
         + std::string{body} + "</body></message>";
}

/// The value of `id` in an `<enabled/>`.
inline std::string id_in(const std::string& enabled) {
  auto at = enabled.find("id='") + 4;
  return enabled.substr(at, enabled.find('\'', at) - at);
}

/// Clients of a gateway that may come back.
struct resumable_fixture : gateway_fixture {
  /// One whose server keeps its session; its id is in `id`.
  client log_in_resumable() {
    auto x = log_in_upstream(login::features_with_sm);
    say(x, login::enable);
    reply(login::enabled);
    id = id_in(x.read());
    server->read();
    return x;
  }

  void resume(client& x, std::uint32_t h) {
    say(x, "<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='"
             + std::to_string(h) + "'/>");
  }

  void lose(client& x) {
    x.wire->lose();
    consume_messages();
  }

  std::string id;
};

} // namespace causeway::test
