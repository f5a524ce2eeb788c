#pragma once

#include "protocol/element.hpp"
#include "protocol/lockstep.hpp"
#include "protocol/sasl_identity.hpp"
#include "protocol/sm_id.hpp"
#include "protocol/stream.hpp"
#include "protocol/stream_features.hpp"
#include "protocol/upstream_stream.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace causeway::protocol {

// -- events -------------------------------------------------------------------
// Besides `xml_refused`, `resume_taken`, `resume_refused` and `stream_broken`
// of stream.hpp.

/// A first-level element of the client; `tree` is the same as a tree, and
/// `random` as in `element_received`.
struct client_element {
  const element_ptr& element;
  const protocol::element& tree;
  std::string_view random;
};
/// The upstream stream is open, for the first time or after a restart.
struct upstream_opened {
  upstream_header header;
  element features;
  /// TLS or loopback: a password may pass (G-54).
  bool is_private = false;
};
/// An element of the server, translated for the client.
struct server_element {
  element_ptr element;
};
/// The link is gone.
struct upstream_lost {
  upstream_failure cause = upstream_failure::unreachable;
  std::string detail;
  /// The server's stream error, translated; may be null.
  element_ptr error;
};
using gateway_event = std::variant<client_element, xml_refused, upstream_opened,
  server_element, upstream_lost, resume_taken, resume_refused, stream_broken>;

// -- actions ------------------------------------------------------------------
// Besides `send_text` and `close_stream` of stream_replies.hpp, and
// `authenticated`, `authentication_failed`, `resume_session` and
// `resumption_failed` of stream.hpp;
// the latter without a bare JID, since it is not known who has logged in.

/// Open the upstream stream.
struct open_upstream {
  stream_wish wish;
};
/// Restart it after authentication.
struct reopen_upstream {
  std::string from;
  std::string lang;
};
/// Pass an element of the client on.
struct send_upstream {
  element_ptr element;
};
/// Pass an element of the server on. What follows a stanza counts as sent.
struct send_client {
  element_ptr element;
};
/// Ask the server for the session that the client wants back.
struct resume_upstream {
  std::string xml;
  /// By which the server knows it; not for logs as it is.
  std::string upstream_id;
  std::string full_jid;
};
/// The bind is done, or the session resumed: stanzas flow past this machine
/// from here on.
struct gateway_bound {
  std::string full_jid;
  /// The server has Stream Management.
  bool upstream_offers_sm = false;
  /// Set if the session was resumed.
  std::optional<resumed_counters> resumed;
  /// Where the server has no resumption, the session may be held here.
  bool edge_resume = false;
};
/// Ends the WebSocket without `<close/>`, so that the client comes back
/// (G-25).
struct cut_stream {
  std::uint16_t code = 1012;
  std::string reason;
};
using gateway_action = std::variant<send_text, open_upstream, reopen_upstream,
  send_upstream, send_client, authenticated, authentication_failed,
  resume_session, resume_upstream, gateway_bound, resumption_failed,
  close_stream, cut_stream>;
using gateway_actions = std::vector<gateway_action>;

/// What a stream of a gateway domain needs to know.
struct gateway_settings {
  std::string domain;
  bool offer_sm = true;
  std::uint32_t max_auth_failures = 3;
  stream_limits limits_before_auth;
  stream_limits limits;
  /// Opens the ids of sessions; null: none can be resumed.
  std::shared_ptr<const sm_key_ring> keys;
  /// Sessions are held here where the server cannot resume them (G-04).
  bool edge_resume = false;
};

