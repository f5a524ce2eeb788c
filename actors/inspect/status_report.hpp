#pragma once

#include "actors/active_config.hpp"
#include "actors/inspect/actor_tree.hpp"
#include "actors/inspect/control_command.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/process_facts.hpp"
#include "actors/inspect/run_record.hpp"
#include "actors/inspect/session_filter.hpp"
#include "actors/inspect/stuck_actors.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

/// The answers to causewayctl as JSON. The snapshot fields that they rely on
/// stand in README.md.
namespace causeway {

class json_writer;

/// A figure of a snapshot as number; null if it is absent, as h is without SM.
boost::json::value figure(std::string_view text);

/// What reports say of actors besides their snapshots.
struct report_context {
  std::string node;
  /// Seconds by actor.
  std::unordered_map<std::uint64_t, double> busy;
  /// As the lookout has found them.
  std::map<std::uint64_t, stuck_actors::entry> stuck;
  /// Age of the oldest message from which on an actor is stuck.
  double stuck_after = 5;
};

boost::json::object version_report();

/// What one looks at first; `tree` needs only the root and its children.
boost::json::object status_report(const actor_tree& tree,
  const counters& counts, const active_config& config,
  const process_usage& usage, const heap_usage& heap,
  const report_context& context);

/// The tree as nested objects; it has a root. With a kind: only actors of that
/// kind, and those above them.
std::string actors_report(
  const actor_tree& tree, std::string_view kind, const report_context& context);

/// One actor, with those that it owns.
std::string actor_report(const actor_tree& tree, const actor_tree_node& x,
  const report_context& context);

/// One actor without those below it.
void write_actor(
  json_writer& out, const actor_tree_node& x, const report_context& context);

/// One row per session that is wanted, `limit` at most, drawn from its own
/// snapshot and those of its tracker, connection and link.
std::string sessions_report(
  const actor_tree& tree, const session_filter& wanted, std::size_t limit);

/// All that is known of the session at the root of the tree.
std::string session_report(
  const actor_tree& tree, const report_context& context);

/// What `top_report` shows.
struct top_figures {
  std::vector<run_record::busy_actor> busiest;
  /// Snapshots of the node and of these actors, and of the sessions that own
  /// them.
  std::vector<actor_tree_node> nodes;
  std::vector<actor_tree_node> owners;
  std::size_t sessions = 0;
  std::size_t parked = 0;
  /// Seconds by kind.
  std::map<std::string, double> busy;
  std::size_t threads = 0;
  std::map<std::uint64_t, stuck_actors::entry> stuck;
  std::string node;
};

/// The figures of one moment; rates are the business of who compares two.
boost::json::object top_report(
  const top_figures& x, const counters& counts, const process_usage& usage);

boost::json::object counters_report(const counters& counts);

boost::json::array stuck_report(
  const std::map<std::uint64_t, stuck_actors::entry>& x);

/// {"error":"..."}
boost::json::object error_report(std::string_view text);

} // namespace causeway
