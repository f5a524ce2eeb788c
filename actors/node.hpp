#pragma once

#include "actors/active_config.hpp"
#include "actors/c2s/session_supervisor.hpp"
#include "actors/config_store.hpp"
#include "actors/domain/account_database.hpp"
#include "actors/domain/journal_restore.hpp"
#include "actors/domain/offline_loans.hpp"
#include "actors/inspect/run_record.hpp"
#include "actors/inspect/stuck_actors.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/node_admin.hpp"
#include "actors/node_preparation.hpp"
#include "actors/restart_policy.hpp"
#include "actors/routing/router_door.hpp"
#include "actors/service_notifier.hpp"
#include "actors/transport/acceptor.hpp"
#include "actors/transport/control_socket.hpp"
#include "actors/transport/io_threads.hpp"
#include "actors/upstream/gateway_domains.hpp"
#include "actors/upstream/kept_sessions.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

/// What main puts together before the first actor runs.
struct node_parts {
  /// In force, with all that belongs to it.
  prepared_config_ptr now;
  /// The same, for whoever prepares the next one.
  std::shared_ptr<handle_cell<prepared_config_ptr>> in_force;
  /// What reloads it.
  std::shared_ptr<config_store_parts> store;
  /// The store of the moment, for signals.
  std::shared_ptr<handle_cell<config_store_actor>> config_store;
  /// Outlives the actor system.
  io_threads& threads;
  /// Runs nothing but control: it is never held up by an actor.
  io_threads& control_threads;
  /// What the actors on `threads` do.
  std::shared_ptr<run_record> runs;
  std::shared_ptr<counters> count;
  std::shared_ptr<account_database> database;
  std::shared_ptr<offline_database> offline;
  std::shared_ptr<causeway::journal> journal;
  /// Left by the process before this one.
  restore_plan left;
  std::shared_ptr<service_notifier> service;
  /// Called once: with the URLs listened on, or with the reason why the node
  /// cannot run.
  std::function<void(protocol::result<std::vector<std::string>, std::string>)>
    on_started;
};

/// A place to listen at, whether somebody does or not.
struct listener_slot {
  config::listener settings;
  tls_context_ptr tls;
  /// Ends with its listener.
  std::weak_ptr<acceptor> socket;
};

/// A socket that listens already, for a listener to come.
struct opened_listener {
  std::shared_ptr<acceptor> socket;
  std::shared_ptr<handle_cell<listener_actor>> target;
};

struct node_state {
  static inline const char* name = "node";
  explicit node_state(node_actor::pointer self) : self{self} {}

  using start_result = protocol::result<inspectable_actor, std::string>;

  /// One that the node keeps alive.
  struct child {
    std::uint64_t number = 0;
    std::string kind;
    std::function<start_result()> start;
    inspectable_actor handle;
    restart_policy policy;
    /// Of a listener.
    std::shared_ptr<listener_slot> slot;
    /// The domain of an upstream.
    std::string domain;
    std::uint32_t restarts = 0;
    /// What ended the last one.
    std::string last_failure = {};
  };

  void start();
  void handle_down(const caf::down_msg& x);
  void restart(std::uint64_t number);
  config_applied apply(const apply_config& x);
  void stop();
  void give_up_waiting();
  actor_snapshot snapshot() const;

  node_actor::pointer self;
  std::shared_ptr<node_parts> parts;
  std::vector<child> children;
  std::uint64_t last_child = 0;
  std::shared_ptr<control_socket> control;
  /// Null unless the configuration has it.
  std::shared_ptr<admin_server> http;
  std::shared_ptr<router_door> door;
  std::shared_ptr<offline_loans> loans;
  std::shared_ptr<admission> entrance;
  std::shared_ptr<stuck_actors> stuck = std::make_shared<stuck_actors>();
  std::shared_ptr<wire_traces> traces = std::make_shared<wire_traces>();
  std::shared_ptr<session_table> sessions = std::make_shared<session_table>();
  std::shared_ptr<kept_sessions> kept = std::make_shared<kept_sessions>();
  stream_environment_ptr environment;
  /// By the name of their domain; those that are gone stay, for streams that
  /// began before.
  std::map<std::string, upstream_environment_ptr> servers;
  registry_actor registry;
  /// Tells this run of the process from any other: in the ids of sessions.
  std::uint64_t incarnation = 0;
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
  const config::configuration& config() const { return *parts->now->config; }
  child& add_child(std::string kind, std::function<start_result()> start);
  void list_children();
  void list_inspection();
  void list_upstreams();
  child& add_upstream(const gateway_domain& gateway);
  start_result start_config_store();
  void list_watchdog();
  start_result start_router();
  void prepare_environment();
  /// Starts or replaces what a child is made of; true if it runs.
  bool start_child(child& x);
  /// After its pause; gives up on one that failed too often.
  void restart_later(child& x);
  /// Ends one for good, and does not hear of its end.
  void dismiss(std::uint64_t number);

  // Listeners: node_listeners.cpp.
  using opened_result = protocol::result<opened_listener, std::string>;
  void list_listeners();
  child& add_listener(std::shared_ptr<listener_slot> slot);
  opened_result open(const listener_slot& slot, const config::websocket& rules);
  start_result start_listener(
    const std::shared_ptr<listener_slot>& slot, opened_listener opened);
  std::vector<std::string> urls() const;

  // Another configuration: node_reload.cpp.
  struct listener_plan;
  std::vector<config::config_error> open_listeners(listener_plan& plan);
  void restore(const listener_plan& plan);
  std::vector<config::config_error> change_log(const config::log& x) const;
  void commit_listeners(listener_plan& plan);
  void apply_domains(const config::configuration& before);
  void apply_upstreams(const prepared_config& before);
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
