#pragma once

#include "actors/handle_cell.hpp"
#include "config/changes.hpp"
#include "config/config.hpp"
#include "config/config_error.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

/// A reload that changed nothing, since the file was not good.
struct refused_reload {
  std::chrono::system_clock::time_point at;
  std::string trigger;
  std::vector<config::config_error> errors;
};

/// The configuration in force, and how it came to be.
struct active_config {
  /// Keys that need a restart have the values that the process began with.
  std::shared_ptr<const config::configuration> config;
  /// Those of them that the file wants to be others.
  std::vector<config::key_change> waiting;
  /// A file name, or "defaults".
  std::string source;
  /// Grows by one with each that comes into force, over restarts as well.
  std::uint64_t generation = 1;
  std::chrono::system_clock::time_point since;
  /// "start", "file", "SIGHUP", "causewayctl", "rollback to 7".
  std::string trigger;
  /// Null, or the last one, if it is newer than this configuration.
  std::shared_ptr<const refused_reload> refused;
  /// The file has another text than the one in force: it was refused, or this
  /// is a rollback.
  bool file_differs = false;
};

using active_config_ptr = std::shared_ptr<const active_config>;

/// What is in force now, for whoever shows it.
using config_cell = handle_cell<active_config_ptr>;

} // namespace causeway
