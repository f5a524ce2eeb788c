#pragma once

#include "actors/c2s/session_table.hpp"
#include "actors/c2s/stream_environment.hpp"
#include "actors/domain/offline_database.hpp"
#include "actors/routing/router_door.hpp"
#include "tests/support/fake_transport.hpp"
#include "tests/support/fake_upstream.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace causeway::test {

/// What a test may set before it connects.
struct node_options {
  bool validate_host = true;
  protocol::sm_settings management{.resume_seconds = 600};
  offline_limits offline = max_offline;
  config::conflict_policy conflict = config::conflict_policy::replace_old;
  /// Writes ahead, to a database in memory.
  bool durable = false;
  /// Sessions of example.org may be held here.
  bool edge_resume = false;
  /// The servers of example.org.
  std::vector<upstream_entry> upstream{
    entry_at("127.0.0.1:5222"), entry_at("127.0.0.1:5223", 0)};
  /// How long sessions wait, by domain, in place of `management`.
  std::map<std::string, std::uint32_t, std::less<>> resume_seconds = {};
};

/// Everything that streams need of a node, without sockets and disk: router,
/// registry, domain, and two accounts (juliet and romeo, password "secret") on
/// localhost; anon.localhost takes ANONYMOUS; example.org is served by two
/// upstream servers.
class small_node {
 public:
  small_node(caf::actor_system& system, const node_options& options);
  /// Ends every actor; run the scheduler afterwards.
  ~small_node();
  small_node(const small_node&) = delete;
  small_node& operator=(const small_node&) = delete;

  /// A session around a new WebSocket.
  std::shared_ptr<fake_transport> connect(const peer_facts& peer);

  caf::actor_system& system;
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::shared_ptr<router_door> door;
  std::shared_ptr<handle_cell<domain_actor>> domain_cell;
  std::shared_ptr<handle_cell<account_store_actor>> accounts;
  std::shared_ptr<handle_cell<offline_store_actor>> offline_cell;
  router_actor router;
  registry_actor registry;
  domain_actor domain;
  fake_connector connector;
  std::shared_ptr<const upstream_parts> upstream;
  stream_environment_ptr environment;
  std::shared_ptr<session_table> table = std::make_shared<session_table>();
  /// Null unless it writes ahead.
  std::shared_ptr<sqlite_connection> disk;
  journal_writer_actor writer;
  /// Timers that were set, with their callbacks; the test fires them.
  std::vector<std::pair<std::chrono::milliseconds, std::function<void()>>>
    timers;
  /// Sessions in the order of `connect`.
  std::vector<session_actor> sessions;
};

/// The address that tests connect from unless they say otherwise.
peer_facts loopback_peer();

} // namespace causeway::test