/// The client's leg of a stream that an upstream server serves: RFC 7395 on
/// one side, the server's own negotiation on the other. SASL passes through
/// and is never kept. Pure: no I/O, no clock, no randomness.
///
///     connecting -> unauthenticated <-> authenticating <-> challenged
///     authenticating -> awaiting_restart -> reopening -> unbound
///     unbound <-> binding -> established
///     unbound <-> resuming -> established
///     unbound <-> resuming_here -> closed
///     any -> closed
///
/// In `connecting`, `authenticating`, `reopening`, `binding` and `resuming` the
/// server has to answer, in `resuming_here` the owner: that holds back what the
/// client sends next (G-44).
///
/// A resumption is the server's to grant: the id that the client has holds the
/// one of the server's own session, which any node can ask for (G-34). With
/// `edge_resume`, all other ids may be of sessions that are held here: the
/// owner judges, and has to compare `identity()` (G-36).
///
/// A stream error of the server is passed on, and ends the stream; so does
/// `</stream:stream>`. A link that breaks ends the stream before
/// authentication, and later the WebSocket alone, whatever the cause, so that
/// the client comes back (G-25, G-26, G-46).
class gateway_stream {
 public:
  /// Follows on `relay_stream` of `stream`, which saw the `<open/>`.
  /// `allow_plain`: the client came over TLS or from a loopback address.
  /// `id` names the stream where upstream gives no id.
  gateway_stream(gateway_settings settings, stream_wish wish, std::string id,
    bool allow_plain);

  /// The first action: open the upstream stream.
  gateway_actions start();
  gateway_actions handle(const gateway_event& event);

  /// True while the server has to answer before the client goes on.
  bool is_waiting() const;
  bool is_established() const;
  bool is_closed() const;
  std::string_view state_name() const;
  const std::string& domain() const { return settings_.domain; }
  /// xml:lang of the client's `<open/>`.
  const std::string& lang() const { return wish_.lang; }
  /// Who has logged in; nothing if that cannot be known for certain.
  const std::optional<sasl_identity>& identity() const {
    return witness_.identity();
  }

 private:
  struct connecting {};
  struct unauthenticated {};
  struct authenticating {
    std::string mechanism;
  };
  struct challenged {
    std::string mechanism;
  };
  struct awaiting_restart {};
  struct reopening {};
  struct unbound {};
  struct binding {
    std::string iq_id;
  };
  struct resuming {
    /// As the client has it (S39).
    std::string previd;
    std::uint32_t h = 0;
    std::string full_jid;
  };
  /// A session of this node.
  struct resuming_here {};
  struct established {};
  struct closed {};

  gateway_actions handle_unauthenticated(const client_element& x);
  gateway_actions handle_challenged(challenged& state, const client_element& x);
  gateway_actions handle_restart(const client_element& x);
  gateway_actions handle_unbound(const client_element& x);
  gateway_actions handle_established(const client_element& x);
  gateway_actions interrupt(const client_element& x);
  gateway_actions begin_auth(const client_element& x);
  gateway_actions misplaced(const client_element& x);

  gateway_actions open(const upstream_opened& x, bool authenticated);
  gateway_actions continue_auth(std::string mechanism, const element_ptr& x);
  gateway_actions answer_bind(const binding& state, const element_ptr& x);
  gateway_actions end_bind(const element_ptr& x);
  gateway_actions begin_resume(const client_element& x);
  gateway_actions answer_resume(resuming& state, const element_ptr& x);
  gateway_actions pass(const element_ptr& x);
  gateway_actions lose(const upstream_lost& x);

  gateway_actions fail_auth(sasl_error condition, std::string detail);
  gateway_actions count_failure(gateway_actions actions);
  gateway_actions fail(stream_error condition, std::string_view text = {},
    std::string_view application = {});
  gateway_actions say(stream_reply x);
  stream_header header() const;
  bool is_opening() const;
  bool is_authenticated() const;

  gateway_settings settings_;
  stream_wish wish_;
  /// Upstream's where it gives one.
  std::string id_;
  /// That of the server's own words.
  std::string lang_;
  std::vector<std::string> mechanisms_;
  std::uint32_t failures_ = 0;
  bool allow_plain_;
  /// The server knows XEP-0352; others may end the stream over it.
  bool has_client_states_ = false;
  bool has_sm_ = false;
  sasl_witness witness_;
  std::variant<connecting, unauthenticated, authenticating, challenged,
    awaiting_restart, reopening, unbound, binding, resuming, resuming_here,
    established, closed>
    state_;
};

} // namespace causeway::protocol
