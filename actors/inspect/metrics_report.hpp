#pragma once

#include "actors/inspect/actor_tree.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/process_facts.hpp"
#include "config/config.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace causeway {

/// What is known of actors beyond the tree.
struct actor_figures {
  /// About how many seconds each kind has run for on io threads.
  std::map<std::string, double> busy = {};
  /// How many hang now.
  std::size_t stuck = 0;
};

/// Everything that is measured, for Prometheus (text format 0.0.4); the names
/// stand in README.md. `tree` needs only the root and its children. Who does
/// not answer has no samples: a figure that it cannot tell is not 0.
std::string metrics_report(const actor_tree& tree, const counters& counts,
  const config::configuration& config, const process_usage& usage,
  const actor_figures& actors);

} // namespace causeway
