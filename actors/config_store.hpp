#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"

#include <memory>
#include <string>

namespace causeway {

struct config_store_state {
  static inline const char* name = "config_store";
  explicit config_store_state(config_store_actor::pointer self) : self{self} {}

  actor_snapshot snapshot() const;

  config_store_actor::pointer self;
  std::shared_ptr<const config::configuration> active;
  std::string source;
  vitals life;
};

/// Holds the active configuration, which came from `source`: a file name, or
/// "defaults".
config_store_actor::behavior_type config_store(
  config_store_actor::stateful_pointer<config_store_state> self,
  std::shared_ptr<const config::configuration> active, std::string source);

} // namespace causeway
