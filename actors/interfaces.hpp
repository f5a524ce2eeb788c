#pragma once

#include "actors/inspect/snapshot_fields.hpp"
#include "actors/messages.hpp"
#include "config/config.hpp"
#include "protocol/sasl_identity.hpp"

#include <caf/actor.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The message protocol of the whole system: every typed actor interface, and
/// the messages that carry handles. Hot handlers stand first, since CAF tries
/// them in order.
namespace causeway {

struct actor_snapshot;
class client_line;

/// Every long-lived actor answers what it is and does right now.
using inspectable_actor = caf::typed_actor<
  // Takes a snapshot; never waits for another actor.
  caf::replies_to<inspect_request>::with<actor_snapshot>>;

/// An actor and what its owner alone knows of it.
struct owned_actor {
  template <class Handle>
  owned_actor(Handle x, std::uint32_t n = 0, std::string why = {})
    : handle{std::move(x)}, restarts{n}, last_failure{std::move(why)} {}

  inspectable_actor handle;
  /// How often it was replaced, and what ended the one before.
  std::uint32_t restarts = 0;
  std::string last_failure;
};

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
  std::string last_error;
  /// Seconds of processor time, where the actor knows them: it has a thread of
  /// its own.
  double busy = 0;
  /// Its owner, where it knows that.
  std::uint64_t parent = 0;
  /// Counters and facts of this kind.
  snapshot_fields fields;
  /// Those that it owns; the inspector asks them in turn.
  std::vector<owned_actor> children;
};

// -- one client stream --------------------------------------------------------

/// The XML stream parser: one text message -> one checked element.
using parser_actor = caf::typed_actor<
  // Parse; the element, or the refusal, goes to the tracker.
  caf::reacts_to<frame_in>,
  // From the connection, to the tracker: nothing follows for now.
  caf::reacts_to<drain_marker>,
  // From the session: other limits.
  caf::reacts_to<policy_changed>,
  // From the session: end, and let the tracker end, behind what came before.
  caf::reacts_to<stop_request>>::extend_with<inspectable_actor>;

/// The parser to use from now on: the first one, or one that stands in for
/// one that died.
struct parser_assigned {
  parser_actor parser;
};

struct connection_adopted;

/// The WebSocket end of a stream: what may pass, liveness, the end.
using connection_actor = caf::typed_actor<
  // From who has written to a client that does not read.
  caf::reacts_to<write_queue_full>,
  // The client is silent: the session probes or ends it.
  caf::reacts_to<silence_noticed>,
  // Negotiation takes too long.
  caf::reacts_to<deadline_reached>,
  // The WebSocket is gone.
  caf::reacts_to<transport_closed>,
  // From the session: limits, timers, parser, end.
  caf::reacts_to<arm_deadline>, caf::reacts_to<parser_assigned>,
  caf::reacts_to<close_connection>, caf::reacts_to<policy_changed>,
  // A resumption: pause, then go on under another session.
  caf::reacts_to<pause_messages>,
  caf::reacts_to<connection_adopted>>::extend_with<inspectable_actor>;

/// The other end of a session: here its place in the local domain.
using link_actor = caf::typed_actor<
  // A stamped stanza of the client; goes to the router.
  caf::reacts_to<stanza_in>,
  // A stanza for the client; goes to the tracker.
  caf::reacts_to<stanza_out>,
  // The router has restarted and asks for the last presence.
  caf::reacts_to<restore_presence>,
  // The session has ended.
  caf::reacts_to<stop_request>>::extend_with<inspectable_actor>;

/// The end of a session in an upstream server: its TCP stream, with a framer
/// of its own.
using upstream_link_actor = caf::typed_actor<
  // From the transport.
  caf::reacts_to<chunk_received>, caf::reacts_to<connect_done>,
  caf::reacts_to<upstream_tls_ready>, caf::reacts_to<deadline_reached>,
  caf::reacts_to<transport_closed>,
  // From the session: negotiation goes on, is done.
  caf::reacts_to<upstream_write>, caf::reacts_to<upstream_reopen>,
  caf::reacts_to<upstream_next>, caf::reacts_to<upstream_bound>,
  // From the tracker: Stream Management.
  caf::reacts_to<nonza_in>, caf::reacts_to<link_refused>,
  // From the session: its client is lost.
  caf::reacts_to<hibernate_upstream>>::extend_with<link_actor>;

