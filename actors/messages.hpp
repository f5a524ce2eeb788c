#pragma once

#include "actors/routing/delivery.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/scram.hpp"
#include "protocol/stanza_error.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/stream_error.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Every message struct, grouped by hop. None of them crosses nodes yet.
namespace causeway {

class transport;

// -- transport -> connection --------------------------------------------------

/// One complete WebSocket text message.
struct message_received {
  std::string text;
};

/// No text message came for half of the idle timeout (first) or for all of it
/// (`expired`). Pongs do not count.
struct silence_noticed {
  bool expired = false;
};

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
};

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
};

/// A message around bytes that the server made itself.
inline outgoing_message make_outgoing(std::string text) {
  auto shared = std::make_shared<const std::string>(std::move(text));
  std::string_view view = *shared;
  return {std::move(shared), view, nullptr};
}

/// A message around a shared element, settled on write if `guard` is set.
inline outgoing_message make_outgoing(
  const protocol::element_ptr& x, delivery_ptr guard = nullptr) {
  return {x, x->bytes, std::move(guard)};
}

// -- acceptor -> session_supervisor -------------------------------------------

/// A WebSocket whose opening handshake is done.
struct transport_opened {
  std::shared_ptr<transport> socket;
};

// -- connection -> parser -> session or tracker -------------------------------

/// The text of one message on its way to the parser.
struct frame_in {
  std::string text;
};

/// One checked element. `cost` bytes of read credit are held for it.
struct element_in {
  protocol::element_ptr element;
  std::uint32_t cost = 0;
};

/// A message that is no acceptable element.
struct element_refused {
  protocol::xml_error error;
  std::uint32_t cost = 0;
};

// -- session, tracker -> connection -------------------------------------------

/// Write this.
struct send_out {
  outgoing_message message;
};

/// Bytes of read credit that were consumed.
struct credit_returned {
  std::size_t bytes = 0;
};

/// The stream is authenticated: larger messages are allowed from now on.
struct raise_limit {
  std::size_t bytes = 0;
};

/// Ends the WebSocket after everything queued.
struct close_connection {
  std::uint16_t code = 1000;
  std::string reason;
};

/// Cuts the WebSocket without close frame.
struct cut_connection {};

// -- tracker <-> link <-> router ----------------------------------------------

/// A stanza of the client, in order, on its way to link and router.
struct stanza_in {
  delivery_ptr stanza;
};

/// A stanza for the client, on its way to link and tracker.
struct stanza_out {
  delivery_ptr stanza;
};

/// A stanza that a dead or ended holder gave back.
struct stanza_returned {
  protocol::element_ptr stanza;
  route_id failed_route = 0;
  std::uint32_t returns = 0;
};

/// A stanza that the server itself sends: domain replies, error replies.
struct stanza_made {
  protocol::element_ptr stanza;
};

// -- session <-> registry, router ---------------------------------------------

/// Binds a resource of an authenticated account (RFC 6120 section 7).
struct bind_request {
  /// Normalised bare JID.
  std::string bare;
  /// Normalised resource; empty: the server makes one.
  std::string resource;
};

/// The answer: a full JID that is ours until the session ends.
struct bind_granted {
  std::string full;
  route_id route = 0;
};

/// A newer stream took the resource over: end with `<conflict/>`.
struct session_replaced {};

/// The session ends for a reason of the server: shutdown, kick, account gone.
struct session_ended_by_server {
  protocol::stream_error condition = protocol::stream_error::system_shutdown;
  std::string detail;
};

// -- session <-> domain -------------------------------------------------------

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

// -- admin -> domain ----------------------------------------------------------

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

// -- inspection ---------------------------------------------------------------

/// One named figure or fact of a snapshot.
struct snapshot_field {
  std::string name;
  std::string value;
};

/// Asks any long-lived actor for a snapshot of itself.
struct inspect_request {};

/// Ends an actor as a crash would (builds with test hooks only).
struct kill_request {
  std::uint64_t actor_id = 0;
};

} // namespace causeway

// Messages of one process: they carry handles and shared memory.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::message_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::silence_noticed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::transport_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::outgoing_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::transport_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::frame_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::element_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::element_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::send_out)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::credit_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::raise_limit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::close_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::cut_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_out)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::stanza_made)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::bind_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::bind_granted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::session_replaced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::session_ended_by_server)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::credentials_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::credentials_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::password_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::password_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::account_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::account_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::inspect_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(causeway::kill_request)
