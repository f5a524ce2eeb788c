#include "actors/node.hpp"

#include "actors/domain/account_store.hpp"
#include "actors/domain/domain.hpp"
#include "actors/domain/journal_writer.hpp"
#include "actors/domain/offline_store.hpp"
#include "actors/inspect/admin.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/inspect/lookout.hpp"
#include "actors/random_text.hpp"
#include "actors/routing/local_link.hpp"
#include "actors/routing/registry.hpp"
#include "actors/routing/router.hpp"
#include "actors/stream_settings.hpp"
#include "actors/upstream/upstream_link.hpp"
#include "actors/watchdog.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace causeway {

namespace {

/// How long what killed sessions leave behind may take to find its place.
constexpr std::chrono::seconds kill_timeout{1};

/// Of the node, while the service manager waits for one.
constexpr int signs_of_life = 3;

/// From the end of the tree to that of the process.
constexpr std::chrono::seconds exit_timeout{10};

std::vector<std::string> names_of(
  const std::map<std::string, config::domain>& domains) {
  std::vector<std::string> names;
  for (auto& [name, domain] : domains)
    names.push_back(name);
  return names;
}

// How long the registry may take to tell a new router all routes.
constexpr auto restore_timeout = std::chrono::seconds{30};

// Sends after a while without keeping the receiver alive, as a delayed message
// of CAF would.
template <class Message>
void send_after(io_threads& threads, std::chrono::milliseconds delay,
  const node_actor& to, Message x) {
  threads.post_after(delay, [to = to.address(), x] {
    if (auto strong = caf::actor_cast<node_actor>(to))
      caf::anon_send(strong, x);
  });
}

} // namespace

// -- start --------------------------------------------------------------------

void node_state::start() {
  auto noise = random_bytes(sizeof(incarnation));
  std::memcpy(&incarnation, noise.data(), sizeof(incarnation));
  door = std::make_shared<router_door>(parts->count);
  entrance = std::make_shared<admission>(admission_limits_of(config()));
  // First: a second server on this socket must not open ports.
  auto& path = config().admin.socket;
  auto opened = control_socket::open(parts->control_threads,
    path.empty() ? config().node.data + "/causeway.sock" : path, admin);
  if (!opened) {
    fail(opened.error());
    return;
  }
  control = std::move(*opened);
  auto endpoint = open_admin_endpoint(config(), parts->control_threads, admin);
  if (!endpoint) {
    fail(endpoint.error());
    return;
  }
  http = std::move(*endpoint);
  list_children();
  start_children(0);
}

void node_state::start_children(std::size_t first) {
  for (auto i = first; i < children.size() && !stopping; ++i) {
    auto& x = children[i];
    if (!start_child(x)) {
      fail(x.kind + ": " + life.last_error);
      return;
    }
    if (x.kind == "session_supervisor") {
      restore_sessions_before(i + 1);
      return;
    }
  }
  if (stopping)
    return;
  log_event(log_level::info, "node_started",
    {{"name", config().node.name},
      {"config", parts->store->active->get()->source},
      {"generation", std::to_string(parts->store->active->get()->generation)}});
  auto places = urls();
  if (http)
    places.push_back(http->url());
  parts->on_started(std::move(places));
}

// A client that comes back must find its session, and its resource taken.
void node_state::restore_sessions_before(std::size_t next) {
  auto left = std::exchange(parts->left, {});
  for (auto& x : left.dropped) {
    log_event(log_level::warn, "session_dropped",
      {{"jid", x.full}, {"reason", x.reason}});
    parts->journal->write(session_dropped{x.key});
  }
  for (auto id : left.unreadable) {
    log_event(log_level::error, "journal_failed",
      {{"reason", "stanza " + std::to_string(id) + " is unreadable"}});
    parts->journal->erase(id);
  }
  self
    ->request(supervisor->get(), caf::infinite,
      restore_sessions{std::move(left.sessions)})
    .then(
      [this, next, loose = std::move(left.loose)](sessions_restored x) {
        if (x.count > 0 || !loose.empty())
          log_event(log_level::info, "sessions_restored",
            {{"count", std::to_string(x.count)},
              {"stanzas", std::to_string(loose.size())}});
        for (auto& y : loose)
          parts->journal->release(y, door);
        start_children(next);
      },
      [this](
        const caf::error& e) { fail("session_supervisor: " + to_string(e)); });
}

node_state::child& node_state::add_child(
  std::string kind, std::function<start_result()> start) {
  return children.emplace_back(
    child{++last_child, std::move(kind), std::move(start), {}, {}, {}, {}});
}