/// The session is bound: from here on the tracker counts and hands on
/// stanzas, stamped with `full` and `lang`.
struct stream_established {
  std::string full;
  std::string lang;
  route_id route = 0;
  link_actor link;
  /// Whether the client may come back for the session.
  bool resumable = false;
  /// Null unless it began in an earlier process.
  std::shared_ptr<const saved_session> saved = nullptr;
};

/// The same for a session in an upstream server, which does the stamping and
/// gets stanzas as they came.
struct relay_established {
  std::string full;
  /// As the client's `<open/>` has it.
  std::string domain;
  upstream_link_actor link;
  bool upstream_offers_sm = false;
  /// Set if the session was resumed.
  std::optional<protocol::resumed_counters> resumed;
  /// Where the server has no resumption, the session may be held here.
  bool edge_resume = false;
};

/// The client of a detached, or still attached, session is back on another
/// connection and has handled `h` stanzas.
struct attach_client {
  std::uint32_t h = 0;
  std::string previd;
  connection_actor connection;
  std::shared_ptr<client_line> line;
  /// Of the elements from there.
  connection_epoch epoch = 0;
};

/// Stream Management: counters, ack policy, unacknowledged stanzas.
using tracker_actor = caf::typed_actor<
  // From the parser: counted and handed on, or for the session.
  caf::reacts_to<element_in>,
  // From the link: queued until the client acknowledges it.
  caf::reacts_to<stanza_out>,
  // From the parser: ends the stream.
  caf::reacts_to<element_refused>,
  // From the upstream link, behind its stanzas: passed on to the session.
  caf::reacts_to<upstream_element>, caf::reacts_to<upstream_link_ended>,
  // From the session: negotiation goes on, is done.
  caf::reacts_to<element_handled>, caf::reacts_to<stream_established>,
  caf::reacts_to<relay_established>,
  // To itself: timers of Stream Management.
  caf::reacts_to<lockstep_due>, caf::reacts_to<acks_due>,
  // From the parser: nothing follows for now; passed on to the session.
  caf::reacts_to<drain_marker>,
  // From the session: the client is gone, or back.
  caf::reacts_to<detach_client>,
  caf::replies_to<attach_client>::with<resume_verdict>,
  // From the session: write everything for another process.
  caf::replies_to<save_state>::with<state_saved>,
  // From the journal: something is on disk.
  caf::reacts_to<journal_committed>,
  // From the session: another ack policy; draw an answer from a silent client;
  // end, and give back what is not acknowledged.
  caf::reacts_to<policy_changed>, caf::reacts_to<probe_client>,
  caf::reacts_to<stop_request>>::extend_with<inspectable_actor>;

struct resume_request;

/// Everything that came from the client is with this link; without link, the
/// session ends.
struct rest_answer {
  link_actor link;
};

/// One client stream: owns connection, parser, tracker and link. With Stream
/// Management it outlives its connection.
using session_actor = caf::typed_actor<
  // From the tracker: one step of negotiation, or a nonza later on.
  caf::reacts_to<element_in>, caf::reacts_to<element_refused>,
  // From the tracker: misuse of Stream Management.
  caf::reacts_to<stream_failed>,
  // From the upstream link.
  caf::reacts_to<upstream_stream_opened>, caf::reacts_to<upstream_element>,
  caf::reacts_to<upstream_link_ended>,
  // From the connection.
  caf::reacts_to<connection_ended>, caf::reacts_to<silence_noticed>,
  caf::reacts_to<deadline_reached>,
  // From the tracker: the client may come back; what it sent early.
  caf::reacts_to<session_resumable>, caf::reacts_to<drained>,
  // From the session of a new stream, whose client wants this one back.
  caf::replies_to<resume_request>::with<resume_verdict>,
  caf::replies_to<yield_request>::with<yield_answer>,
  // To itself: the client did not come back.
  caf::reacts_to<park_expired>,
  // From the supervisor: the process ends, or has begun.
  caf::replies_to<rest_request>::with<rest_answer>,
  caf::reacts_to<save_request>,
  caf::replies_to<restore_request>::with<restore_answer>,
  // From the supervisor: another configuration is in force.
  caf::reacts_to<policy_changed>,
  // From the admin.
  caf::replies_to<session_order>::with<order_outcome>,
  // From registry, supervisor or admin.
  caf::reacts_to<end_session>>::extend_with<inspectable_actor>;

