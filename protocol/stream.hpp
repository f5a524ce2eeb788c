#pragma once

#include "protocol/element.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/framing.hpp"
#include "protocol/sasl.hpp"
#include "protocol/stanza_error.hpp"
#include "protocol/stream_error.hpp"
#include "protocol/stream_features.hpp"
#include "protocol/stream_replies.hpp"
#include "protocol/upstream_stream.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace causeway::protocol {

/// What a stream needs to know of the server; shared by all streams.
struct stream_settings {
  /// Domains served, each with its SASL mechanisms, best first.
  std::map<std::string, std::vector<std::string>> domains;
  /// Domains whose streams upstream servers serve, in normal form: names,
  /// "*.example.org" for all below that name, "*" for all others.
  std::set<std::string, std::less<>> upstream;
  /// If false, an unknown `to` is answered as `default_domain`.
  bool validate_host = true;
  /// Answers a client that names no domain, and one in error.
  std::string default_domain;
  bool offer_sm = true;
  /// If false, `<resume/>` is not implemented.
  bool offer_resume = false;
  /// Failures after which the stream ends (RFC 6120 section 6.4.5).
  std::uint32_t max_auth_failures = 3;
  /// What the features tell before and after authentication (XEP-0478).
  stream_limits limits_before_auth;
  stream_limits limits;
};

// -- events -------------------------------------------------------------------

/// A first-level element: all of them until the stream is established, then
/// those that are neither stanza nor Stream Management. `random` is fresh,
/// unpredictable text of lower-case letters and digits, for ids and nonces.
struct element_received {
  const element& tree;
  bool is_stanza = false;
  std::string_view random;
};
/// A message that is no acceptable XML.
struct xml_refused {
  const xml_error& error;
  std::string_view random;
};
/// Answers of the domain to `find_credentials` and `check_password`. Until one
/// of these or `check_failed` comes, the owner holds back what the client
/// sends next: an answer does not say which negotiation it belongs to.
struct credentials_found {
  scram_credentials credentials;
  bool account_exists = false;
};
struct password_checked {
  bool correct = false;
};
/// The domain could not answer.
struct check_failed {};
/// Answers of the registry to `bind_resource`.
struct resource_bound {
  std::string full_jid;
};
struct bind_refused {
  stanza_error condition;
};
/// Answers of whoever has the session of `resume_session`: it goes on with this
/// connection, and says `<resumed/>` itself; or it does not, and the client may
/// bind or try again. `h` is what that session had received, where known.
struct resume_taken {};
struct resume_refused {
  stanza_error condition;
  std::optional<std::uint32_t> h;
};
/// The session has come to an end on our side.
struct stream_broken {
  stream_error condition;
  std::string text;
  std::string application;
};
using stream_event = std::variant<element_received, xml_refused,
  credentials_found, password_checked, check_failed, resource_bound,
  bind_refused, resume_taken, resume_refused, stream_broken>;

// -- actions ------------------------------------------------------------------

// Besides `send_text` and `close_stream` of stream_replies.hpp.

struct find_credentials {
  std::string domain;
  std::string username;
  scram_hash hash;
};
struct check_password {
  std::string domain;
  std::string username;
  std::string password;
};
/// The client proved who it is: larger messages are allowed from here on.
struct authenticated {
  std::string bare_jid;
  std::string mechanism;
};
/// A SASL negotiation failed; the stream goes on until the limit is reached.
struct authentication_failed {
  sasl_error condition;
  std::string detail;
};
struct bind_resource {
  std::string bare_jid;
  std::string resource;
};
/// In place of bind, a session goes on (XEP-0198 section 5): `previd` is the id
/// that the client was given, `h` what it received, `bare_jid` who it is now.
struct resume_session {
  std::string previd;
  std::uint32_t h;
  std::string bare_jid;
};
/// A resumption was refused; the client may bind.
struct resumption_failed {
  std::string condition;
  /// Not by us, but by the server that has the session.
  bool by_upstream = false;
};
/// Bind is done: stanzas flow from here on.
struct establish {};
/// An upstream server serves the domain of the first `<open/>`, which is not
/// answered yet: `gateway_stream` goes on.
struct relay_stream {
  /// The entry of `stream_settings::upstream` that fits.
  std::string pattern;
  stream_wish wish;
  /// Names the stream where upstream gives no id.
  std::string id;
};
using stream_action = std::variant<send_text, find_credentials, check_password,
  authenticated, authentication_failed, bind_resource, resume_session,
  resumption_failed, establish, relay_stream, close_stream>;
