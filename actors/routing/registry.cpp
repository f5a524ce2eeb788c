/// RFC 6120 section 7.7.2: who is bound, and who has to go.
#include "actors/routing/registry.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

bind_answer registry_state::bind(const bind_request& x) {
  auto refuse = [](protocol::stanza_error condition) {
    return bind_answer{{}, 0, condition};
  };
  auto served = domains.find(x.domain);
  if (served == domains.end())
    return refuse(protocol::stanza_error::not_allowed);
  auto& rules = served->second;
  auto full =
    x.resource.empty() ? make_full(x.bare) : x.bare + '/' + x.resource;
  auto old = by_full.find(full);
  if (old != by_full.end()
      && rules.conflict == config::conflict_policy::refuse_new)
    return refuse(protocol::stanza_error::conflict);
  auto replaces = old != by_full.end()
                  && rules.conflict == config::conflict_policy::replace_old;
  if (auto bound = by_bare.find(x.bare); bound != by_bare.end())
    if (bound->second.size() - (replaces ? 1 : 0) >= rules.max_resources)
      return refuse(protocol::stanza_error::resource_constraint);
  if (replaces) {
    auto route = old->second;
    self->send(
      by_route.at(route).session, end_session{protocol::stream_error::conflict,
                                    "Replaced by new connection"});
    ++conflicts;
    remove(route);
  } else if (old != by_full.end()) {
    ++conflicts;
    full = make_full(x.bare);
  }
  auto route = ++last_route;
  by_route.emplace(route, binding{full, x.bare, x.session, {}});
  by_full.emplace(full, route);
  by_bare[x.bare].push_back(route);
  by_session[x.session.address()] = route;
  self->monitor(x.session);
  // The router knows the sender before its first stanza can come.
  self->send(router, route_added{full, route, {}});
  return {std::move(full), route, {}};
}

std::string registry_state::make_full(const std::string& bare) const {
  for (;;) {
    auto full = bare + '/' + random_text();
    if (!by_full.contains(full))
      return full;
  }
}

void registry_state::add(const route_added& x) {
  auto known = by_route.find(x.route);
  // It may have been replaced before it was ready.
  if (known == by_route.end())
    return;
  known->second.link = x.link;
  self->send(router, x);
}

void registry_state::end(const end_account& x) {
  auto known = by_bare.find(x.bare);
  if (known == by_bare.end())
    return;
  for (auto route : known->second)
    self->send(by_route.at(route).session,
      end_session{protocol::stream_error::not_authorized, "Account removed"});
}

routes_restored registry_state::replace_router(const router_replaced& x) {
  router = x.router;
  // The presences that the links answer with wait there until the node lets
  // them, and then the stanzas, through to the new router.
  door->suspend();
  for (auto& [route, known] : by_route)
    self->send(router, route_added{known.full, route, known.link});
  for (auto& entry : by_route)
    if (entry.second.link)
      self->send(entry.second.link, restore_presence{});
  return {};
}

void registry_state::remove(route_id route) {
  auto known = by_route.find(route);
  if (known == by_route.end())
    return;
  auto& x = known->second;
  self->send(router, route_removed{route});
  if (auto i = by_full.find(x.full); i != by_full.end() && i->second == route)
    by_full.erase(i);
  if (auto i = by_bare.find(x.bare); i != by_bare.end()) {
    std::erase(i->second, route);
    if (i->second.empty())
      by_bare.erase(i);
  }
  by_session.erase(x.session.address());
  by_route.erase(known);
}

actor_snapshot registry_state::snapshot() {
  auto x = life.snapshot(self);
  x.fields = {{"sessions", std::to_string(by_route.size())},
    {"accounts", std::to_string(by_bare.size())},
    {"conflicts", std::to_string(conflicts)}};
  return x;
}

registry_actor::behavior_type registry(
  registry_actor::stateful_pointer<registry_state> self,
  std::map<std::string, config::domain> domains, router_actor router,
  std::shared_ptr<router_door> door, std::function<std::string()> random_text) {
  auto& state = self->state;
  state.domains = std::move(domains);
  state.router = std::move(router);
  state.door = std::move(door);
  state.random_text = std::move(random_text);
  self->set_down_handler([self](const caf::down_msg& x) {
    auto& bound = self->state.by_session;
    if (auto i = bound.find(x.source); i != bound.end())
      self->state.remove(i->second);
  });
  return {
    [self](const bind_request& x) {
      self->state.life.touch();
      return self->state.bind(x);
    },
    [self](const route_added& x) {
      self->state.life.touch();
      self->state.add(x);
    },
    [self](const end_account& x) {
      self->state.life.touch();
      self->state.end(x);
    },
    [self](const router_replaced& x) {
      self->state.life.touch();
      return self->state.replace_router(x);
    },
    [self](const inspect_request&) {
      self->state.life.touch();
      return self->state.snapshot();
    },
  };
}

} // namespace causeway