/// A connection goes on under the session that its client has resumed.
struct connection_adopted {
  session_actor owner;
  parser_actor parser;
};

/// A client that has proved to be `bare` asks for its session.
struct resume_request {
  std::string bare;
  /// In a gateway domain: who it has proved to be to the server behind.
  std::optional<protocol::sasl_identity> identity = {};
  std::uint32_t h = 0;
  std::string previd;
  connection_actor connection;
  std::shared_ptr<client_line> line;
  std::shared_ptr<early_elements> early;
  /// Facts of the new connection, for inspection.
  std::string peer;
  bool secure = false;
  const char* tls_version = "";
  const char* tls_cipher = "";
  std::string user_agent;
  std::string stream_id;
};

// -- the node -----------------------------------------------------------------

/// Binds a resource of an authenticated account (RFC 6120 section 7).
struct bind_request {
  /// Normalised bare JID, and its domain.
  std::string bare;
  std::string domain;
  /// Normalised resource; empty: the server makes one.
  std::string resource;
  session_actor session;
};

/// The link of a bound session takes stanzas from now on. Without link, from
/// registry to router: bound, and not ready yet.
struct route_added {
  std::string full;
  route_id route = 0;
  link_actor link;
};

/// Messages for accounts whose sessions do not take them now, on disk. Blocks
/// on its own thread.
using offline_store_actor = caf::typed_actor<
  // From the router: keep this, or refuse it.
  caf::reacts_to<keep_offline>,
  // From the router: who gets what is kept; answered with `offline_batch`.
  caf::reacts_to<offline_wanted>, caf::reacts_to<offline_unwanted>,
  // Clients have got some of it.
  caf::reacts_to<offline_released>,
  // To itself: write what has gathered.
  caf::reacts_to<offline_commit>,
  // From a router that got back what it had sent, and from the node at its end.
  caf::replies_to<offline_check>::with<offline_ready>>::
  extend_with<inspectable_actor>;

/// Writes the journal. Blocks on its own thread.
using journal_writer_actor = caf::typed_actor<
  // Changes wait, in the journal itself.
  caf::reacts_to<journal_due>,
  // From the node at its end.
  caf::replies_to<journal_check>::with<journal_checked>>::
  extend_with<inspectable_actor>;

/// Delivers each stanza to whatever serves its addressee.
using router_actor = caf::typed_actor<
  // A stamped stanza of a local session.
  caf::reacts_to<stanza_in>,
  // A stanza that the server made.
  caf::reacts_to<stanza_made>,
  // A stanza whose holder ended before the client had it.
  caf::reacts_to<stanza_returned>,
  // From the offline store: for a session; there is a new store.
  caf::reacts_to<offline_batch>, caf::reacts_to<offline_ready>,
  // Bookkeeping of the sessions, from the registry and from links.
  caf::reacts_to<route_added>, caf::reacts_to<route_removed>,
  caf::reacts_to<presence_restored>,
  // From the node.
  caf::reacts_to<domains_changed>>::extend_with<inspectable_actor>;

/// A new router stands in for one that died.
struct router_replaced {
  router_actor router;
};

/// The new router has every route.
struct routes_restored {};

/// Who is bound: full JID -> session. Decides bind conflicts.
using registry_actor =
  // Answered once whoever had the resource before has ended.
  caf::typed_actor<caf::replies_to<bind_request>::with<bind_answer>,
    // The session is ready: passed on to the router.
    caf::reacts_to<route_added>,
    // A session waits for its client.
    caf::reacts_to<binding_parked>,
    // All sessions of an account end.
    caf::reacts_to<end_account>,
    // To itself: a session did not end in time.
    caf::reacts_to<end_overdue>,
    // From the node.
    caf::reacts_to<domains_changed>,
    // Adds every route to the new router before it answers.
    caf::replies_to<router_replaced>::with<routes_restored>>::
    extend_with<inspectable_actor>;

