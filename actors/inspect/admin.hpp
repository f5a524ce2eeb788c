#pragma once

#include "actors/active_config.hpp"
#include "actors/handle_cell.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/inspector.hpp"
#include "actors/inspect/run_record.hpp"
#include "actors/inspect/stuck_actors.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/inspect/wire_trace.hpp"
#include "actors/interfaces.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <utility>

/// Inspection and control: the commands of causewayctl.
namespace causeway {

/// What the admin actor looks at and acts on.
struct admin_environment {
  /// Root of the tree that is inspected; the admin ends with it.
  inspectable_actor node;
  std::shared_ptr<handle_cell<account_store_actor>> accounts;
  std::shared_ptr<handle_cell<registry_actor>> registry;
  std::shared_ptr<causeway::counters> counters;
  std::shared_ptr<const config_cell> config;
  std::shared_ptr<const handle_cell<config_store_actor>> store;
  std::shared_ptr<run_record> runs = std::make_shared<run_record>(0);
  std::shared_ptr<stuck_actors> stuck = std::make_shared<stuck_actors>();
  /// Age of the oldest message from which on an actor is stuck.
  std::chrono::milliseconds stuck_after{5'000};
  std::shared_ptr<wire_traces> traces = std::make_shared<wire_traces>();
  /// How long a trace that goes to the log lasts.
  std::chrono::milliseconds log_trace_time = std::chrono::minutes{10};
  /// Invalid if there is no such session.
  std::function<session_actor(std::uint64_t)> find_session = [](std::uint64_t) {
    return session_actor{};
  };
  /// How many there are, and how many of them wait for their client.
  std::function<std::pair<std::size_t, std::size_t>()> count_sessions = [] {
    return std::pair<std::size_t, std::size_t>{};
  };
};

struct admin_state {
  static inline const char* name = "admin";
  explicit admin_state(admin_actor::pointer self) : eyes{port_of(self)} {}

  admin_environment environment;
  inspector eyes;
  /// Sessions whose wire goes to the log.
  std::map<std::uint64_t, std::shared_ptr<wire_trace>> logged;
  vitals life;
};

/// Answers every control_request exactly once, bad ones with an error. Keeps
/// nothing between requests but who owes it a snapshot, and the traces that go
/// to the log: its owner may restart it at any time.
admin_actor::behavior_type admin(
  admin_actor::stateful_pointer<admin_state> self,
  admin_environment environment);

} // namespace causeway