bool node_state::start_child(child& x) {
  auto started = x.start();
  if (!started) {
    life.last_error = started.error();
    return false;
  }
  x.handle = std::move(*started);
  self->monitor(x.handle);
  return true;
}

void node_state::dismiss(std::uint64_t number) {
  auto i = std::ranges::find(children, number, &child::number);
  if (i == children.end())
    return;
  if (i->handle) {
    self->demonitor(i->handle.address());
    // What a listener has taken still finds its way.
    if (i->slot)
      self->send(caf::actor_cast<listener_actor>(i->handle), stop_request{});
    else
      self->send_exit(i->handle, caf::exit_reason::user_shutdown);
  }
  children.erase(i);
}

// Whoever is started again works with the configuration of that moment.
void node_state::list_children() {
  add_child("account_store", [this] {
    auto x = self->spawn<caf::detached>(account_store, parts->database,
      local_domains(config()), random_source{random_bytes});
    accounts->set(x);
    return x;
  });
  auto& management = config().stream.management;
  loans = std::make_shared<offline_loans>(parts->offline,
    offline_batch_for({management.max_unacked, management.max_unacked_bytes}));
  add_child("offline_store", [this] {
    auto x = self->spawn<caf::detached>(
      offline_store, parts->offline, loans, door, parts->count);
    offline->set(x);
    // What waits for a store finds this one from here on.
    if (auto to = door->get())
      self->send(to, offline_ready{});
    return x;
  });
  add_child("journal_writer", [this] {
    auto x = self->spawn<caf::detached>(journal_writer, parts->journal);
    writer->set(x);
    return x;
  });
  add_child("domain", [this] {
    auto x = self->spawn(
      causeway::domain, door, names_of(local_domains(config())), parts->count);
    domain->set(x);
    return x;
  });
  add_child("router", [this] { return start_router(); });
  add_child("registry", [this] {
    registry = self->spawn(causeway::registry, local_domains(config()),
      door->get(), door, std::function<std::string()>{random_text});
    registry_cell->set(registry);
    prepare_environment();
    return registry;
  });
  list_upstreams();
  add_child("session_supervisor", [this] {
    auto x = self->spawn(session_supervisor, environment, sessions);
    supervisor->set(x);
    return x;
  });
  list_listeners();
  list_inspection();
}

// Each has a thread of its own, so that it sees what hangs.
void node_state::list_inspection() {
  add_child("admin", [this] {
    admin_environment x{node_actor{self}, accounts, registry_cell, parts->count,
      parts->store->active, parts->config_store};
    x.runs = parts->runs;
    x.stuck = stuck;
    x.stuck_after = config().inspect.stuck_after;
    x.traces = traces;
    x.find_session = [table = sessions](
                       std::uint64_t id) { return table->find(id); };
    x.count_sessions = [table = sessions] {
      return std::pair{table->size(), table->parked()};
    };
    auto y = self->spawn<caf::detached>(causeway::admin, std::move(x));
    admin->set(y);
    return y;
  });
  add_child("lookout", [this] {
    lookout_environment x;
    x.node = node_actor{self};
    x.runs = parts->runs;
    x.stuck = stuck;
    x.count = parts->count;
    x.stuck_after = config().inspect.stuck_after;
    return self->spawn<caf::detached>(lookout, std::move(x));
  });
  // Behind all that a reload may add to or take away.
  add_child("config_store", [this] { return start_config_store(); });
  list_watchdog();
}

// Last: it looks at the others.
void node_state::list_watchdog() {
  auto patience = parts->service->watchdog();
  if (patience.count() == 0)
    return;
  watchdog_environment x;
  x.vital = [door = door, registry = registry_cell] {
    return std::vector<inspectable_actor>{door->get(), registry->get()};
  };
  x.when_all_passed = [&threads = parts->threads](auto callback) {
    threads.when_all_passed(std::move(callback));
  };
  x.after = [&threads = parts->threads](auto delay, auto callback) {
    threads.post_after(delay, std::move(callback));
  };
  x.interval = patience / signs_of_life;
  x.alive = [service = parts->service, sessions = sessions] {
    service->alive();
    service->status(std::to_string(sessions->size()) + " sessions");
  };
  add_child("watchdog", [this, x] { return self->spawn(watchdog, x); });
}

node_state::start_result node_state::start_config_store() {
  auto x = self->spawn<caf::detached>(
    causeway::config_store, node_actor{self}, parts->store);
  parts->config_store->set(x);
  return x;
}

void node_state::list_upstreams() {
  for (auto& gateway : parts->now->gateways)
    add_upstream(gateway);
}

