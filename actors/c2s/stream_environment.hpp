#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/upstream/upstream_order.hpp"
#include "protocol/stream.hpp"
#include "protocol/stream_management.hpp"

#include <functional>
#include <memory>
#include <string>

namespace causeway {

/// What all streams of a node share; immutable, but for what the members
/// themselves guard.
struct stream_environment {
  std::shared_ptr<const protocol::stream_settings> negotiation;
  protocol::sm_settings management;
  protocol::xml_limits xml;
  config::websocket websocket;
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
};

using stream_environment_ptr = std::shared_ptr<const stream_environment>;

} // namespace causeway
