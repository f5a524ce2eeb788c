/// The half of `tracker` for sessions that outlive their process.
#include "actors/c2s/tracker.hpp"

#include <utility>

namespace causeway {

void tracker_state::note_presence(const protocol::element_ptr& x) {
  if (x->kind != protocol::element_kind::presence || !x->to.empty())
    return;
  if (x->type.empty())
    presence = x;
  else if (x->type == "unavailable")
    presence = nullptr;
}

stanza_written tracker_state::describe(delivery& x, std::uint32_t seq) const {
  auto& origin = x.origin();
  auto row = origin.row ? origin.row->claim() : nullptr;
  if (!row)
    row = environment->journal->make_row();
  auto id = row->id();
  x.set_row(std::move(row));
  return {id, key, seq, x.born(), x.stanza(),
    origin.stored ? origin.stored->number() : 0};
}

caf::result<state_saved> tracker_state::save(save_state x) {
  life.touch();
  auto* now = std::get_if<stream_established>(&phase);
  auto& journal = environment->journal;
  // What is not acknowledged goes back to the router.
  if (!now || !management.is_resumable() || !journal || saving)
    return state_saved{};
  // None of it waits for the journal any more: it is about to be written anew.
  if (ahead) {
    for (auto& y : ahead->in)
      if (auto* bytes = std::get_if<std::size_t>(&y.what))
        perform(management.stanza_received(*bytes));
    give_up_waiting();
  }
  auto seq = unacked.acked();
  unacked.for_each(
    [&](const delivery_ptr& y) { journal->write(describe(*y, ++seq)); });
  session_record record{key, now->full, now->lang, management.received(),
    unacked.sent(), std::chrono::seconds{management.window()}, x.since,
    presence ? presence->bytes : std::string{}};
  saving.emplace();
  saving->number = ++last_write;
  saving->sent = unacked.sent();
  saving->answer = self->make_response_promise<state_saved>();
  journal->write(
    session_saved{std::move(record)}, tracker_actor{self}, saving->number);
  return saving->answer;
}

void tracker_state::committed(journal_committed x) {
  life.touch();
  go_on_to(x.number);
  if (!saving || x.number < saving->number)
    return;
  unacked.acknowledge(saving->sent, [](const delivery_ptr& y) { y->leave(); });
  saving->answer.deliver(state_saved{true});
  saving.reset();
}

void tracker_state::restore(const stream_established& x) {
  auto& record = x.saved->record;
  key = record.key;
  presence = x.saved->presence;
  epoch = no_epoch;
  management.restore(
    record.received, static_cast<std::uint32_t>(record.window.count()));
  if (!record.parked)
    write_parked(std::chrono::system_clock::now());
  auto& stanzas = x.saved->unacked;
  unacked = protocol::resend_queue<delivery_ptr>{
    record.sent - static_cast<std::uint32_t>(stanzas.size())};
  for (auto& y : stanzas) {
    stanza_origin origin{0, y.stamp, nullptr, environment->journal->row(y.id)};
    unacked.push(
      std::make_shared<delivery>(y.stanza, x.route, environment->returns,
        nullptr, 0, direction::out, std::move(origin)),
      y.stanza->bytes.size());
  }
}

} // namespace causeway
