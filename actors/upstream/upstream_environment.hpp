#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/transport/client_tls.hpp"
#include "actors/transport/resolver.hpp"
#include "actors/transport/upstream_connect.hpp"
#include "actors/upstream/endpoint_load.hpp"
#include "actors/upstream/upstream_order.hpp"
#include "protocol/element_parser.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

class io_threads;

/// Opens connections: `connect_upstream`, or what a test puts in its place.
using connect_function = std::function<std::unique_ptr<upstream_attempt>(
  connect_request request, std::function<void(connect_outcome)> done)>;

/// What all links to the servers of one gateway domain share; immutable, but
/// for what the members themselves guard.
struct upstream_environment {
  /// Its name in the configuration: "example.org", "*.example.com" or "*".
  std::string domain;
  config::gateway settings;
  protocol::xml_limits xml;
  std::shared_ptr<handle_cell<upstream_actor>> servers;
  std::shared_ptr<endpoint_load> load;
  std::shared_ptr<counters> count;
  connect_function connect;
};

using upstream_environment_ptr = std::shared_ptr<const upstream_environment>;

} // namespace causeway
