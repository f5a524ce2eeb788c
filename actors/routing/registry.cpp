/// RFC 6120 section 7.7.2: who is bound, and who has to go.
#include "actors/routing/registry.hpp"

#include "protocol/jid.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace causeway {

namespace {

/// How long a session that has to go may take to end in order. Shorter than
/// the patience of those that wait for it.
constexpr std::chrono::seconds end_timeout{5};

/// Removed accounts that are remembered, far more than an operator removes
/// while a client negotiates.
constexpr std::size_t max_removed_accounts = 10'000;

// Without a word of a client: it has none, or ends anyway.
bool is_giving_way(const registry_state::binding& x) {
  return x.ending || x.parked != 0;
}

bind_answer refusal(protocol::stanza_error condition) {
  return {{}, 0, condition};
}

} // namespace

bind_promise registry_state::bind(const bind_request& x) {
  // A request that timed out there may have been served late.
  forget(x);
  auto answer = self->make_response_promise<bind_promise>();
  auto refuse = [&answer](protocol::stanza_error condition) {
    return answer.deliver(refusal(condition));
  };
  if (is_removed(x))
    return refuse(protocol::stanza_error::not_authorized);
  auto served = domains.find(x.domain);
  if (served == domains.end())
    return refuse(protocol::stanza_error::not_allowed);
  auto& rules = served->second;
  auto full =
    x.resource.empty() ? make_full(x.bare) : x.bare + '/' + x.resource;
  auto old = by_full.find(full);
  auto must_wait = old != by_full.end()
                   && (rules.conflict == config::conflict_policy::replace_old
                       || (is_giving_way(by_route.at(old->second))
                           && !waiting.contains(full)));
  if (old != by_full.end() && !must_wait
      && rules.conflict == config::conflict_policy::refuse_new)
    return refuse(protocol::stanza_error::conflict);
  if (!make_room(x.bare, rules.max_resources, must_wait ? old->second : 0))
    return refuse(protocol::stanza_error::resource_constraint);
  if (old == by_full.end())
    return answer.deliver(admit(x, std::move(full)));
  ++conflicts;
  if (!must_wait)
    return answer.deliver(admit(x, make_full(x.bare)));
  auto& queue = waiting[full];
  queue.push_back({x, answer});
  if (queue.size() == 1)
    replace(old->second);
  return answer;
}

void registry_state::forget(const bind_request& x) {
  if (auto bound = by_bare.find(x.bare); bound != by_bare.end())
    for (auto route : bound->second)
      if (auto queue = waiting.find(by_route.at(route).full);
          queue != waiting.end()) {
        std::erase_if(queue->second,
          [&x](auto& y) { return y.request.session == x.session; });
        if (queue->second.empty())
          waiting.erase(queue);
      }
  if (auto bound = by_session.find(x.session.address());
      bound != by_session.end())
    remove(bound->second);
}

bind_answer registry_state::admit(const bind_request& x, std::string full) {
  auto route = ++last_route;
  auto added = by_route.emplace(route, binding{full, x.session, {}, false, 0});
  by_full[added.first->second.full] = route;
  by_bare[x.bare].push_back(route);
  by_session[x.session.address()] = route;
  self->monitor(x.session);
  // The router knows the sender before its first stanza can come.
  self->send(router, route_added{full, route, {}});
  return {std::move(full), route, {}};
}

bool registry_state::make_room(
  const std::string& bare, std::uint32_t max_resources, route_id old) {
  auto bound = by_bare.find(bare);
  if (bound == by_bare.end())
    return true;
  auto places = bound->second.size() - (old != 0 ? 1 : 0);
  route_id longest = 0;
  for (auto route : bound->second) {
    auto& x = by_route.at(route);
    if (x.parked == 0 || route == old)
      continue;
    if (x.ending)
      --places;
    else if (longest == 0 || x.parked < by_route.at(longest).parked)
      longest = route;
  }
  if (places < max_resources)
    return true;
  if (longest == 0 || places > max_resources)
    return false;
  replace(longest);
  return true;
}

void registry_state::park(const binding_parked& x) {
  if (auto known = by_route.find(x.route); known != by_route.end())
    known->second.parked = x.parked ? ++last_parked : 0;
}

void registry_state::replace(route_id route) {
  auto& old = by_route.at(route);
  if (!old.ending)
    self->send(old.session, end_session{protocol::stream_error::conflict,
                              "Replaced by new connection"});
  old.ending = true;
  // Keeps this actor alive no longer than the short while it takes.
  self->delayed_send(registry_actor{self}, end_timeout, end_overdue{route});
}

void registry_state::give_up(const end_overdue& x) {
  if (auto known = by_route.find(x.route); known != by_route.end())
    self->send_exit(known->second.session, caf::exit_reason::kill);
}

void registry_state::admit_next(const std::string& full) {
  auto found = waiting.find(full);
  if (found == waiting.end())
    return;
  auto& queue = found->second;
  route_id route = 0;
  while (route == 0 && !queue.empty()) {
    auto next = std::move(queue.front());
    queue.pop_front();
    auto answer = is_removed(next.request)
                    ? refusal(protocol::stanza_error::not_authorized)
                    : admit(next.request, full);
    route = answer.route;
    next.answer.deliver(std::move(answer));
  }
  if (queue.empty())
    waiting.erase(found);
  else
    replace(route);
}

bool registry_state::is_removed(const bind_request& x) const {
  auto account = removed.find(x.bare);
  return account != removed.end() && x.session.id() <= account->second;
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
  // It may have ended before it was ready.
  if (known == by_route.end())
    return;
  known->second.link = x.link;
  self->send(router, x);
}

void registry_state::end(const end_account& x) {
  if (removed.size() == max_removed_accounts && !removed.contains(x.bare))
    removed.erase(std::min_element(removed.begin(), removed.end(),
      [](auto& a, auto& b) { return a.second < b.second; }));
  removed[x.bare] = self->system().latest_actor_id();
  auto known = by_bare.find(x.bare);
  if (known == by_bare.end())
    return;
  for (auto route : known->second) {
    auto& bound = by_route.at(route);
    bound.ending = true;
    self->send(bound.session,
      end_session{protocol::stream_error::not_authorized, "Account removed"});
  }
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
  by_full.erase(x.full);
  auto full = std::move(x.full);
  if (auto i = by_bare.find(protocol::bare_of(full)); i != by_bare.end()) {
    std::erase(i->second, route);
    if (i->second.empty())
      by_bare.erase(i);
  }
  by_session.erase(x.session.address());
  by_route.erase(known);
  // The successor's route comes first: it gets what waits for the end of this
  // one.
  admit_next(full);
  self->send(router, route_removed{route});
}

actor_snapshot registry_state::snapshot() {
  auto x = life.snapshot(self);
  x.fields = {{"sessions", std::to_string(by_route.size())},
    {"accounts", std::to_string(by_bare.size())},
    {"conflicts", std::to_string(conflicts)},
    {"waiting", std::to_string(waiting.size())}};
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
    [self](const binding_parked& x) {
      self->state.life.touch();
      self->state.park(x);
    },
    [self](const end_account& x) {
      self->state.life.touch();
      self->state.end(x);
    },
    [self](end_overdue x) { self->state.give_up(x); },
    [self](const domains_changed& x) { self->state.domains = *x.domains; },
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
