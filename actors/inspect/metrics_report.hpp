#pragma once

#include "actors/inspect/actor_tree.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/process_facts.hpp"
#include "config/config.hpp"

#include <string>

namespace causeway {

/// Everything that is measured, for Prometheus (text format 0.0.4); the names
/// stand in README.md. `tree` needs only the root and its children.
std::string metrics_report(const actor_tree& tree, const counters& counts,
  const config::configuration& config, const process_usage& usage);

} // namespace causeway
