/// RFC 6120 section 10, carried out.
#include "actors/routing/router.hpp"

#include "protocol/overload.hpp"
#include "protocol/server_replies.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace causeway {

namespace {

/// A stanza that came back more often is refused: it may be what kills its
/// holders.
constexpr std::uint32_t max_returns = 3;

void restore_order(std::vector<delivery_ptr>& x) {
  std::stable_sort(x.begin(), x.end(),
    [](auto& a, auto& b) { return a->order() < b->order(); });
}

} // namespace

void router_state::take(stanza_in& x) {
  auto sender = x.stanza->route();
  perform(std::move(x.stanza), sender, 0);
}

void router_state::take(stanza_made& x) {
  perform(std::make_shared<delivery>(std::move(x.stanza), 0, door), 0, 0);
}

void router_state::take(stanza_returned& x) {
  counts->add(counter::stanzas_returned);
  auto to = table->find(x.stanza->route());
  auto way = x.stanza->way();
  if (way == direction::storing)
    return await_store(std::move(x.stanza));
  if (way == direction::restored) {
    auto sender = table->find(x.stanza->stanza()->from).route;
    return perform(std::move(x.stanza), sender, 0);
  }
  if (way == direction::in || to.route == 0)
    return retry(std::move(x.stanza));
  // The router before this one had it; its addressee is well.
  if (way == direction::waiting || way == direction::waiting_copy)
    return send_out(to, std::move(x.stanza));
  // Its addressee is coming to its end.
  ending[to.route].push_back(std::move(x.stanza));
}

void router_state::retry(delivery_ptr x) {
  auto& stanza = *x->stanza();
  if (x->returns() > max_returns)
    return refuse(std::move(x), protocol::stanza_error::service_unavailable);
  if (x->way() == direction::in) {
    auto sender = x->route();
    return perform(std::move(x), sender, 0);
  }
  // Presence is for those who are there.
  if (stanza.kind == protocol::element_kind::presence)
    return drop(std::move(x));
  auto sender = table->find(stanza.from).route;
  auto failed = x->route();
  if (x->way() == direction::out || x->way() == direction::waiting)
    return perform(std::move(x), sender, failed);
  // The other sessions had their copies; only if none is left has nobody.
  auto decision = table->route(x->stanza(), sender, failed);
  if (std::holds_alternative<protocol::store_offline>(decision)
      || std::holds_alternative<protocol::reply_error>(decision))
    count_return(decision);
  if (auto* store = std::get_if<protocol::store_offline>(&decision))
    keep(std::move(x), std::move(store->account));
  else if (auto* error = std::get_if<protocol::reply_error>(&decision))
    refuse(std::move(x), error->condition);
  else
    drop(std::move(x));
}

void router_state::perform(delivery_ptr x, route_id sender, route_id failed) {
  auto decision = table->route(x->stanza(), sender, failed);
  if (failed != 0)
    count_return(decision);
  // Has waited for a session, the offline store or this process.
  auto is_late = failed != 0 || x->way() == direction::storing
                 || x->way() == direction::restored;
  if (auto* to = std::get_if<protocol::deliver_to>(&decision)) {
    if (must_queue(to->route, *x->stanza()))
      return keep(std::move(x), drains.at(to->route).account);
    if (is_late)
      add_delay(*x, to->route);
    return deliver(std::move(x), *to);
  }
  std::visit(
    protocol::overload{
      [&](protocol::deliver_to) {},
      [&](protocol::deliver_copies& all) {
        if (x->stanza()->kind == protocol::element_kind::message)
          return deliver_message(std::move(x), all.copies, is_late);
        deliver_copies(x, all.copies);
        if (x->stanza()->to.empty())
          follow_presence(sender, all.takes_messages);
      },
      [&](protocol::hand_to_domain) { ask_domain(std::move(x)); },
      [&](protocol::store_offline& to) {
        keep(std::move(x), std::move(to.account));
      },
      [&](protocol::reply_error e) { refuse(std::move(x), e.condition); },
      [&](protocol::drop_stanza) { drop(std::move(x)); },
    },
    decision);
}