/// What the server answers by itself: stanzas to a domain of ours, and to an
/// account of it that no session takes.
using domain_actor = caf::typed_actor<caf::reacts_to<stanza_in>,
  // From the node.
  caf::reacts_to<domains_changed>>::extend_with<inspectable_actor>;

/// Accounts on disk; the only one that touches the database. Blocks on its
/// own thread.
using account_store_actor = caf::typed_actor<
  // SASL asks for keys, or for a check of a password.
  caf::replies_to<credentials_query>::with<credentials_answer>,
  caf::replies_to<password_query>::with<password_answer>,
  // From the node.
  caf::reacts_to<domains_changed>,
  // causewayctl account.
  caf::replies_to<account_command>::with<account_reply>>::
  extend_with<inspectable_actor>;

/// The servers of one gateway domain: where new streams go, and how healthy
/// each endpoint is.
using upstream_actor =
  caf::typed_actor<caf::replies_to<endpoint_query>::with<endpoint_answer>,
    // From links: health, and what an operator should change.
    caf::reacts_to<endpoint_outcome>, caf::reacts_to<upstream_warnings>,
    // From DNS, and from the node at the start.
    caf::reacts_to<srv_found>, caf::reacts_to<upstream_probe>,
    // From the node: other servers; the domain is gone.
    caf::reacts_to<upstream_changed>,
    caf::reacts_to<stop_request>>::extend_with<inspectable_actor>;

/// Takes over WebSockets whose handshake is done; bounds their number.
using session_supervisor_actor = caf::typed_actor<
  // Spawns a session around it.
  caf::reacts_to<transport_opened>,
  // Spawns the sessions of earlier processes.
  caf::replies_to<restore_sessions>::with<sessions_restored>,
  // Tells all sessions, and is for those to come.
  caf::reacts_to<policy_changed>,
  // Saves sessions or ends them with `<system-shutdown/>`, then itself.
  caf::reacts_to<stop_request>>::extend_with<inspectable_actor>;

/// One listening address.
using listener_actor = caf::typed_actor<
  // Handed to the session supervisor.
  caf::reacts_to<transport_opened>,
  // The node restarts it.
  caf::reacts_to<acceptor_failed>,
  caf::reacts_to<stop_request>>::extend_with<inspectable_actor>;

/// Reads the configuration file, and puts in force what is new in it. Blocks
/// on its own thread; one request at a time.
using config_store_actor = caf::typed_actor<
  // From causewayctl, or for a signal.
  caf::replies_to<reload_request>::with<reload_answer>,
  caf::replies_to<rollback_request>::with<reload_answer>,
  // Changes nothing.
  caf::replies_to<config_check>::with<reload_answer>,
  caf::replies_to<history_request>::with<history_answer>,
  // From the watch.
  caf::reacts_to<files_changed>>::extend_with<inspectable_actor>;

/// Inspection and control for causewayctl. Has a thread of its own, so that it
/// answers whatever the others do.
using admin_actor = caf::typed_actor<caf::reacts_to<control_request>,
  // To itself: a time limit; lines for the log.
  caf::reacts_to<inspection_due>,
  caf::reacts_to<trace_due>>::extend_with<inspectable_actor>;

/// Looks for actors that hang. Has a thread of its own.
using lookout_actor = caf::typed_actor<
  // To itself: the next round; a time limit.
  caf::reacts_to<watch_due>,
  caf::reacts_to<inspection_due>>::extend_with<inspectable_actor>;

/// Tells the service manager that the node works, while it does.
using watchdog_actor = caf::typed_actor<
  // To itself: look again; the threads have been looked at.
  caf::reacts_to<pulse_due>,
  caf::reacts_to<threads_passed>>::extend_with<inspectable_actor>;

/// Root supervisor: starts, restarts and stops all of the above in order.
using node_actor = caf::typed_actor<
  // Stop in order; the grace period for that is over.
  caf::reacts_to<stop_request>, caf::reacts_to<deadline_reached>,
  // From the store: another configuration.
  caf::replies_to<apply_config>::with<config_applied>,
  // To itself: the pause before a restart is over.
  caf::reacts_to<restart_due>>::extend_with<inspectable_actor>;

} // namespace causeway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::actor_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::parser_assigned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stream_established)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::relay_established)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::attach_client)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::connection_adopted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::resume_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::rest_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::bind_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::route_added)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::router_replaced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::routes_restored)
