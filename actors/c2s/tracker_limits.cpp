/// The half of `tracker` for clients that do not acknowledge: their senders
/// slow down before a limit ends the session, and a stanza that ends each
/// connection is sent no more.
#include "actors/c2s/tracker.hpp"
#include "actors/inspect/event_log.hpp"
#include "protocol/server_replies.hpp"

#include <memory>
#include <utility>

namespace causeway {

namespace {

/// The longest that a sender waits for the acks of another client. That one may
/// be waiting for it in the same way, its acks behind what is not read.
constexpr std::chrono::milliseconds longest_wait{1000};

} // namespace

bool tracker_state::is_crowded() const {
  if (management.is_enabled())
    return management.is_crowded(unacked.size(), unacked.bytes());
  auto* now = std::get_if<tracker_relay>(&phase);
  return now && now->lockstep->is_crowded();
}

void tracker_state::hold(const read_credit& x, bool is_stored) {
  // The server of a client that is away is slowed down, too: nobody else waits
  // for it.
  if (!x || (!is_stored && !connection && !edge))
    return;
  if (!held)
    held = std::make_shared<held_credit>();
  if (is_stored)
    held->keep_stored(x);
  else if (held->keep_sender(x))
    environment->after(longest_wait, [weak = std::weak_ptr{held}] {
      if (auto strong = weak.lock())
        strong->release_senders();
    });
}

void tracker_state::release_if_roomy() {
  if (held && !is_crowded())
    std::exchange(held, nullptr)->release();
}

void tracker_state::acknowledge(std::uint32_t h) {
  auto before = unacked.acked();
  unacked.acknowledge(h, [](const delivery_ptr& x) { x->settle(); });
  if (unacked.acked() != before)
    poison.progressed();
  tell_handled(unacked.acked() - before);
  note_queue();
  release_if_roomy();
}

// What follows moves up in the client's count, which it was never part of.
void tracker_state::refuse_poison() {
  poison.progressed();
  if (unacked.empty())
    return;
  auto bad = unacked.remove_oldest();
  note_queue();
  auto& stanza = *bad->stanza();
  environment->count->add(counter::poison_stanzas);
  auto* local = std::get_if<stream_established>(&phase);
  log_event(log_level::warn, "poison_stanza",
    {{"jid", local ? local->full : edge->full}, {"id", stanza.id},
      {"from", stanza.from}, {"bytes", std::to_string(stanza.bytes.size())}});
  if (local)
    refuse_poison(*local, *bad);
  else
    bounce(*edge, stanza, protocol::stanza_error::service_unavailable);
  tell_handled(1);
  bad->settle();
}

void tracker_state::refuse_poison(const stream_established& x, delivery& bad) {
  // Others may have had their copies without harm.
  if (bad.way() == direction::out_copy)
    return;
  auto reply = protocol::make_error_reply(
    *bad.stanza(), protocol::stanza_error::service_unavailable, x.full);
  if (!reply)
    return;
  environment->count->add(counter::stanzas_bounced);
  self->send(x.link, stanza_in{std::make_shared<delivery>(
                       std::move(reply), 0, environment->returns)});
}

} // namespace causeway
