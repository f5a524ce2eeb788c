#include "tests/support/node_fixture.hpp"

#include "actors/c2s/session.hpp"
#include "actors/domain/account_database.hpp"
#include "actors/domain/domain.hpp"
#include "actors/domain/journal_database.hpp"
#include "actors/domain/journal_writer.hpp"
#include "actors/domain/offline_store.hpp"
#include "actors/random_text.hpp"
#include "actors/routing/local_link.hpp"
#include "actors/routing/registry.hpp"
#include "actors/routing/router.hpp"
#include "actors/upstream/kept_sessions.hpp"
#include "actors/upstream/upstream_link.hpp"
#include "tests/support/memory_database.hpp"

#include <caf/all.hpp>

namespace causeway::test {

namespace {

constexpr std::string_view password = "secret";
constexpr std::string_view salt = "salt of every account";
constexpr std::uint32_t iterations = 16;

bool has_account(const std::string& domain, const std::string& name) {
  return domain == "localhost" && (name == "juliet" || name == "romeo");
}

// Accounts without a disk and without a thread of their own.
account_store_actor::behavior_type fake_accounts() {
  return {
    [](const credentials_query& x) {
      return credentials_answer{
        protocol::derive_credentials(x.hash, password, salt, iterations),
        has_account(x.domain, x.username)};
    },
    [](const password_query& x) {
      return password_answer{
        has_account(x.domain, x.username) && x.password == password};
    },
    [](const domains_changed&) {},
    [](const account_command&) {
      return account_reply{"not here", {}};
    },
    [](inspect_request) { return actor_snapshot{}; },
  };
}

} // namespace

peer_facts loopback_peer() {
  peer_facts x;
  x.address = "127.0.0.1:50000";
  x.loopback = true;
  return x;
}

small_node::small_node(caf::actor_system& actors, const node_options& options)
  : system{actors} {
  std::map<std::string, config::domain> domains;
  domains["localhost"].conflict = options.conflict;
  domains["anon.localhost"].auth = {"ANONYMOUS"};
  std::vector<std::string> names{"anon.localhost", "localhost"};
  door = std::make_shared<router_door>(count);
  domain_cell = std::make_shared<handle_cell<domain_actor>>();
  domain = system.spawn(causeway::domain, door, names, count);
  domain_cell->set(domain);
  offline_cell = std::make_shared<handle_cell<offline_store_actor>>();
  auto offline = make_offline_database(options.offline);
  offline_cell->set(system.spawn(offline_store, offline,
    std::make_shared<offline_loans>(
      offline, offline_batch_for({options.management.max_unacked,
                 options.management.max_unacked_bytes})),
    door, count));
  router = system.spawn(
    causeway::router, door, domain_cell, offline_cell, names, count);
  door->set(router);
  registry =
    system.spawn(causeway::registry, domains, router, door, random_text);
  accounts = std::make_shared<handle_cell<account_store_actor>>();
  accounts->set(system.spawn(fake_accounts));
  protocol::stream_settings settings;
  for (auto& [name, x] : domains)
    settings.domains[name] = x.auth;
  settings.upstream = {"example.org"};
  settings.validate_host = options.validate_host;
  settings.default_domain = "localhost";
  settings.offer_sm = options.management.active;
  settings.offer_resume = options.management.resume_seconds > 0;
  auto x = std::make_shared<stream_environment>();
  x->negotiation =
    std::make_shared<const protocol::stream_settings>(std::move(settings));
  x->management = options.management;
  x->resume_seconds = options.resume_seconds;
  x->registry = registry;
  x->accounts = accounts;
  x->returns = door;
  x->count = count;
  x->random_text = random_text;
  x->random_bytes = random_bytes;
  x->after = [this](std::chrono::milliseconds delay,
               std::function<void()> callback) {
    timers.emplace_back(delay, std::move(callback));
  };
  x->keys = std::make_shared<const protocol::sm_key_ring>(
    std::vector<protocol::sm_key>(1));
  x->node = "test";
  x->incarnation = 1;
  x->sessions = table;
  x->kept = std::make_shared<kept_sessions>();
  x->door = door;
  x->domain = domain_cell;
  x->spawn_link = [this](session_actor owner, tracker_actor tracker,
                    const bind_answer& bound) {
    return system.spawn(
      local_link, owner, tracker, door, bound.route, bound.presence);
  };
  upstream =
    make_upstream_parts("example.org", options.upstream, connector, count);
  auto servers = upstream->environment;
  servers->servers->set(system.spawn(causeway::upstream, upstream));
  x->spawn_upstream_link = [this, servers](session_actor owner,
                             tracker_actor tracker, const std::string&,
                             upstream_order order) {
    return system.spawn(upstream_link, std::move(owner), std::move(tracker),
      servers, std::move(order));
  };
  if (options.edge_resume)
    x->edge_resume = {"example.org"};
  if (options.durable) {
    disk = make_accounts()->connection();
    x->journal =
      std::make_shared<journal>(std::make_shared<journal_database>(disk), 0);
    x->resumption.durability = config::ack_durability::store;
    writer = system.spawn(journal_writer, x->journal);
  }
  environment = std::move(x);
}

small_node::~small_node() {
  for (auto& x : sessions)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  door->close();
  caf::anon_send_exit(router, caf::exit_reason::kill);
  caf::anon_send_exit(registry, caf::exit_reason::kill);
  caf::anon_send_exit(domain, caf::exit_reason::kill);
  caf::anon_send_exit(accounts->get(), caf::exit_reason::kill);
  if (writer)
    caf::anon_send_exit(writer, caf::exit_reason::kill);
  auto& servers = *upstream->environment->servers;
  caf::anon_send_exit(servers.get(), caf::exit_reason::kill);
  servers.set({});
  caf::anon_send_exit(offline_cell->get(), caf::exit_reason::kill);
  offline_cell->set({});
  accounts->set({});
  domain_cell->set({});
}

std::shared_ptr<fake_transport> small_node::connect(const peer_facts& peer) {
  auto socket = std::make_shared<fake_transport>(peer);
  sessions.push_back(
    system.spawn(causeway::session, transport_ptr{socket}, environment));
  table->add(sessions.back());
  return socket;
}

} // namespace causeway::test