void router_state::count_return(const protocol::routing_decision& x) {
  std::visit(protocol::overload{
               [](const auto&) {},
               [&](const protocol::deliver_to&) {
                 counts->add(counter::returned_delivered);
               },
               [&](const protocol::deliver_copies&) {
                 counts->add(counter::returned_delivered);
               },
               [&](const protocol::store_offline&) {
                 counts->add(counter::returned_stored);
               },
               [&](const protocol::reply_error&) {
                 counts->add(counter::returned_bounced);
               },
             },
    x);
}

void router_state::deliver_message(
  delivery_ptr x, std::vector<protocol::routed_copy>& copies, bool is_late) {
  // One device is enough where others have to wait for older messages.
  auto account = table->account_of(copies.empty() ? 0 : copies[0].to.route);
  std::erase_if(
    copies, [&](auto& y) { return must_queue(y.to.route, *x->stanza()); });
  if (copies.empty())
    return keep(std::move(x), std::move(account));
  if (is_late) {
    add_delay(*x, copies.front().to.route);
    for (auto& copy : copies)
      copy.stanza = x->stanza();
  }
  // The store keeps it once.
  if (x->is_stored())
    return deliver(std::move(x), copies.front().to);
  deliver_copies(x, copies);
}

void router_state::deliver(delivery_ptr x, protocol::deliver_to to) {
  counts->add(counter::stanzas_routed);
  if (x.use_count() == 1) {
    x->redirect(to.route);
    return send_out(to, std::move(x));
  }
  auto out = std::make_shared<delivery>(x->stanza(), to.route, door,
    x->take_credit(), x->returns(), direction::out, x->take_origin());
  x->settle();
  send_out(to, std::move(out));
}

void router_state::deliver_copies(
  const delivery_ptr& x, std::vector<protocol::routed_copy>& copies) {
  auto way = copies.size() > 1 ? direction::out_copy : direction::out;
  counts->add(counter::stanzas_routed, copies.size());
  for (auto& copy : copies)
    send_out(
      copy.to, std::make_shared<delivery>(std::move(copy.stanza), copy.to.route,
                 door, x->credit(), x->returns(), way, x->origin()));
  x->take_credit();
  // They share what is on disk.
  if (!copies.empty())
    x->take_origin();
  x->settle();
}

void router_state::send_out(protocol::deliver_to to, delivery_ptr x) {
  if (!drains.empty() && !ending.contains(to.route))
    if (auto found = drains.find(to.route);
        found != drains.end() && found->second.asked) {
      x->set_waiting(true);
      found->second.held.push_back(std::move(x));
      return;
    }
  hand_over(to, std::move(x));
}

void router_state::hand_over(protocol::deliver_to to, delivery_ptr x) {
  auto& link = links[to.slot];
  x->set_waiting(!link);
  if (!link)
    awaiting_link[to.route].push_back(std::move(x));
  else if (!ending.empty() && ending.contains(to.route))
    ending[to.route].push_back(std::move(x));
  else
    self->send(link, stanza_out{std::move(x)});
}

void router_state::ask_domain(delivery_ptr x) {
  auto target = domain->get();
  if (!target)
    return refuse(std::move(x), protocol::stanza_error::service_unavailable);
  self->send(target, stanza_in{std::move(x)});
}

void router_state::refuse(delivery_ptr x, protocol::stanza_error condition) {
  if (x->is_stored())
    return drop(std::move(x));
  auto& stanza = *x->stanza();
  auto to = x->way() == direction::in && x->route() != 0
              ? table->find(x->route())
              : table->find(stanza.from);
  std::string_view from = stanza.from;
  auto reply = protocol::make_error_reply(
    stanza, condition, from.substr(0, from.find('/')));
  if (to.route == 0 || !reply)
    return drop(std::move(x));
  counts->add(counter::stanzas_bounced);
  auto origin = x->begin_answer();
  x->settle();
  send_out(to, std::make_shared<delivery>(std::move(reply), to.route, door,
                 x->take_credit(), 0, direction::out, std::move(origin)));
}

