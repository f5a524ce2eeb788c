#pragma once

#include "protocol/upstream_stream.hpp"

#include <memory>
#include <string>
#include <vector>

namespace causeway {

class wire_traces;
struct upstream_target;

/// What one link is made for.
struct upstream_order {
  protocol::stream_wish wish;
  /// The client's address and the one it reached, for the PROXY protocol.
  std::string client;
  std::string server;
  /// It came without TLS, which ends at a proxy then: so does its address.
  bool behind_proxy = false;
  /// For the log.
  std::string stream_id;
  /// Where to go; null: the upstream actor is asked.
  std::shared_ptr<const std::vector<upstream_target>> targets;
  /// Only looks at the first features and says what is wrong with them.
  bool probe = false;
  /// A probe of what is known to be down: that it fails is no news.
  bool again = false;
  /// Who looks at the wire; null: nobody.
  std::shared_ptr<wire_traces> traces = nullptr;
};

} // namespace causeway
