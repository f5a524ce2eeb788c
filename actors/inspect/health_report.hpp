#pragma once

#include "actors/inspect/actor_tree.hpp"
#include "config/config.hpp"

#include <boost/json/object.hpp>

namespace causeway {

/// Whether the node lives and may get clients, and why not: for load balancers
/// and those who ask them. `tree` needs only the root and its children.
///
/// {"live":true,"ready":false,"state":"running","checks":{"listeners":
/// {"ok":false,"reason":"1 of 2 listen"},...}}
boost::json::object health_report(
  const actor_tree& tree, const config::configuration& config);

} // namespace causeway