void router_state::drop(delivery_ptr x) {
  if (!x->is_stored())
    counts->add(counter::stanzas_dropped);
  x->discard();
}

void router_state::add(const route_added& x) {
  auto slot = table->add(x.route, x.full);
  if (links.size() <= slot)
    links.resize(slot + 1);
  auto was_ready = static_cast<bool>(links[slot]);
  links[slot] = x.link;
  if (was_ready || !x.link)
    return;
  auto early = awaiting_link.extract(x.route);
  if (early.empty())
    return;
  // What a session of the same name gave back came in late.
  restore_order(early.mapped());
  for (auto& stanza : early.mapped())
    send_out({x.route, slot}, std::move(stanza));
}

void router_state::remove(route_id route) {
  auto known = table->find(route);
  if (known.route == 0)
    return;
  auto account = table->account_of(route);
  auto was_draining = drains.contains(route);
  auto stanzas = stop_drain(route);
  auto notices = table->remove(route);
  links[known.slot] = link_actor{};
  for (auto& notice : notices)
    send_out(
      notice.to, std::make_shared<delivery>(std::move(notice.stanza),
                   notice.to.route, door, nullptr, 0, direction::out_copy));
  for (auto* held : {&ending, &awaiting_link})
    if (auto found = held->extract(route); !found.empty())
      std::move(found.mapped().begin(), found.mapped().end(),
        std::back_inserter(stanzas));
  restore_order(stanzas);
  for (auto& stanza : stanzas)
    retry(std::move(stanza));
  if (auto next = table->taker_of(account); was_draining && next.route != 0)
    start_drain(next.route);
}

actor_snapshot router_state::snapshot() {
  auto x = life.snapshot(self);
  std::size_t waiting = 0;
  for (auto* held : {&ending, &awaiting_link})
    for (auto& entry : *held)
      waiting += entry.second.size();
  for (auto& entry : drains)
    waiting += entry.second.held.size();
  x.fields = {{"routes", std::to_string(table->size())},
    {"available", std::to_string(table->available())},
    {"held", std::to_string(waiting)},
    {"awaiting_store", std::to_string(awaiting_store.size())},
    {"drains", std::to_string(drains.size())},
    {"routed", std::to_string(counts->get(counter::stanzas_routed))},
    {"bounced", std::to_string(counts->get(counter::stanzas_bounced))},
    {"returned", std::to_string(counts->get(counter::stanzas_returned))},
    {"dropped", std::to_string(counts->get(counter::stanzas_dropped))}};
  return x;
}

router_actor::behavior_type router(
  router_actor::stateful_pointer<router_state> self,
  std::shared_ptr<router_door> door,
  std::shared_ptr<const handle_cell<domain_actor>> domain,
  std::shared_ptr<const handle_cell<offline_store_actor>> offline,
  std::vector<std::string> domains, std::shared_ptr<counters> counts) {
  auto& state = self->state;
  state.table.emplace(std::move(domains));
  state.door = std::move(door);
  state.domain = std::move(domain);
  state.offline = std::move(offline);
  state.counts = std::move(counts);
  return {
    [self](stanza_in& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](stanza_made& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](stanza_returned& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](offline_batch& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](const offline_ready&) {
      self->state.life.touch();
      self->state.resume_store();
    },
    [self](const route_added& x) {
      self->state.life.touch();
      self->state.add(x);
    },
    [self](const route_removed& x) {
      self->state.life.touch();
      self->state.remove(x.route);
    },
    [self](const presence_restored& x) {
      self->state.life.touch();
      self->state.restore(x);
    },
    [self](const domains_changed& x) {
      std::vector<std::string> names;
      for (auto& [name, served] : *x.domains)
        names.push_back(name);
      self->state.table->serve(std::move(names));
    },
    [self](const inspect_request&) {
      self->state.life.touch();
      return self->state.snapshot();
    },
  };
}

} // namespace causeway
