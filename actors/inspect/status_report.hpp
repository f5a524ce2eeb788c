#pragma once

#include "actors/active_config.hpp"
#include "actors/inspect/actor_tree.hpp"
#include "actors/inspect/control_command.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/process_facts.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

/// The answers to causewayctl as JSON. The snapshot fields that they rely on
/// stand in README.md.
namespace causeway {

/// A figure of a snapshot as number; null if it is absent, as h is without SM.
boost::json::value figure(std::string_view text);

boost::json::object version_report();

/// What one looks at first; `tree` needs only the root and its children.
boost::json::object status_report(const actor_tree& tree,
  const counters& counts, const active_config& config,
  const process_usage& usage);

/// The tree as nested objects. With a kind: only actors of that kind, and
/// those above them.
boost::json::object actors_report(
  const actor_tree& tree, std::string_view kind);

/// One row per session, drawn from its own snapshot and those of its tracker
/// and connection.
boost::json::object sessions_report(const actor_tree& tree);

/// {"error":"..."}
boost::json::object error_report(std::string_view text);

} // namespace causeway
