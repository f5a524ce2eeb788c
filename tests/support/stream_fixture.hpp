#pragma once

#include "actors/c2s/connection.hpp"
#include "actors/c2s/parser.hpp"
#include "actors/c2s/session.hpp"
#include "actors/c2s/tracker.hpp"
#include "protocol/base64.hpp"
#include "tests/support/node_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace causeway::test {

/// How often it occurs.
inline std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1))
    ++n;
  return n;
}

/// One client of a `small_node`: its wire and its session.
struct client {
  std::shared_ptr<fake_transport> wire;
  session_actor session;

  /// What came since the last call, joined by line feeds.
  std::string read() {
    std::string text;
    for (auto& x : wire->sent)
      text += x + '\n';
    wire->sent.clear();
    return text;
  }
};

/// A node without sockets under the deterministic scheduler.
struct stream_fixture : test_coordinator_fixture<> {
  ~stream_fixture() override {
    node.reset();
    consume_messages();
  }

  client connect(const peer_facts& peer = loopback_peer()) {
    if (!node)
      node = std::make_unique<small_node>(sys, options);
    client x{node->connect(peer), {}};
    x.session = node->sessions.back();
    consume_messages();
    return x;
  }

  /// Says it and lets all actors run.
  void say(client& x, std::string text) {
    x.wire->client_sends(std::move(text));
    consume_messages();
  }

  /// Logs in with PLAIN up to the features after authentication, and forgets
  /// the answers; returns the last one.
  std::string authenticate(client& x, const std::string& local,
    const std::string& domain = "localhost") {
    auto header = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='"
                  + domain + "' version='1.0'/>";
    std::string plain{'\0'};
    plain += local;
    plain += '\0';
    plain += "secret";
    say(x, header);
    say(x, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
             + protocol::to_base64(plain) + "</auth>");
    say(x, header);
    auto last = x.wire->sent.empty() ? std::string{} : x.wire->sent.back();
    x.wire->sent.clear();
    return last;
  }

  /// Authenticates and binds; returns the answer to bind.
  std::string log_in(
    client& x, const std::string& local, const std::string& resource) {
    authenticate(x, local);
    say(x, "<iq xmlns='jabber:client' type='set' id='bind'><bind "
           "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>"
             + resource + "</resource></bind></iq>");
    return x.read();
  }

  void enable_sm(client& x) {
    say(x, "<enable xmlns='urn:xmpp:sm:3'/>");
    x.read();
  }

  /// A chat message of `x` to a full or bare JID.
  void send_chat(client& x, const std::string& to, const std::string& body) {
    say(x, "<message xmlns='jabber:client' type='chat' id='" + body + "' to='"
             + to + "'><body>" + body + "</body></message>");
  }

  template <class State, class Handle>
  State& state_of(const Handle& x) {
    return deref<typename Handle::template stateful_base<State>>(x).state;
  }
  session_state& session_of(const client& x) {
    return state_of<session_state>(x.session);
  }

  /// Ends an actor as a crash would.
  template <class Handle>
  void kill(const Handle& x) {
    caf::anon_send_exit(x, caf::exit_reason::kill);
    consume_messages();
  }

  node_options options;
  std::unique_ptr<small_node> node;
};

} // namespace causeway::test
