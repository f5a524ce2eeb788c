/// The part of `node` that puts another configuration in force. What can fail
/// comes first: all has been prepared but the sockets of new listeners.
#include "actors/inspect/log_settings.hpp"
#include "actors/node.hpp"
#include "actors/stream_settings.hpp"
#include "config/address.hpp"
#include "config/yaml_document.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

/// Where the listeners of a configuration come from.
struct node_state::listener_plan {
  struct wanted {
    std::shared_ptr<listener_slot> slot;
    /// The child that listens there already; 0: none.
    std::uint64_t child = 0;
    opened_listener opened;
  };
  prepared_config_ptr now;
  std::vector<wanted> listeners;
  /// Children that end.
  std::vector<std::uint64_t> removed;
  /// Those whose sockets were closed, to make room for others.
  std::vector<std::uint64_t> closed;
};

namespace {

bool overlaps(const std::string& a, const std::string& b) {
  auto x = config::parse_address(a);
  auto y = config::parse_address(b);
  return x && y && x->overlaps(*y);
}

bool sends_tls(const config::listener& x, const config::listener& y) {
  return x.secure == y.secure;
}

} // namespace

config_applied node_state::apply(const apply_config& x) {
  life.touch();
  auto& wanted = x.prepared;
  if (stopping)
    return {{{{}, 0, 0, {}, "the server is stopping"}}};
  listener_plan plan;
  plan.now = wanted;
  if (auto errors = open_listeners(plan); !errors.empty())
    return {std::move(errors)};
  if (auto errors = change_log(wanted->config->log); !errors.empty()) {
    restore(plan);
    return {std::move(errors)};
  }
  auto before = std::exchange(parts->now, wanted);
  parts->in_force->set(wanted);
  commit_listeners(plan);
  auto& now = config();
  entrance->set_limits(admission_limits_of(now));
  auto& management = now.stream.management;
  loans->set_batch(
    offline_batch_for({management.max_unacked, management.max_unacked_bytes}));
  apply_domains(*before->config);
  apply_upstreams(*before);
  prepare_environment();
  self->send(supervisor->get(), policy_changed{environment});
  return {};
}

// Levels set by hand outlive a reload of other keys.
std::vector<config::config_error> node_state::change_log(
  const config::log& x) const {
  if (x == config().log)
    return {};
  auto why = change_event_log(log_settings_of(x));
  if (why.empty())
    return {};
  return {
    {{}, 0, 0, x.output == "file" ? "log.file" : "log.output", std::move(why)}};
}

// -- listeners ----------------------------------------------------------------

std::vector<config::config_error> node_state::open_listeners(
  listener_plan& plan) {
  auto& listeners = plan.now->config->listeners;
  std::vector<const child*> free;
  for (auto& x : children)
    if (x.slot)
      free.push_back(&x);
  plan.listeners.resize(listeners.size());
  // The same address goes on; of several with port 0, those first that have
  // TLS as before.
  auto match = [&](auto&& fits) {
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      auto& wanted = plan.listeners[i];
      if (wanted.child != 0)
        continue;
      auto old = std::ranges::find_if(free, [&](auto* x) {
        auto& settings = x->slot->settings;
        return settings.address == listeners[i].address
               && fits(settings, listeners[i]);
      });
      if (old == free.end())
        continue;
      wanted = {(*old)->slot, (*old)->number, {}};
      free.erase(old);
    }
  };
  match(sends_tls);
  match([](auto&, auto&) { return true; });
  for (auto* x : free)
    plan.removed.push_back(x->number);

  std::vector<config::config_error> errors;
  auto open_at = [&](std::size_t i) {
    auto& wanted = plan.listeners[i];
    wanted.slot = std::make_shared<listener_slot>(
      listener_slot{listeners[i], plan.now->certificates[i], {}});
    auto opened = open(*wanted.slot, plan.now->config->websocket);
    if (opened)
      wanted.opened = std::move(*opened);
    else
      errors.push_back({{}, 0, 0,
        config::join_key(config::join_index("listeners", i), "address"),
        opened.error()});
  };
  auto in_the_way = [&](std::size_t i) {
    std::vector<const child*> out;
    std::ranges::copy_if(free, std::back_inserter(out), [&](auto* x) {
      return overlaps(x->slot->settings.address, listeners[i].address);
    });
    return out;
  };
  // Those last for which a socket has to be closed before.
  std::vector<std::size_t> late;
  for (std::size_t i = 0; i < listeners.size(); ++i)
    if (plan.listeners[i].child == 0) {
      if (in_the_way(i).empty())
        open_at(i);
      else
        late.push_back(i);
    }
  if (!errors.empty())
    return errors;
  for (auto i : late) {
    for (auto* x : in_the_way(i)) {
      if (!std::ranges::count(plan.closed, x->number))
        plan.closed.push_back(x->number);
      if (auto socket = x->slot->socket.lock())
        socket->stop();
    }
    open_at(i);
  }
  if (!errors.empty())
    restore(plan);
  return errors;
}

