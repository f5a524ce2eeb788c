/// XEP-0160 section 2; XEP-0203: messages that nobody takes now.
#include "actors/routing/router.hpp"
#include "protocol/delay.hpp"
#include "protocol/offline_rules.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

/// One that comes back from the store more often is refused: it may be what
/// kills the store.
constexpr std::uint32_t max_store_deaths = 3;

bool is_storable(const protocol::stream_element& x) {
  return x.kind == protocol::element_kind::message
         && protocol::offline_rule_of(x) == protocol::offline_rule::store;
}

} // namespace

// -- towards the store --------------------------------------------------------

void router_state::keep(delivery_ptr x, std::string account) {
  if (x->is_stored()) {
    x->discard();
    return;
  }
  x->set_storing();
  auto target = offline->get();
  if (!target || !awaiting_store.empty())
    awaiting_store.push_back(std::move(x));
  else
    self->send(target, keep_offline{std::move(x), std::move(account)});
}

void router_state::await_store(delivery_ptr x) {
  if (x->returns() > max_store_deaths)
    return refuse(std::move(x), protocol::stanza_error::internal_server_error);
  awaiting_store.push_back(std::move(x));
  auto target = offline->get();
  // The next one says so itself when it starts; this is for one that has
  // started before this came back.
  if (target && awaiting_store.size() == 1)
    self->request(target, caf::infinite, offline_check{})
      .then(
        [this](offline_ready) { resume_store(); }, [](const caf::error&) {});
}

void router_state::resume_store() {
  auto waiting = std::exchange(awaiting_store, {});
  std::stable_sort(waiting.begin(), waiting.end(),
    [](auto& a, auto& b) { return a->order() < b->order(); });
  for (auto& x : waiting) {
    auto sender = table->find(x->stanza()->from).route;
    perform(std::move(x), sender, 0);
  }
  for (auto& [route, x] : drains)
    ask_store(route, x.account);
}

void router_state::ask_store(route_id route, const std::string& account) {
  if (auto target = offline->get())
    self->send(target, offline_wanted{route, account});
}

// -- from the store to a session ----------------------------------------------

void router_state::restore(const presence_restored& x) {
  table->restore(x.route, x.presence);
  follow_presence(x.route, table->takes_messages(x.route));
}

void router_state::follow_presence(route_id sender, bool takes_messages) {
  if (takes_messages)
    return start_drain(sender);
  if (drains.empty() || table->takes_messages(sender))
    return;
  auto account = table->account_of(sender);
  auto was_draining = drains.contains(sender);
  for (auto& x : stop_drain(sender)) {
    auto from = table->find(x->stanza()->from).route;
    if (x->stanza()->kind == protocol::element_kind::message)
      perform(std::move(x), from, 0);
    else
      hand_over(table->find(sender), std::move(x));
  }
  if (auto next = table->taker_of(account); was_draining && next.route != 0)
    start_drain(next.route);
}

void router_state::start_drain(route_id route) {
  auto [at, is_new] = drains.try_emplace(route);
  if (!is_new)
    return;
  at->second.account = table->account_of(route);
  ask_store(route, at->second.account);
}

std::vector<delivery_ptr> router_state::stop_drain(route_id route) {
  auto found = drains.extract(route);
  if (found.empty())
    return {};
  if (auto target = offline->get())
    self->send(target, offline_unwanted{route});
  return std::move(found.mapped().held);
}

void router_state::take(offline_batch& x) {
  auto found = drains.find(x.route);
  if (found == drains.end()) {
    // It takes no more, and the router before this one has not said so.
    if (auto target = offline->get())
      self->send(target, offline_unwanted{x.route});
    for (auto& stanza : x.stanzas)
      retry(std::move(stanza));
    return;
  }
  auto account = found->second.account;
  auto held = std::exchange(found->second.held, {});
  auto was_asked = found->second.asked;
  if (x.complete && was_asked)
    drains.erase(found);
  else
    // What was stored behind the others while they were sent comes last.
    found->second.asked = x.complete;
  auto to = table->find(x.route);
  counts->add(counter::stanzas_routed, x.stanzas.size());
  for (auto& stanza : x.stanzas)
    hand_over(to, std::move(stanza));
  for (auto& stanza : held) {
    stanza->renew_order();
    if (must_queue(x.route, *stanza->stanza()))
      keep(std::move(stanza), account);
    else
      hand_over(to, std::move(stanza));
  }
  if (x.complete && !was_asked)
    ask_store(x.route, account);
}

bool router_state::must_queue(
  route_id route, const protocol::stream_element& x) const {
  if (drains.empty() || ending.contains(route))
    return false;
  auto found = drains.find(route);
  return found != drains.end() && !found->second.asked && is_storable(x);
}

void router_state::add_delay(delivery& x, route_id addressee) const {
  auto& stanza = *x.stanza();
  if (stanza.kind != protocol::element_kind::message)
    return;
  auto account = table->account_of(addressee);
  auto domain = account.substr(account.find('@') + 1);
  x.reword(std::make_shared<const protocol::stream_element>(
    protocol::add_delay(stanza, domain, x.born())));
}

} // namespace causeway
