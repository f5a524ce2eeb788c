#pragma once

#include "actors/routing/delivery.hpp"
#include "actors/transport/frame.hpp"
#include "config/changes.hpp"
#include "config/config_error.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/gateway_stream.hpp"
#include "protocol/lockstep.hpp"
#include "protocol/result.hpp"
#include "protocol/sasl_identity.hpp"
#include "protocol/scram.hpp"
#include "protocol/stanza_error.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/stream_error.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Every message struct that carries no actor handle, grouped by hop; those
/// with handles stand in interfaces.hpp. None of them crosses nodes yet.
namespace causeway {

class line_feed;
class transport;
struct connect_outcome;
struct prepared_config;
struct saved_session;
struct stream_environment;
struct upstream_parts;
struct upstream_target;
struct dns_error;
struct srv_record;

// -- transport -> connection --------------------------------------------------

/// No text message came for half of the idle timeout, or (`expired`) for all
/// of it. Pongs do not count.
struct silence_noticed {
  bool expired = false;
};

/// The time of `transport::set_deadline` is over.
struct deadline_reached {};

/// Why a transport ended.
enum class close_cause : std::uint8_t {
  /// The peer sent a close frame.
  peer_closed,
  /// The TCP connection broke or ended without close frame.
  connection_lost,
  /// No pong came in time.
  pong_timeout,
  /// A WebSocket rule was broken: mask, UTF-8, size, binary, opcode.
  protocol_violation,
  /// We closed or aborted.
  closed_here,
  /// TLS with an upstream server failed.
  tls_failed,
};

/// "peer-closed", "connection-lost", ...
std::string_view to_string(close_cause x);

/// Sent exactly once, as the last message of a transport.
struct transport_closed {
  close_cause cause = close_cause::connection_lost;
  /// Close code received or sent, 0 if none.
  std::uint16_t code = 0;
  std::string detail;
};

// -- to a transport -----------------------------------------------------------

/// One text message to write: a whole XML element.
struct outgoing_message {
  /// Keeps `text` alive.
  std::shared_ptr<const void> owner;
  std::string_view text;
  /// Settled once written; may be null.
  delivery_ptr guard;
  /// Held until written: the source reads no more while it waits.
  read_credit credit;
  /// It may wait up to 25 ms for what comes next, where something went out of
  /// late.
  bool may_wait = false;
};

/// A message around bytes that the server made itself.
inline outgoing_message make_outgoing(std::string text) {
  auto shared = std::make_shared<const std::string>(std::move(text));
  std::string_view view = *shared;
  return {std::move(shared), view, nullptr, nullptr};
}

/// A message around a shared element, settled on write if `guard` is set.
inline outgoing_message make_outgoing(
  const protocol::element_ptr& x, delivery_ptr guard = nullptr) {
  return {x, x->bytes, std::move(guard), nullptr};
}

// -- acceptor -> listener -> session_supervisor -------------------------------

/// A WebSocket whose opening handshake is done.
struct transport_opened {
  std::shared_ptr<transport> socket;
};

/// The listening socket failed for good.
struct acceptor_failed {
  std::string detail;
};

// -- connection -> parser -> tracker -> session -------------------------------

/// One message on its way to the parser.
struct frame_in {
  frame_ptr message;
};

/// Counts the connections that a session has had: what still comes from one
/// that was replaced must not be counted (XEP-0198 section 5).
using connection_epoch = std::uint32_t;

/// One checked element, and the read credit of its bytes.
struct element_in {
  protocol::element_ptr element;
  read_credit credit;
  connection_epoch epoch = 0;
};

/// A message that is no acceptable element.
struct element_refused {
  protocol::xml_error error;
  read_credit credit;
  connection_epoch epoch = 0;
};

/// Follows the last element before a pause, from connection to session;
/// `pause` tells which one.
struct drain_marker {
  std::uint32_t pause = 0;
};

/// What the tracker had not shown yet when the marker came.
using early_elements = std::vector<std::variant<element_in, element_refused>>;
struct drained {
  std::shared_ptr<early_elements> early;
  std::uint32_t pause = 0;
};

/// During negotiation: the session is ready for the next element.
struct element_handled {};

/// Stream Management found a fault of the client; `application` is raw XML of
/// an application-specific condition.
struct stream_failed {
  protocol::stream_error condition =
    protocol::stream_error::undefined_condition;
  std::string text;
  std::string application;
};

// -- session, tracker -> connection -------------------------------------------

/// The client does not take what is written: the write queue is longer than it
/// may be.
struct write_queue_full {};

/// Hand on no more messages until there is a new parser; `drain_marker`
/// follows the last one, with the number of this pause.
struct pause_messages {
  std::uint32_t pause = 0;
};

/// The stream must get further within this time; zero: it is established.
struct arm_deadline {
  std::chrono::milliseconds after{0};
};

/// Ends the WebSocket after everything queued, then the connection. Nothing
/// that comes later is written.
struct close_connection {
  std::uint16_t code = 1000;
  std::string reason;
  /// The last messages: stream error, `<close/>`.
  std::vector<std::string> farewell;
};

// -- connection -> session -> tracker -----------------------------------------

/// The WebSocket is gone, or the client reads too slowly.
struct connection_ended {
  transport_closed how;
  bool write_queue_overflow = false;
};

/// The client is silent: draw an answer from it.
struct probe_client {};

// -- resumption: tracker <-> session ------------------------------------------

/// Stream Management is on, and the client may come back for the session
/// within this time of losing its connection.
struct session_resumable {
  std::chrono::seconds window{0};
  /// An upstream server serves it, and cannot resume it: it is held here.
  bool at_edge = false;
};

/// The connection with this number is gone: keep everything.
struct detach_client {
  connection_epoch epoch = 0;
  /// The client has ended it, or has ended itself; else it was the network, or
  /// this server.
  bool by_client = false;
};

/// Whether a resumption is granted; `h` tells what was handled where it is not.
struct resume_verdict {
  bool granted = false;
  protocol::stanza_error refusal = protocol::stanza_error::item_not_found;
  std::optional<std::uint32_t> h;
};

/// In a gateway domain: who has logged in wants this session back, which the
/// server behind keeps.
struct yield_request {
  protocol::sasl_identity identity;
};

/// Whether it gives way: then its link ends on its own.
struct yield_answer {
  bool yields = false;
};

/// The client has not come back in time; `wait` tells which of its absences is
/// over. Without that, too many sessions wait.
struct park_expired {
  std::optional<connection_epoch> wait;
};

// -- tracker <-> link <-> router ----------------------------------------------

/// A stanza of a client, stamped, in order, on its way to link and router.
struct stanza_in {
  delivery_ptr stanza;
};

/// A stanza for a client, on its way to link and tracker.
struct stanza_out {
  delivery_ptr stanza;
};

/// Stream Management of a client's tracker, for its upstream server: keeps its
/// place among the stanzas.
struct nonza_in {
  std::string xml;
  /// The link's, if it answers the server: held until that has the bytes, so
  /// that who asks and does not read is not read either.
  read_credit credit;
  /// As `outgoing_message` has it.
  bool may_wait = false;
};

/// The upstream server acknowledged what it was not sent.
struct link_refused {
  protocol::refuse_upstream how;
};

/// To a tracker from itself.
struct lockstep_due {
  protocol::lockstep_timer which = protocol::lockstep_timer::answer;
};

/// To a tracker from itself: the timer of `sm_start_timer` has fired.
struct acks_due {};

/// A stanza whose holder ended before it was settled.
struct stanza_returned {
  delivery_ptr stanza;
};

/// A stanza that the server itself sends: domain replies, probes.
struct stanza_made {
  protocol::element_ptr stanza;
};

/// The link's last undirected presence, after a restart of the router.
struct presence_restored {
  route_id route = 0;
  protocol::element_ptr presence;
};

/// Asks a link for `presence_restored`.
struct restore_presence {};

// -- router <-> offline_store -------------------------------------------------

/// A message for an account none of whose sessions takes it.
struct keep_offline {
  delivery_ptr stanza;
  /// Bare JID, normalised.
  std::string account;
};

/// A session takes what is kept for its account, until `offline_unwanted`.
struct offline_wanted {
  route_id route = 0;
  std::string account;
};
struct offline_unwanted {
  route_id route = 0;
};

/// The oldest of what is kept, for that session. Another batch follows once
/// this one is written, unless it is `complete`: nothing is left.
struct offline_batch {
  route_id route = 0;
  std::vector<delivery_ptr> stanzas;
  bool complete = false;
};

/// Asks whether the store lives, and has written what it got before.
struct offline_check {};

/// It does; what a store before it held has come back, or does so first.
struct offline_ready {};

/// To the store itself: write what has gathered in the mailbox.
struct offline_commit {};

/// To the store: clients have got messages, or sessions have let go of them.
struct offline_released {};

// -- tracker <-> journal ------------------------------------------------------

/// Everything that a tracker has written up to this number is on disk.
struct journal_committed {
  std::uint64_t number = 0;
};

/// To the writer: changes wait.
struct journal_due {};

/// Asks whether all changes so far are on disk; answered when they are, or
/// cannot be.
struct journal_check {};
struct journal_checked {};

// -- a session outlives its process -------------------------------------------

/// The process ends: cut the client, handle what it has sent, and wait. Who
/// cannot be resumed ends as by `end_session`.
struct rest_request {};

/// Once all rest: leave everything to the journal, and end.
struct save_request {};

/// From the session to its tracker: write state and queue, and let go of them.
struct save_state {
  /// Since when it has no connection.
  std::chrono::system_clock::time_point since;
};
struct state_saved {
  bool written = false;
};

/// From the node to a session that was made for that: go on with what an
/// earlier process left.
struct restore_request {
  std::shared_ptr<const saved_session> saved;
};
struct restore_answer {
  bool restored = false;
};

/// From the node to the supervisor, before there are listeners; answered when
/// all of them are bound, or have ended.
struct restore_sessions {
  std::vector<std::shared_ptr<const saved_session>> saved;
};
struct sessions_restored {
  std::size_t count = 0;
};

// -- upstream transport -> upstream_link --------------------------------------

/// A connect has come to its end, good or bad.
struct connect_done {
  std::shared_ptr<connect_outcome> outcome;
};

/// Bytes of an upstream server, as they came.
struct chunk_received {
  std::string bytes;
};

/// TLS is up after `start_tls`.
struct upstream_tls_ready {};

// -- session <-> upstream_link ------------------------------------------------

/// During negotiation: an element of the client, or its bytes.
struct upstream_write {
  protocol::element_ptr element;
  /// The client's, held until the server has the bytes.
  read_credit credit;
};

/// The client restarts its stream.
struct upstream_reopen {
  std::string from;
  std::string lang;
};

/// During negotiation: the session is ready for the next element; the link
/// holds back all that follow.
struct upstream_next {};

/// The client is lost and may come back: break the connection without a
/// farewell, and the server keeps the session for it (G-20).
struct hibernate_upstream {};

/// The session is bound: stanzas go to the tracker from here on.
struct upstream_bound {};

/// The upstream stream is open: first and after a restart.
struct upstream_stream_opened {
  protocol::upstream_opened opened;
};

/// An element of the server that is not for the tracker.
struct upstream_element {
  protocol::element_ptr element;
  /// The link's, held until the client has the bytes.
  read_credit credit;
};

/// The link has ended; stanzas that it has not written are gone with it.
struct upstream_link_ended {
  protocol::upstream_lost how;
};

// -- upstream_link <-> upstream -----------------------------------------------

/// Asks where a new stream may go. Those with the same key go the same way.
struct endpoint_query {
  std::string key;
};

/// Targets in the order in which they are to be tried, or why there are none.
struct endpoint_answer {
  std::shared_ptr<const std::vector<upstream_target>> targets;
  std::string error;
};

using srv_answer = protocol::result<std::vector<srv_record>, dns_error>;

/// Answers of DNS for one entry of the configuration.
struct srv_found {
  /// Grows when the entries change.
  std::uint64_t round = 0;
  std::size_t entry = 0;
  std::shared_ptr<srv_answer> direct;
  std::shared_ptr<srv_answer> starttls;
};

/// Look at the features of every endpoint, and warn.
struct upstream_probe {};

/// How an endpoint did: for its health.
struct endpoint_outcome {
  std::string endpoint;
  bool success = false;
  std::string detail;
};

/// Something upstream that an operator should change; told once each.
struct upstream_warnings {
  std::string endpoint;
  std::vector<std::string> texts;
};

// -- session <-> registry, router ---------------------------------------------

/// The answer to a bind: a full JID that is ours until the session ends, or
/// the stanza error that tells the client why not.
struct bind_answer {
  /// Empty if refused.
  std::string full;
  route_id route = 0;
  protocol::stanza_error refusal = protocol::stanza_error::conflict;
  /// Added by a session of an earlier process, for its link.
  protocol::element_ptr presence = nullptr;
};

/// The session is over; later stanzas must not go there.
struct route_removed {
  route_id route = 0;
};

/// The session waits for its client, or does so no more: while it does, a bind
/// may take its place.
struct binding_parked {
  route_id route = 0;
  bool parked = true;
};

/// To the registry from itself: a session that was told to end had its time.
struct end_overdue {
  route_id route = 0;
};

/// The session ends for a reason of the server: replaced by a newer stream,
/// shutdown, kick, account gone.
struct end_session {
  protocol::stream_error condition = protocol::stream_error::system_shutdown;
  std::string text;
};

// -- session <-> account_store ------------------------------------------------

/// Asks for the stored SCRAM keys of an account.
struct credentials_query {
  std::string domain;
  /// Normalised local part.
  std::string username;
  protocol::scram_hash hash = protocol::scram_hash::sha256;
};

/// The keys; made up, but stable, where the account does not exist (G-75).
struct credentials_answer {
  protocol::scram_credentials credentials;
  bool exists = false;
};

/// Asks whether a password is right; answered with a `password_answer`.
struct password_query {
  std::string domain;
  std::string username;
  std::string password;
};

struct password_answer {
  bool correct = false;
};

// -- admin -> account_store ---------------------------------------------------

/// What `causewayctl account` does.
enum class account_verb : std::uint8_t { add, set_password, remove, list };

struct account_command {
  account_verb verb = account_verb::list;
  /// Normalised; with an empty local part for `list`.
  std::string local;
  std::string domain;
  std::string password;
};

/// `error` is empty on success; `accounts` are bare JIDs, sorted.
struct account_reply {
  std::string error;
  std::vector<std::string> accounts;
};

/// An account was removed: its sessions end (admin -> registry).
struct end_account {
  std::string bare;
};

// -- another configuration ----------------------------------------------------

/// Read the file again, and put what it says in force. Says who asks: "SIGHUP",
/// "causewayctl".
struct reload_request {
  std::string trigger;
};

/// Back to what was in force under this number; without, before this one.
struct rollback_request {
  std::optional<std::uint64_t> generation;
};

/// What would a reload of this file do? Empty: of the server's own.
struct config_check {
  std::string file;
};

/// To the store: files that the configuration is made of may have changed.
struct files_changed {};

/// What a reload has done, or would do.
struct reload_report {
  bool accepted = false;
  /// If not, the same is in force as before.
  bool changed = false;
  /// In force now.
  std::uint64_t generation = 0;
  /// Live, or for new streams.
  std::vector<config::key_change> changes;
  /// What needs a restart.
  std::vector<config::key_change> waiting;
  /// Files that hold something else than before: certificates, keys.
  std::vector<std::string> files;
  /// Why it was not accepted.
  std::vector<config::config_error> errors;
};

struct reload_answer {
  std::shared_ptr<const reload_report> report;
};

/// Asks what was in force before.
struct history_request {};

struct history_entry {
  std::uint64_t generation = 0;
  std::chrono::system_clock::time_point at;
  std::string trigger;
  std::string source;
  /// Of its text.
  std::size_t bytes = 0;
};

struct history_answer {
  /// Newest first.
  std::vector<history_entry> entries;
  /// In force now.
  std::uint64_t generation = 0;
};

/// To the node: put this in force, all or nothing.
struct apply_config {
  std::shared_ptr<const prepared_config> prepared;
};

/// Errors have a key path, and no place in the file.
struct config_applied {
  std::vector<config::config_error> errors;
};

/// What holds for streams from now on: to the supervisor for all of them, then
/// from session to connection, parser and tracker.
struct policy_changed {
  std::shared_ptr<const stream_environment> environment;
};

/// The domains that are served here from now on.
struct domains_changed {
  std::shared_ptr<const std::map<std::string, config::domain>> domains;
};

/// The servers of a gateway domain from now on.
struct upstream_changed {
  std::shared_ptr<const upstream_parts> parts;
};

// -- control socket, HTTP endpoint -> admin -----------------------------------

/// What whoever asks may do: look, or change things as well.
enum class control_role : std::uint8_t { read_only, admin };

/// One line of JSON from causewayctl or the HTTP endpoint. `reply` takes one
/// line of JSON without line feed, may be called from any thread, at most once.
struct control_request {
  std::string json;
  std::function<void(std::string)> reply;
  /// Who asks, for the audit log: "socket uid=0 pid=17".
  std::string from = {};
  control_role role = control_role::admin;
  /// In place of `reply`, for an answer that goes on: its lines are the feed's.
  /// Null for who can take one line alone.
  std::function<void(std::shared_ptr<line_feed>)> stream = nullptr;
};

// -- admin -> session ---------------------------------------------------------

/// What an operator does with a session.
enum class session_verb : std::uint8_t {
  /// End it with a stream error.
  kick,
  /// Cut its connection, so that its client has to resume it.
  park,
  /// End it in place of the client that it waits for.
  expire,
  /// Cut its connection, if something is unacknowledged: the client resumes
  /// and gets that again.
  resend,
};

struct session_order {
  session_verb verb = session_verb::kick;
  /// For the client that is kicked.
  std::string text;
};

/// `refusal` is empty if it was done.
struct order_outcome {
  std::string refusal;
  std::string jid;
};

// -- inspection and life ------------------------------------------------------

/// Asks any long-lived actor for a snapshot of itself.
struct inspect_request {
  /// This actor alone is looked at: fields may be shown that cost more.
  bool detailed = false;
  /// In test builds: how long the actor takes, and does nothing else.
  std::chrono::milliseconds hang{0};
};

/// To an inspecting actor from itself: a time limit of its inspector is over.
struct inspection_due {
  std::uint64_t number = 0;
};

/// To the lookout from itself: time to look around.
struct watch_due {};

/// To the admin: a trace that goes to the log has lines.
struct trace_due {
  std::uint64_t session = 0;
};

/// Asks an actor to end in order: after what stands in its mailbox.
struct stop_request {};

/// The pause before the restart of a child of the node is over.
struct restart_due {
  std::uint64_t child = 0;
};

/// The watchdog of the service manager wants a sign of life before long.
struct pulse_due {};

/// Every io thread has come by since pulse `number` began.
struct threads_passed {
  std::uint64_t number = 0;
};

} // namespace causeway