using stream_actions = std::vector<stream_action>;

/// One client-to-server stream from `<open/>` to `<close/>`, RFC 7395 section
/// 3, RFC 6120 sections 4 to 7, XEP-0198 section 5. Pure: no I/O, no clock, no
/// randomness.
///
///     awaiting_open -> unauthenticated <-> authenticating <-> checking
///        -> awaiting_restart -> unbound <-> binding -> established
///     unbound <-> resuming -> handed_over
///     awaiting_open -> relayed
///     any -> closed
///
/// `authenticating` waits for the client's response; `checking`, `binding` and
/// `resuming` for the server's own answer. An `<open/>` is answered in
/// awaiting_open and awaiting_restart; elsewhere it starts no new stream and is
/// ignored. Once established, the tracker sees every element first. `relayed`
/// and `handed_over` take nothing more: the stream is that of a
/// `gateway_stream` then, or of the session that was resumed. No stream of
/// ANONYMOUS resumes.
class stream {
 public:
  /// `allow_plain`: the client came over TLS or from a loopback address.
  stream(std::shared_ptr<const stream_settings> settings, bool allow_plain);

  stream_actions handle(const stream_event& event);

  /// Goes on, established, with a stream of an earlier process.
  void restore(std::string domain, std::string lang);

  bool is_established() const;
  bool is_closed() const;
  /// Name of the state, for inspection.
  std::string_view state_name() const;
  /// The domain of the stream; empty before `<open/>`.
  const std::string& domain() const { return domain_; }
  /// xml:lang of the client's `<open/>`.
  const std::string& lang() const { return lang_; }

 private:
  struct awaiting_open {};
  struct relayed {};
  struct unauthenticated {};
  struct negotiation {
    std::unique_ptr<sasl_server> sasl;
    std::string mechanism;
    std::string random;
  };
  struct authenticating {
    negotiation run;
  };
  struct checking {
    negotiation run;
  };
  struct identity {
    std::string bare_jid;
    bool anonymous = false;
  };
  struct awaiting_restart {
    identity who;
  };
  struct unbound {
    identity who;
  };
  struct binding {
    identity who;
    std::string iq_id;
  };
  struct resuming {
    identity who;
  };
  struct established {};
  struct handed_over {};
  struct closed {};

  stream_actions open(const element_received& x, bool restart);
  stream_actions accept_open(
    const element& tree, std::string_view random, bool restart);
  stream_actions handle_unauthenticated(const element_received& x);
  stream_actions begin_auth(const element_received& x);
  stream_actions continue_auth(
    authenticating& state, const element_received& x);
  stream_actions perform(negotiation run, sasl_action action);
  stream_actions succeed(const negotiation& run, const sasl_succeed& x);
  stream_actions auth_failure(sasl_error condition, std::string detail = {});
  stream_actions handle_unbound(unbound& state, const element_received& x);
  stream_actions begin_bind(unbound& state, const element_received& x);
  stream_actions end_bind(binding& state, const resource_bound& x);
  stream_actions refuse_bind(binding& state, const bind_refused& x);
  stream_actions begin_resume(unbound& state, const element& x);
  stream_actions refuse_resume(resuming& state, const resume_refused& x);
  stream_actions interrupt(const element_received& x);
  stream_actions handle_established(const element_received& x);
  stream_actions misplaced(const element_received& x);
  stream_actions give_up();
  stream_actions fail(stream_error condition, std::string_view text = {},
    std::string_view application = {});
  stream_actions fail_opening(const xml_refused& x);
  stream_actions say(stream_reply x);
  std::optional<std::string> wanted_domain(const element& open) const;
  bool is_served(std::string_view domain) const;
  stream_header header(std::string_view id, std::string_view to) const;
  std::vector<std::string> mechanisms() const;

  std::shared_ptr<const stream_settings> settings_;
  std::variant<awaiting_open, relayed, unauthenticated, authenticating,
    checking, awaiting_restart, unbound, binding, resuming, established,
    handed_over, closed>
    state_;
  std::string domain_;
  std::string lang_;
  std::uint32_t failures_ = 0;
  bool allow_plain_;
};

} // namespace causeway::protocol
