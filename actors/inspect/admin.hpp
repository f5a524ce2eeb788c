#pragma once

#include "actors/active_config.hpp"
#include "actors/handle_cell.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"

#include <memory>

/// Inspection and control: the commands of causewayctl.
namespace causeway {

/// What the admin actor looks at and acts on.
struct admin_environment {
  /// Root of the tree that is inspected; the admin ends with it.
  inspectable_actor node;
  std::shared_ptr<handle_cell<account_store_actor>> accounts;
  std::shared_ptr<handle_cell<registry_actor>> registry;
  std::shared_ptr<const causeway::counters> counters;
  std::shared_ptr<const config_cell> config;
  std::shared_ptr<const handle_cell<config_store_actor>> store;
};

struct admin_state {
  static inline const char* name = "admin";

  admin_environment environment;
  vitals life;
};

/// Answers every control_request exactly once, bad ones with an error. Keeps
/// nothing between requests: its owner may restart it at any time.
admin_actor::behavior_type admin(
  admin_actor::stateful_pointer<admin_state> self,
  admin_environment environment);

} // namespace causeway