node_state::child& node_state::add_upstream(const gateway_domain& gateway) {
  // Found again when it is started: it may have other servers by then.
  auto& x =
    add_child("upstream", [this, name = gateway.name]() -> start_result {
      auto& all = parts->now->gateways;
      auto now = std::ranges::find(all, name, &gateway_domain::name);
      if (now == all.end())
        return name + " has no servers";
      auto y = self->spawn(upstream, now->parts);
      now->parts->environment->servers->set(y);
      self->send(y, upstream_probe{});
      return y;
    });
  x.domain = gateway.name;
  return x;
}

node_state::start_result node_state::start_router() {
  auto x = self->spawn(causeway::router, door, domain, offline,
    names_of(local_domains(config())), parts->count);
  if (!registry) {
    door->set(x);
    return x;
  }
  // Stanzas wait at the door until the new router knows every route.
  self->request(registry, restore_timeout, router_replaced{x})
    .then(
      [this, x](routes_restored) {
        // What a reload has told the one before.
        self->send(
          x, domains_changed{
               std::make_shared<const std::map<std::string, config::domain>>(
                 local_domains(config()))});
        door->set(x);
      },
      [this](const caf::error& e) { fail("registry: " + to_string(e)); });
  return x;
}

void node_state::prepare_environment() {
  auto x = std::make_shared<stream_environment>();
  auto& now = config();
  x->negotiation =
    std::make_shared<const protocol::stream_settings>(negotiation_of(now));
  x->management = management_of(now.stream.management);
  x->resume_seconds = resume_seconds_of(now);
  x->xml = client_limits_of(now);
  x->websocket = now.websocket;
  x->max_sessions = now.node.max_sessions;
  x->registry = registry;
  x->accounts = accounts;
  x->returns = door;
  x->spawn_link = [system = &self->system(), d = door](session_actor owner,
                    tracker_actor tracker, const bind_answer& bound) {
    return system->spawn(local_link, std::move(owner), std::move(tracker), d,
      bound.route, bound.presence);
  };
  for (auto& gateway : parts->now->gateways)
    servers[gateway.name] = gateway.parts->environment;
  x->spawn_upstream_link = [system = &self->system(), servers = servers](
                             session_actor owner, tracker_actor tracker,
                             const std::string& pattern, upstream_order order) {
    return system->spawn(upstream_link, std::move(owner), std::move(tracker),
      servers.at(pattern), std::move(order));
  };
  x->edge_resume = edge_resume_domains(now);
  x->count = parts->count;
  x->random_text = random_text;
  x->random_bytes = random_bytes;
  x->after = [&threads = parts->threads](std::chrono::milliseconds delay,
               std::function<void()> callback) {
    threads.post_after(delay, std::move(callback));
  };
  x->keys = parts->now->keys;
  x->node = now.node.name;
  x->incarnation = incarnation;
  x->sessions = sessions;
  x->kept = kept;
  x->journal = parts->journal;
  x->door = door;
  x->domain = domain;
  x->resumption = now.stream.management;
  x->traces = traces;
  environment = std::move(x);
}

// -- life and death of children -----------------------------------------------

void node_state::handle_down(const caf::down_msg& x) {
  auto i = std::find_if(children.begin(), children.end(),
    [&](auto& y) { return y.handle && y.handle.address() == x.source; });
  if (i == children.end())
    return;
  i->handle = inspectable_actor{};
  i->last_failure = to_string(x.reason);
  if (stopping) {
    if (i->kind == "session_supervisor")
      finish_after_registry();
    else if (i->kind == "listener")
      stop_sessions_after_listeners();
    return;
  }
  parts->count->add(counter::actors_failed);
  life.last_error = i->kind + ": " + to_string(x.reason);
  log_event(log_level::error, "actor_failed",
    {{"kind", i->kind}, {"reason", to_string(x.reason)}});
  if (i->kind == "registry") {
    fail("the registry died: nothing can be routed");
    return;
  }
  restart_later(*i);
}

void node_state::restart_later(child& x) {
  auto pause = x.policy.child_died(restart_policy::clock::now());
  if (!pause)
    fail(x.kind + " died too often: " + life.last_error);
  else if (pause->count() == 0)
    restart(x.number);
  else
    send_after(parts->threads, *pause, node_actor{self}, restart_due{x.number});
}

void node_state::restart(std::uint64_t number) {
  auto known = std::ranges::find(children, number, &child::number);
  if (stopping || known == children.end() || known->handle)
    return;
  auto& x = *known;
  if (start_child(x)) {
    ++x.restarts;
    log_event(log_level::warn, "actor_restarted", {{"kind", x.kind}});
    return;
  }
  log_event(log_level::error, "actor_restart_failed",
    {{"kind", x.kind}, {"detail", life.last_error}});
  restart_later(x);
}