// A socket that was closed cannot be opened again: its listener is replaced.
void node_state::restore(const listener_plan& plan) {
  for (auto& x : plan.listeners)
    if (x.opened.socket)
      x.opened.socket->stop();
  for (auto number : plan.closed) {
    auto slot = std::ranges::find(children, number, &child::number)->slot;
    dismiss(number);
    auto& again = add_listener(slot);
    if (!start_child(again)) {
      log_event(log_level::error, "actor_restart_failed",
        {{"kind", again.kind}, {"detail", life.last_error}});
      restart_later(again);
    }
  }
}

void node_state::commit_listeners(listener_plan& plan) {
  auto& now = *plan.now;
  for (std::size_t i = 0; i < plan.listeners.size(); ++i) {
    auto& x = plan.listeners[i];
    if (x.child == 0) {
      auto& added = add_listener(x.slot);
      added.handle = *start_listener(x.slot, std::move(x.opened));
      self->monitor(added.handle);
      continue;
    }
    x.slot->settings = now.config->listeners[i];
    x.slot->tls = now.certificates[i];
    if (auto socket = x.slot->socket.lock())
      socket->apply(now.config->websocket, x.slot->tls);
  }
  for (auto number : plan.removed) {
    auto old = std::ranges::find(children, number, &child::number);
    if (auto socket = old->slot->socket.lock()) {
      log_event(log_level::info, "not_listening", {{"url", socket->url()}});
      // The port is free when the reload is answered.
      socket->stop();
    }
    dismiss(number);
  }
}

// -- domains ------------------------------------------------------------------

void node_state::apply_domains(const config::configuration& before) {
  auto now = local_domains(config());
  if (now == local_domains(before))
    return;
  domains_changed x{
    std::make_shared<const std::map<std::string, config::domain>>(
      std::move(now))};
  self->send(accounts->get(), x);
  self->send(domain->get(), x);
  self->send(door->get(), x);
  self->send(registry, x);
}

void node_state::apply_upstreams(const prepared_config& before) {
  auto find = [](const std::vector<gateway_domain>& all,
                const std::string& name) {
    return std::ranges::find(all, name, &gateway_domain::name);
  };
  for (auto& x : parts->now->gateways)
    if (find(before.gateways, x.name) != before.gateways.end()) {
      // One that is being restarted finds them itself.
      self->send(
        x.parts->environment->servers->get(), upstream_changed{x.parts});
    } else if (auto& added = add_upstream(x); !start_child(added)) {
      restart_later(added);
    }
  for (auto& x : before.gateways)
    if (find(parts->now->gateways, x.name) == parts->now->gateways.end()) {
      x.parts->environment->servers->set({});
      auto old = std::ranges::find(children, x.name, &child::domain);
      if (old != children.end())
        dismiss(old->number);
    }
}

} // namespace causeway
