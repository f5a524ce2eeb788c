#pragma once

#include "actors/routing/delivery.hpp"
#include "protocol/stream_element.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What the journal keeps of sessions and stanzas, and the changes to it.
namespace causeway {

using journal_time = std::chrono::system_clock::time_point;

/// Names a session over the life of many processes, as its sealed id does.
/// That of no session is zero.
struct session_key {
  /// Of the process that it began in, and its number there.
  std::uint64_t incarnation = 0;
  std::uint64_t number = 0;

  auto operator<=>(const session_key&) const = default;
  explicit operator bool() const { return *this != session_key{}; }
};

/// One session that can be resumed (XEP-0198 section 5).
struct session_record {
  session_key key;
  std::string full;
  /// The default language of its stanzas.
  std::string lang;
  /// Stanzas received from its client and sent to it, modulo 2^32.
  std::uint32_t received = 0;
  std::uint32_t sent = 0;
  /// How long it waits for its client.
  std::chrono::seconds window{0};
  /// Since when it does; none while it has a connection.
  std::optional<journal_time> parked;
  /// Its last presence without addressee; empty while not available.
  std::string presence;
};

// -- changes ------------------------------------------------------------------

/// The session begins, or is as told.
struct session_saved {
  session_record session;
};
/// It has received so many stanzas; a presence among them may be new.
struct session_received {
  session_key key;
  std::uint32_t received = 0;
  std::optional<std::string> presence;
};
/// It waits for its client, or no longer does.
struct session_parked {
  session_key key;
  std::optional<journal_time> since;
};
/// It has ended: its stanzas belong to nobody.
struct session_dropped {
  session_key key;
};
/// A stanza that the server is responsible for. With an owner it was the stanza
/// number `seq` sent to that session; without, it has not got there.
struct stanza_written {
  journal_id id = 0;
  session_key owner;
  std::uint32_t seq = 0;
  journal_time stamp;
  protocol::element_ptr stanza;
  /// Deleted from the offline messages at the same time, and nobody else's
  /// until then; null: it is none of those.
  std::shared_ptr<stored_original> offline = nullptr;
  /// The row was written before: should it be gone since, with a stanza that
  /// the offline store took, it stays so.
  bool is_known = false;
};
struct stanza_erased {
  journal_id id = 0;
};
using journal_change = std::variant<session_saved, session_received,
  session_parked, session_dropped, stanza_written, stanza_erased>;

// -- contents -----------------------------------------------------------------

struct stored_stanza {
  journal_id id = 0;
  std::uint32_t seq = 0;
  journal_time stamp;
  std::string bytes;
};
struct stored_session {
  session_record record;
  bool has_account = false;
  /// In the order in which they were sent.
  std::vector<stored_stanza> unacked;
};
struct journal_contents {
  std::vector<stored_session> sessions;
  /// Of no session that is stored, oldest first.
  std::vector<stored_stanza> loose;
  /// The highest id in use.
  journal_id last = 0;
};

// -- what goes on -------------------------------------------------------------

struct saved_stanza {
  journal_id id = 0;
  journal_time stamp;
  protocol::element_ptr stanza;
};
/// A session of an earlier process, to wait for its client here.
struct saved_session {
  session_record record;
  /// The rest of its window.
  std::chrono::milliseconds left{0};
  /// Null while not available.
  protocol::element_ptr presence;
  std::vector<saved_stanza> unacked;
};
using saved_session_ptr = std::shared_ptr<const saved_session>;

} // namespace causeway
