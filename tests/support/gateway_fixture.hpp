#pragma once

#include "actors/upstream/upstream_link.hpp"
#include "tests/support/stream_fixture.hpp"

#include <memory>
#include <string>

namespace causeway::test {

/// What a client of example.org and the server behind say at a login.
namespace login {

inline constexpr auto open =
  "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
  "to='example.org' version='1.0'/>";

inline constexpr auto header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
  "xmlns:stream='http://etherx.jabber.org/streams' from='example.org' "
  "id='up1' version='1.0' xml:lang='en'>";

inline constexpr auto features_before =
  "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
  "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";

inline constexpr auto features_after =
  "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
  "</stream:features>";

inline constexpr auto auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                             "mechanism='PLAIN'>AGEAYg==</auth>";

inline constexpr auto success =
  "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

inline constexpr auto bind =
  "<iq xmlns='jabber:client' type='set' id='b'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

inline constexpr auto bind_result =
  "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
  "<jid>juliet@example.org/x</jid></bind></iq>";

} // namespace login

/// A `small_node` and the server behind its gateway domain, example.org.
struct gateway_fixture : stream_fixture {
  /// A client whose link waits for its connection.
  client open_stream() {
    auto x = connect();
    say(x, login::open);
    return x;
  }

  /// The server takes the connection that waits.
  void accept() {
    server = node->connector.accept();
    consume_messages();
  }

  void reply(const std::string& bytes) {
    server->server_sends(bytes);
    consume_messages();
  }

  /// A client that is not bound yet, at `server`.
  client authenticate_upstream(
    const std::string& features = login::features_after,
    const std::string& auth = login::auth) {
    auto x = open_stream();
    accept();
    reply(login::header + std::string{login::features_before});
    say(x, auth);
    reply(login::success);
    say(x, login::open);
    reply(login::header + features);
    x.read();
    server->read();
    return x;
  }

  /// A client that is bound.
  client log_in_upstream(const std::string& features = login::features_after) {
    auto x = authenticate_upstream(features);
    say(x, login::bind);
    reply(login::bind_result);
    x.read();
    server->read();
    return x;
  }

  std::size_t counted(counter x) { return node->count->get(x); }

  std::shared_ptr<fake_upstream_socket> server;
};

} // namespace causeway::test
