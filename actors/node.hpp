#pragma once

#include "actors/c2s/session_supervisor.hpp"
#include "actors/domain/account_database.hpp"
#include "actors/domain/journal_restore.hpp"
#include "actors/domain/offline_loans.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/restart_policy.hpp"
#include "actors/routing/router_door.hpp"
#include "actors/transport/acceptor.hpp"
#include "actors/transport/control_socket.hpp"
#include "actors/transport/io_threads.hpp"
#include "actors/upstream/gateway_domains.hpp"
#include "actors/upstream/kept_sessions.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

/// What main puts together before the first actor runs.
struct node_parts {
  std::shared_ptr<const config::configuration> config;
  /// Where it came from: a file name, or "defaults".
  std::string config_source;
  /// Outlives the actor system.
  io_threads& threads;
  std::shared_ptr<counters> count;
  std::shared_ptr<account_database> database;
  std::shared_ptr<offline_database> offline;
  std::shared_ptr<causeway::journal> journal;
  /// Left by the process before this one.
  restore_plan left;
  /// For secure listeners, by their place in the configuration.
  std::vector<tls_context_ptr> certificates;
  std::vector<gateway_domain> gateways;
  std::shared_ptr<const protocol::sm_key_ring> keys;
  /// Called once: with the URLs listened on, or with the reason why the node
  /// cannot run.
  std::function<void(protocol::result<std::vector<std::string>, std::string>)>
    on_started;
};

struct node_state {
  static inline const char* name = "node";
  explicit node_state(node_actor::pointer self) : self{self} {}

  using start_result = protocol::result<inspectable_actor, std::string>;

  /// One that the node keeps alive.
  struct child {
    std::string kind;
    std::function<start_result()> start;
    inspectable_actor handle;
    restart_policy policy;
  };

  void start();
  void handle_down(const caf::down_msg& x);
  void restart(std::size_t index);
  void stop();
  void give_up_waiting();
  actor_snapshot snapshot() const;

  node_actor::pointer self;
  std::shared_ptr<node_parts> parts;
  std::vector<child> children;
  std::shared_ptr<control_socket> control;
  std::shared_ptr<router_door> door;
  std::shared_ptr<offline_loans> loans;
  std::shared_ptr<admission> entrance;
  std::shared_ptr<session_table> sessions = std::make_shared<session_table>();
  std::shared_ptr<kept_sessions> kept = std::make_shared<kept_sessions>();
  stream_environment_ptr environment;
  registry_actor registry;
  /// Tells this run of the process from any other: in the ids of sessions.
  std::uint64_t incarnation = 0;
  std::vector<std::string> urls;
  bool stopping = false;
  /// The time for sessions to end by themselves is over.
  bool killing = false;
  vitals life;

  // Cells of those that may be replaced.
  template <class Handle>
  using cell = std::shared_ptr<handle_cell<Handle>>;
  cell<account_store_actor> accounts =
    std::make_shared<handle_cell<account_store_actor>>();
  cell<offline_store_actor> offline =
    std::make_shared<handle_cell<offline_store_actor>>();
  cell<journal_writer_actor> writer =
    std::make_shared<handle_cell<journal_writer_actor>>();
  cell<domain_actor> domain = std::make_shared<handle_cell<domain_actor>>();
  cell<session_supervisor_actor> supervisor =
    std::make_shared<handle_cell<session_supervisor_actor>>();
  cell<registry_actor> registry_cell =
    std::make_shared<handle_cell<registry_actor>>();
  cell<admin_actor> admin = std::make_shared<handle_cell<admin_actor>>();

 private:
  void stop_sessions_after_listeners();
  void finish_after_registry();
  void finish_after_router();
  void finish_after_journal();
  /// From this one on; sessions of earlier processes come before listeners.
  void start_children(std::size_t first);
  void restore_sessions_before(std::size_t next);
  void list_children();
  void list_upstreams();
  void list_listeners();
  start_result start_router();
  start_result start_listener(std::size_t index);
  void prepare_environment();
  void fail(std::string reason);
  void finish(caf::error reason);
};

/// Root supervisor of one node. Starts its children in the order of the
/// dependencies, has the sessions of earlier processes restored before there
/// are listeners, restarts those that die, stops them in the reverse order:
/// listeners, sessions, then the rest. Without a registry nothing can be
/// routed: its death stops the node.
node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self,
  std::shared_ptr<node_parts> parts);

} // namespace causeway
