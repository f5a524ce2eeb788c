#pragma once

#include "actors/interfaces.hpp"
#include "protocol/lockstep.hpp"

#include <memory>
#include <string>

namespace causeway {

/// The phase of a tracker whose session lives in an upstream server: counts in
/// step with that, and keeps no stanza, since the server does.
struct tracker_relay {
  std::string full;
  std::string domain;
  upstream_link_actor link;
  /// Apart, so that sessions served here are smaller.
  std::unique_ptr<protocol::lockstep> lockstep;
  /// The id of the session with its server, as operators may see it.
  std::string upstream_sm_id = {};
};

/// A session in an upstream server that is held here: whose, and where to say
/// what becomes of the stanzas that its client did not get.
struct edge_hold {
  std::string full;
  /// Null once that has ended.
  upstream_link_actor link;
  /// The server keeps them, too, until it hears that they were handled.
  bool upstream_counts = false;
  /// The client has ended its stream, and wants nothing more.
  bool closed_by_client = false;
};

} // namespace causeway
