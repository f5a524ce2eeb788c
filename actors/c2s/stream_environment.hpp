#pragma once

#include "actors/domain/journal.hpp"
#include "actors/handle_cell.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/wire_trace.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/router_door.hpp"
#include "actors/upstream/upstream_order.hpp"
#include "protocol/sm_id.hpp"
#include "protocol/stream.hpp"
#include "protocol/stream_management.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace causeway {

class kept_sessions;
class session_table;

/// What all streams of a node share; immutable, but for what the members
/// themselves guard.
struct stream_environment {
  std::shared_ptr<const protocol::stream_settings> negotiation;
  protocol::sm_settings management;
  /// How long sessions wait for their client, by domain or pattern, in place of
  /// what `management` says.
  std::map<std::string, std::uint32_t, std::less<>> resume_seconds;
  protocol::xml_limits xml;
  config::websocket websocket;
  /// Most streams at a time.
  std::uint32_t max_sessions = 100'000;
  registry_actor registry;
  std::shared_ptr<handle_cell<account_store_actor>> accounts;
  /// Takes stanzas whose holder ended; also the way to the router.
  std::shared_ptr<return_address> returns;
  /// Makes the link of a bound session in its domain.
  std::function<link_actor(
    session_actor owner, tracker_actor tracker, const bind_answer& bound)>
    spawn_link;
  /// Makes the link of a stream to the servers of a gateway domain, which the
  /// configuration knows as `pattern`.
  std::function<upstream_link_actor(session_actor owner, tracker_actor tracker,
    const std::string& pattern, upstream_order order)>
    spawn_upstream_link;
  std::shared_ptr<counters> count;
  /// Unpredictable printable text: 128 bits.
  std::function<std::string()> random_text;
  /// Unpredictable raw bytes.
  std::function<std::string(std::size_t)> random_bytes;
  /// Calls back after a while, from any thread; not at all if the node ends
  /// before.
  std::function<void(std::chrono::milliseconds, std::function<void()>)> after;
  /// The gateway domains, as `spawn_upstream_link` knows them, whose sessions
  /// are held here where their server cannot resume them.
  std::set<std::string> edge_resume;
  /// Seals and opens the ids of sessions.
  std::shared_ptr<const protocol::sm_key_ring> keys;
  /// This node, and a number that differs each time it starts.
  std::string node;
  std::uint64_t incarnation = 0;
  /// Every session of this node.
  std::shared_ptr<session_table> sessions;
  /// Those of gateway domains that their servers keep.
  std::shared_ptr<kept_sessions> kept;
  /// Keeps sessions that outlive the process; null: none does.
  std::shared_ptr<causeway::journal> journal;
  /// Those that stanzas pass: what they hold must reach the sessions before
  /// these are saved.
  std::shared_ptr<router_door> door;
  std::shared_ptr<handle_cell<domain_actor>> domain;
  config::stream_management resumption;
  /// Who looks at the wire of which streams.
  std::shared_ptr<wire_traces> traces = std::make_shared<wire_traces>();

  /// What holds for the streams of one domain.
  protocol::sm_settings management_of(std::string_view name) const;

  /// Whether what clients are promised is on disk first.
  bool is_durable() const {
    return journal && resumption.durability == config::ack_durability::store;
  }
};

using stream_environment_ptr = std::shared_ptr<const stream_environment>;

} // namespace causeway
