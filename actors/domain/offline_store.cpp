/// XEP-0160 section 2; XEP-0203.
#include "actors/domain/offline_store.hpp"

#include "actors/inspect/event_log.hpp"
#include "protocol/delay.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/server_replies.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

void offline_store_state::start() {
  loans->set_store(self);
  // Stores before this one may have left something to do.
  self->send(offline_store_actor{self}, offline_released{});
  if (auto router = door->get())
    caf::anon_send(router, offline_ready{});
}

// -- storing ------------------------------------------------------------------

void offline_store_state::take(keep_offline& x) {
  pending.push_back(std::move(x));
  schedule_commit();
}

void offline_store_state::schedule_commit() {
  if (!std::exchange(commit_scheduled, true))
    self->send(offline_store_actor{self}, offline_commit{});
}

void offline_store_state::commit() {
  commit_scheduled = false;
  auto work = std::exchange(pending, {});
  auto done = loans->delivered();
  if (work.empty() && done.empty())
    return;
  std::vector<offline_database::message> added;
  for (auto& x : work) {
    auto& row = x.stanza->origin().row;
    added.push_back({x.account, x.stanza->born(), x.stanza->stanza()->bytes,
      row ? row->id() : 0});
  }
  auto outcomes = database->write(added, done);
  if (!outcomes) {
    failed(outcomes.error());
    for (auto& x : work)
      refuse(x, protocol::stanza_error::internal_server_error);
    return;
  }
  loans->forget(done);
  counts->add(counter::offline_delivered, done.size());
  for (std::size_t i = 0; i < work.size(); ++i) {
    if ((*outcomes)[i] != offline_database::outcome::stored) {
      refuse(work[i], protocol::stanza_error::service_unavailable);
      continue;
    }
    counts->add(counter::offline_stored);
    work[i].stanza->settle();
  }
  log_event(log_level::debug, "offline_written",
    {{"messages", std::to_string(work.size())},
      {"deleted", std::to_string(done.size())}});
}

void offline_store_state::refuse(
  keep_offline& x, protocol::stanza_error condition) {
  counts->add(counter::offline_refused);
  log_event(log_level::debug, "offline_refused",
    {{"account", x.account}, {"condition", std::string{to_string(condition)}}});
  // The reply takes the read credit over.
  if (auto reply =
        protocol::make_error_reply(*x.stanza->stanza(), condition, x.account)) {
    counts->add(counter::stanzas_bounced);
    door->send(stanza_in{std::make_shared<delivery>(std::move(reply), 0, door,
      x.stanza->take_credit(), 0, direction::in, x.stanza->begin_answer())});
  }
  x.stanza->settle();
}

void offline_store_state::failed(std::string reason) {
  log_event(log_level::error, "offline_store_failed", {{"reason", reason}});
  life.last_error = std::move(reason);
}

// -- delivering ---------------------------------------------------------------

void offline_store_state::take(const offline_wanted& x) {
  // What came before is part of it.
  commit();
  auto is_taken = std::any_of(drains.begin(), drains.end(),
    [&x](auto& y) { return y.first != x.route && y.second == x.account; });
  // Another session of the account may get it all.
  if (is_taken)
    return answer({x.route, {}, true});
  drains[x.route] = x.account;
  send_batch(x.route);
}

void offline_store_state::take(const offline_unwanted& x) {
  drains.erase(x.route);
}

void offline_store_state::continue_drains() {
  for (auto route : loans->take_ended())
    if (drains.contains(route))
      send_batch(route);
  schedule_commit();
}

void offline_store_state::send_batch(route_id route) {
  auto& account = drains.at(route);
  auto credit = loans->begin_batch(route);
  offline_batch batch{route, {}, false};
  while (batch.stanzas.empty() && !batch.complete) {
    auto found = database->oldest(account, loans->batch(),
      [this](offline_id id) { return loans->is_lent(id); });
    if (!found) {
      // It stays stored until the next login.
      failed(found.error());
      batch.complete = true;
      break;
    }
    batch.complete = found->complete;
    for (auto& y : found->messages)
      if (auto stanza = lend(route, account, y, credit))
        batch.stanzas.push_back(std::move(stanza));
  }
  log_event(log_level::debug, "offline_sent",
    {{"account", account}, {"messages", std::to_string(batch.stanzas.size())}});
  if (batch.complete)
    drains.erase(route);
  answer(std::move(batch));
}

void offline_store_state::answer(offline_batch x) {
  // Without a router they come back as the batch is dropped.
  if (auto router = door->get())
    caf::anon_send(router, std::move(x));
}

delivery_ptr offline_store_state::lend(route_id route,
  const std::string& account, offline_database::stored_message& x,
  const read_credit& batch) {
  auto loan = loans->lend(x.id);
  auto stanza =
    protocol::parse_message(std::move(x.bytes), protocol::no_limits());
  if (!stanza) {
    failed("message " + std::to_string(x.id) + " for " + account
           + " is unreadable: " + stanza.error().detail);
    unreadable.push_back(std::move(loan));
    return nullptr;
  }
  auto domain = account.substr(account.find('@') + 1);
  auto late = std::make_shared<const protocol::stream_element>(
    protocol::add_delay(*stanza, domain, x.stamp));
  return std::make_shared<delivery>(std::move(late), route, door, batch, 0,
    direction::waiting, stanza_origin{0, x.stamp, std::move(loan)});
}

// -- inspection ---------------------------------------------------------------

actor_snapshot offline_store_state::snapshot() {
  auto x = life.snapshot(self);
  auto messages = database->count();
  auto number = [](auto n) { return std::to_string(n); };
  x.fields = {{"messages", messages ? number(*messages) : "unknown"},
    {"waiting", number(pending.size())}, {"lent", number(loans->size())},
    {"drains", number(drains.size())},
    {"stored", number(counts->get(counter::offline_stored))},
    {"delivered", number(counts->get(counter::offline_delivered))},
    {"refused", number(counts->get(counter::offline_refused))}};
  return x;
}

offline_store_actor::behavior_type offline_store(
  offline_store_actor::stateful_pointer<offline_store_state> self,
  std::shared_ptr<offline_database> database,
  std::shared_ptr<offline_loans> loans, std::shared_ptr<router_door> door,
  std::shared_ptr<counters> counts) {
  auto& state = self->state;
  state.database = std::move(database);
  state.loans = std::move(loans);
  state.door = std::move(door);
  state.counts = std::move(counts);
  state.start();
  return {
    [self](keep_offline& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](const offline_wanted& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](const offline_unwanted& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](offline_released) {
      self->state.life.touch();
      self->state.continue_drains();
    },
    [self](offline_commit) { self->state.commit(); },
    [self](offline_check) {
      self->state.life.touch();
      self->state.commit();
      return offline_ready{};
    },
    [self](const inspect_request&) {
      self->state.life.touch();
      return self->state.snapshot();
    },
  };
}

} // namespace causeway