void node_state::fail(std::string reason) {
  log_event(log_level::error, "node_failed", {{"reason", reason}});
  parts->on_started(std::move(reason));
  finish(caf::exit_reason::unhandled_exception);
}

// -- stop ---------------------------------------------------------------------

void node_state::stop() {
  if (stopping)
    return;
  stopping = true;
  parts->service->stopping(
    config().node.stop_grace + kill_timeout + exit_timeout);
  log_event(log_level::info, "node_stopping",
    {{"sessions", std::to_string(sessions->size())}});
  for (auto& x : children)
    if (x.kind == "listener" && x.handle)
      self->send(caf::actor_cast<listener_actor>(x.handle), stop_request{});
  stop_sessions_after_listeners();
  send_after(parts->threads, config().node.stop_grace, node_actor{self},
    deadline_reached{});
}

// A WebSocket that a listener still hands over must find its supervisor.
void node_state::stop_sessions_after_listeners() {
  auto listens = std::any_of(children.begin(), children.end(),
    [](auto& x) { return x.kind == "listener" && x.handle; });
  if (!listens)
    self->send(supervisor->get(), stop_request{});
}

// What the sessions gave back at their end is stored first: once the registry
// has seen every end, the router hears of it before it answers.
void node_state::finish_after_registry() {
  auto is_empty = [](const actor_snapshot& x) {
    return std::any_of(x.fields.begin(), x.fields.end(),
      [](auto y) { return y.name == "sessions" && y.value == "0"; });
  };
  self->request(registry, caf::infinite, inspect_request{})
    .then(
      [this, is_empty](const actor_snapshot& x) {
        if (is_empty(x))
          finish_after_router();
        else
          finish_after_registry();
      },
      [this](const caf::error&) { finish({}); });
}

void node_state::finish_after_router() {
  auto end = [this](const caf::error&) { finish({}); };
  self->request(door->get(), caf::infinite, inspect_request{})
    .then(
      [this, end](const actor_snapshot&) {
        self->request(offline->get(), caf::infinite, offline_check{})
          .then([this](offline_ready) { finish_after_journal(); }, end);
      },
      end);
}

void node_state::finish_after_journal() {
  self->request(writer->get(), caf::infinite, journal_check{})
    .then([this](journal_checked) { finish({}); },
      [this](const caf::error&) { finish({}); });
}

void node_state::give_up_waiting() {
  if (!stopping)
    return;
  if (std::exchange(killing, true)) {
    finish({});
    return;
  }
  log_event(log_level::warn, "sessions_killed",
    {{"sessions", std::to_string(sessions->size())}});
  // What they give back still goes the way of all others, as far as it takes
  // no time; the rest is told by number at the very end.
  for (auto& session : sessions->all())
    self->send_exit(session, caf::exit_reason::kill);
  send_after(
    parts->threads, kill_timeout, node_actor{self}, deadline_reached{});
}

void node_state::finish(caf::error reason) {
  stopping = true;
  if (control)
    control->close();
  if (http)
    http->close();
  door->close();
  for (auto& session : sessions->all())
    self->send_exit(session, caf::exit_reason::kill);
  for (auto& x : children)
    if (x.handle)
      self->send_exit(x.handle, caf::exit_reason::user_shutdown);
  children.clear();
  sessions = nullptr;
  environment = nullptr;
  registry = registry_actor{};
  accounts->set({});
  offline->set({});
  writer->set({});
  domain->set({});
  supervisor->set({});
  registry_cell->set({});
  admin->set({});
  parts->config_store->set({});
  self->quit(std::move(reason));
}

actor_snapshot node_state::snapshot() const {
  auto x = life.snapshot(self, stopping ? "stopping" : "running");
  x.fields = {{"name", config().node.name},
    {"sessions", std::to_string(sessions ? sessions->size() : 0)}};
  for (auto& y : children)
    if (y.handle)
      x.children.emplace_back(y.handle, y.restarts, y.last_failure);
  return x;
}

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self,
  std::shared_ptr<node_parts> parts) {
  self->state.parts = std::move(parts);
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.handle_down(x); });
  self->state.start();
  return {
    [self](stop_request) { self->state.stop(); },
    [self](deadline_reached) { self->state.give_up_waiting(); },
    [self](const apply_config& x) { return self->state.apply(x); },
    [self](restart_due x) { self->state.restart(x.child); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