// Messages of one process: they carry handles and shared memory.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::silence_noticed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::deadline_reached)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::transport_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::transport_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::acceptor_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::frame_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::element_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::element_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::element_handled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::drain_marker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::drained)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::pause_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::session_resumable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::detach_client)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::resume_verdict)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::yield_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::yield_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::park_expired)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stream_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::write_queue_full)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::arm_deadline)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::close_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::connection_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::probe_client)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_out)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::nonza_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::link_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::lockstep_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::acks_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_made)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::keep_offline)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::offline_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::offline_unwanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::offline_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::offline_check)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::offline_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::offline_commit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::offline_released)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::journal_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::journal_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::journal_check)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::journal_checked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::rest_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::save_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::save_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::state_saved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::restore_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::restore_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::restore_sessions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::sessions_restored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::presence_restored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::restore_presence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::connect_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::endpoint_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::endpoint_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::chunk_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_tls_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_write)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_reopen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_next)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::hibernate_upstream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_bound)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_stream_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_element)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_link_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::srv_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_probe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::endpoint_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_warnings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::bind_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::route_removed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::binding_parked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::end_overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::end_session)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::credentials_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::credentials_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::password_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::password_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::account_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::account_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::end_account)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::reload_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::rollback_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::config_check)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::files_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::reload_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::history_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::history_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::apply_config)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::config_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::policy_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::domains_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::upstream_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::control_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::session_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::order_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::inspection_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::watch_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::trace_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::inspect_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stop_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::restart_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::pulse_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::threads_passed)
