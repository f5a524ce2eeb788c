#pragma once

#include "actors/messages.hpp"

#include <caf/actor.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// The message protocol of the whole system: every typed actor interface.
namespace causeway {

struct actor_snapshot;

/// Every long-lived actor answers what it is and does right now.
using inspectable_actor = caf::typed_actor<
  // Takes a snapshot; never waits for another actor.
  caf::replies_to<inspect_request>::with<actor_snapshot>>;

/// What an actor says of itself.
struct actor_snapshot {
  /// Process-wide actor id, and the kind: "session", "tracker", ...
  std::uint64_t id = 0;
  std::string kind;
  /// One word: "established", "listening", "running".
  std::string state;
  /// Age in seconds.
  double uptime = 0;
  /// Messages handled, messages waiting in the mailbox.
  std::uint64_t handled = 0;
  std::uint64_t mailbox = 0;
  std::uint64_t restarts = 0;
  std::string last_error;
  /// Counters and facts of this kind.
  std::vector<snapshot_field> fields;
  /// Those that it owns; the inspector asks them in turn.
  std::vector<inspectable_actor> children;
};

/// The WebSocket end of a stream: read credit, write bound, liveness.
using connection_actor = caf::typed_actor<
  // One text message came; goes to the parser.
  caf::reacts_to<message_received>,
  // An element for the client.
  caf::reacts_to<send_out>,
  // The tracker consumed elements.
  caf::reacts_to<credit_returned>,
  // The client is silent: probe it, or end the stream.
  caf::reacts_to<silence_noticed>,
  // The WebSocket is gone.
  caf::reacts_to<transport_closed>,
  // The stream is authenticated.
  caf::reacts_to<raise_limit>,
  // End or cut the WebSocket.
  caf::reacts_to<close_connection>,
  caf::reacts_to<cut_connection>>::extend_with<inspectable_actor>;

/// The XML stream parser: one text message -> one checked element.
using parser_actor = caf::typed_actor<
  // Parse; the element goes to the session or to the tracker.
  caf::reacts_to<frame_in>>::extend_with<inspectable_actor>;

/// Takes over WebSockets whose handshake is done.
using session_supervisor_actor = caf::typed_actor<
  // Spawns a session around it.
  caf::reacts_to<transport_opened>>::extend_with<inspectable_actor>;

/// The other end of a session: here its place in the local domain.
using link_actor = caf::typed_actor<
  // A stanza of the client, not yet stamped.
  caf::reacts_to<stanza_in>,
  // A stanza for the client, from the router.
  caf::reacts_to<stanza_out>>::extend_with<inspectable_actor>;

/// A bound session as the router knows it.
struct route_added {
  std::string full;
  route_id route = 0;
  link_actor link;
};

/// The session has ended; later stanzas must not go there.
struct route_removed {
  route_id route = 0;
};

/// The session sent presence: whether and how well it takes messages to the
/// bare JID (RFC 6121 section 8.5).
struct availability_changed {
  route_id route = 0;
  bool available = false;
  std::int8_t priority = 0;
};

/// Delivers each stanza to whatever serves its addressee.
using router_actor = caf::typed_actor<
  // A stamped stanza of a local session.
  caf::reacts_to<stanza_in>,
  // A stanza that the server made, e.g. a reply of the domain.
  caf::reacts_to<stanza_made>,
  // A stanza whose holder ended before the client had it.
  caf::reacts_to<stanza_returned>,
  // Bookkeeping of the sessions.
  caf::reacts_to<route_added>, caf::reacts_to<route_removed>,
  caf::reacts_to<availability_changed>>::extend_with<inspectable_actor>;

/// The local domains: accounts and what a server answers by itself.
using domain_actor = caf::typed_actor<
  // SASL asks for keys, or for a check of a password.
  caf::replies_to<credentials_query>::with<credentials_answer>,
  caf::replies_to<password_query>::with<password_answer>,
  // A stanza for the domain itself or for an account of it.
  caf::reacts_to<stanza_in>,
  // causewayctl account.
  caf::replies_to<account_command>::with<account_reply>>::
  extend_with<inspectable_actor>;

} // namespace causeway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::actor_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::route_added)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::route_removed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::availability_changed)
