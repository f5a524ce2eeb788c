#include "actors/node.hpp"

#include "actors/c2s/listener.hpp"
#include "actors/config_store.hpp"
#include "actors/domain/account_store.hpp"
#include "actors/domain/domain.hpp"
#include "actors/domain/journal_writer.hpp"
#include "actors/domain/offline_store.hpp"
#include "actors/inspect/admin.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/random_text.hpp"
#include "actors/routing/local_link.hpp"
#include "actors/routing/registry.hpp"
#include "actors/routing/router.hpp"
#include "actors/stream_settings.hpp"
#include "actors/upstream/upstream_link.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace causeway {

namespace {

/// How long what killed sessions leave behind may take to find its place.
constexpr std::chrono::seconds kill_timeout{1};

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
  entrance = std::make_shared<admission>(parts->config->node.max_sessions,
    parts->config->websocket.max_connections_per_second);
  // First: a second server on this socket must not open ports.
  auto& path = parts->config->admin.socket;
  auto opened = control_socket::open(parts->threads,
    path.empty() ? parts->config->node.data + "/causeway.sock" : path, admin);
  if (!opened) {
    fail(opened.error());
    return;
  }
  control = std::move(*opened);
  list_children();
  start_children(0);
}

void node_state::start_children(std::size_t first) {
  for (auto i = first; i < children.size() && !stopping; ++i) {
    auto& x = children[i];
    auto started = x.start();
    if (!started) {
      fail(x.kind + ": " + started.error());
      return;
    }
    x.handle = std::move(*started);
    self->monitor(x.handle);
    if (x.kind == "session_supervisor") {
      restore_sessions_before(i + 1);
      return;
    }
  }
  if (stopping)
    return;
  log_event(log_level::info, "node_started",
    {{"name", parts->config->node.name}, {"config", parts->config_source}});
  parts->on_started(urls);
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

void node_state::list_children() {
  auto domains = local_domains(*parts->config);
  auto names = names_of(domains);
  auto add = [this](std::string kind, std::function<start_result()> start) {
    children.push_back({std::move(kind), std::move(start), {}, {}});
  };
  add("config_store", [this] {
    return self->spawn(config_store, parts->config, parts->config_source);
  });
  add("account_store", [this, domains] {
    auto x = self->spawn<caf::detached>(
      account_store, parts->database, domains, random_source{random_bytes});
    accounts->set(x);
    return x;
  });
  auto& management = parts->config->stream.management;
  loans = std::make_shared<offline_loans>(parts->offline,
    offline_batch_for({management.max_unacked, management.max_unacked_bytes}));
  add("offline_store", [this] {
    auto x = self->spawn<caf::detached>(
      offline_store, parts->offline, loans, door, parts->count);
    offline->set(x);
    // What waits for a store finds this one from here on.
    if (auto to = door->get())
      self->send(to, offline_ready{});
    return x;
  });
  add("journal_writer", [this] {
    auto x = self->spawn<caf::detached>(journal_writer, parts->journal);
    writer->set(x);
    return x;
  });
  add("domain", [this, names] {
    auto x = self->spawn(causeway::domain, door, names, parts->count);
    domain->set(x);
    return x;
  });
  add("router", [this] { return start_router(); });
  add("registry", [this, domains] {
    registry = self->spawn(causeway::registry, domains, door->get(), door,
      std::function<std::string()>{random_text});
    registry_cell->set(registry);
    prepare_environment();
    return registry;
  });
  list_upstreams();
  add("session_supervisor", [this] {
    auto x = self->spawn(session_supervisor, environment, sessions,
      parts->config->node.max_sessions);
    supervisor->set(x);
    return x;
  });
  list_listeners();
  add("admin", [this] {
    admin_environment x{
      node_actor{self}, accounts, registry_cell, parts->count, parts->config};
    auto y = self->spawn(causeway::admin, std::move(x));
    admin->set(y);
    return y;
  });
}

void node_state::list_upstreams() {
  for (auto& gateway : parts->gateways)
    children.push_back({"upstream",
      [this, made_of = gateway.parts] {
        auto x = self->spawn(upstream, made_of);
        made_of->environment->servers->set(x);
        self->send(x, upstream_probe{});
        return x;
      },
      {}, {}});
}

void node_state::list_listeners() {
  urls.resize(parts->config->listeners.size());
  for (std::size_t i = 0; i < parts->config->listeners.size(); ++i)
    children.push_back(
      {"listener", [this, i] { return start_listener(i); }, {}, {}});
}

node_state::start_result node_state::start_router() {
  auto x = self->spawn(causeway::router, door, domain, offline,
    names_of(local_domains(*parts->config)), parts->count);
  if (!registry) {
    door->set(x);
    return x;
  }
  // Stanzas wait at the door until the new router knows every route.
  self->request(registry, restore_timeout, router_replaced{x})
    .then([this, x](routes_restored) { door->set(x); },
      [this](const caf::error& e) { fail("registry: " + to_string(e)); });
  return x;
}

node_state::start_result node_state::start_listener(std::size_t index) {
  auto& wanted = parts->config->listeners[index];
  auto target = std::make_shared<handle_cell<listener_actor>>();
  acceptor_settings settings{wanted, parts->config->websocket,
    parts->certificates[index], entrance, *parts->count};
  auto opened = open_acceptor(
    parts->threads, std::move(settings),
    [target](transport_ptr x) {
      if (auto to = target->get())
        caf::anon_send(to, transport_opened{std::move(x)});
      else
        x->close(1001, "no listener");
    },
    [target](std::string why) {
      if (auto to = target->get())
        caf::anon_send(to, acceptor_failed{std::move(why)});
    });
  if (!opened)
    return opened.error();
  auto url = (wanted.secure ? "wss://" : "ws://") + (*opened)->local_address()
             + parts->config->websocket.path;
  log_event(log_level::info, "listening", {{"url", url}});
  urls[index] = url;
  auto x = self->spawn(listener,
    std::make_shared<std::unique_ptr<acceptor>>(std::move(*opened)),
    std::move(url), supervisor);
  target->set(x);
  return x;
}

void node_state::prepare_environment() {
  auto x = std::make_shared<stream_environment>();
  auto& config = *parts->config;
  x->negotiation =
    std::make_shared<const protocol::stream_settings>(negotiation_of(config));
  x->management = management_of(config.stream.management);
  x->xml = client_limits_of(config);
  x->websocket = config.websocket;
  x->registry = registry;
  x->accounts = accounts;
  x->returns = door;
  x->spawn_link = [system = &self->system(), d = door](session_actor owner,
                    tracker_actor tracker, const bind_answer& bound) {
    return system->spawn(local_link, std::move(owner), std::move(tracker), d,
      bound.route, bound.presence);
  };
  std::map<std::string, upstream_environment_ptr> servers;
  for (auto& gateway : parts->gateways)
    servers.emplace(gateway.name, gateway.parts->environment);
  x->spawn_upstream_link = [system = &self->system(), servers](
                             session_actor owner, tracker_actor tracker,
                             const std::string& pattern, upstream_order order) {
    return system->spawn(upstream_link, std::move(owner), std::move(tracker),
      servers.at(pattern), std::move(order));
  };
  x->edge_resume = edge_resume_domains(config);
  x->count = parts->count;
  x->random_text = random_text;
  x->random_bytes = random_bytes;
  x->after = [&threads = parts->threads](std::chrono::milliseconds delay,
               std::function<void()> callback) {
    threads.post_after(delay, std::move(callback));
  };
  x->keys = parts->keys;
  x->node = config.node.name;
  x->incarnation = incarnation;
  x->sessions = sessions;
  x->kept = kept;
  x->journal = parts->journal;
  x->door = door;
  x->domain = domain;
  x->resumption = config.stream.management;
  environment = std::move(x);
}

// -- life and death of children -----------------------------------------------

void node_state::handle_down(const caf::down_msg& x) {
  auto i = std::find_if(children.begin(), children.end(),
    [&](auto& y) { return y.handle && y.handle.address() == x.source; });
  if (i == children.end())
    return;
  i->handle = inspectable_actor{};
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
  auto pause = i->policy.child_died(restart_policy::clock::now());
  if (!pause) {
    fail(i->kind + " died too often");
    return;
  }
  restart_due due{static_cast<std::size_t>(i - children.begin())};
  if (pause->count() == 0)
    restart(due.child);
  else
    send_after(parts->threads, *pause, node_actor{self}, due);
}

void node_state::restart(std::size_t index) {
  auto& x = children[index];
  if (stopping || x.handle)
    return;
  auto started = x.start();
  if (started) {
    x.handle = std::move(*started);
    self->monitor(x.handle);
    log_event(log_level::warn, "actor_restarted", {{"kind", x.kind}});
    return;
  }
  auto pause = x.policy.child_died(restart_policy::clock::now());
  if (!pause) {
    fail(x.kind + ": " + started.error());
    return;
  }
  log_event(log_level::error, "actor_restart_failed",
    {{"kind", x.kind}, {"detail", started.error()}});
  send_after(parts->threads, *pause, node_actor{self}, restart_due{index});
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
  log_event(log_level::info, "node_stopping",
    {{"sessions", std::to_string(sessions->size())}});
  for (auto& x : children)
    if (x.kind == "listener" && x.handle)
      self->send(caf::actor_cast<listener_actor>(x.handle), stop_request{});
  stop_sessions_after_listeners();
  send_after(parts->threads, parts->config->node.stop_grace, node_actor{self},
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
      [](auto& y) { return y.name == "sessions" && y.value == "0"; });
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
  self->quit(std::move(reason));
}

actor_snapshot node_state::snapshot() const {
  auto x = life.snapshot(self, stopping ? "stopping" : "running");
  x.fields = {{"name", parts->config->node.name},
    {"sessions", std::to_string(sessions ? sessions->size() : 0)}};
  for (auto& y : children)
    if (y.handle)
      x.children.push_back(y.handle);
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
    [self](restart_due x) { self->state.restart(x.child); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
