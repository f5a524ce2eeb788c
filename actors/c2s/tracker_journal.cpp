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
  auto is_known = row != nullptr;
  if (!is_known)
    row = environment->journal->make_row();
  auto id = row->id();
  x.set_row(std::move(row));
  return {id, key, seq, x.born(), x.stanza(), x.take_stored(), is_known};
}

session_saved tracker_state::describe_session(const stream_established& x,
  std::chrono::seconds window, std::optional<journal_time> parked) const {
  return {{key, x.full, x.lang, management.received(), unacked.sent(), window,
    parked, presence ? presence->bytes : std::string{}}};
}

caf::result<state_saved> tracker_state::save(save_state x) {
  life.touch();
  auto* now = std::get_if<stream_established>(&phase);
  auto& journal = environment->journal;
  // What is not acknowledged goes back to the router.
  if (!now || !management.is_resumable() || !journal || saving)
    return state_saved{};
  leave_waiting();
  auto seq = unacked.acked();
  // Where it writes ahead the journal has them.
  if (!environment->is_durable())
    unacked.for_each(
      [&](const delivery_ptr& y) { journal->write(describe(*y, ++seq)); });
  saving = std::make_unique<pending_save>();
  saving->number = ++last_write;
  saving->sent = unacked.sent();
  saving->answer = self->make_response_promise<state_saved>();
  write(
    describe_session(*now, std::chrono::seconds{management.window()}, x.since),
    saving->number);
  return saving->answer;
}

void tracker_state::committed(journal_committed x) {
  life.touch();
  go_on_to(x.number);
  if (!saving || x.number < saving->number)
    return;
  // What came for the client since is written, too.
  if (environment->is_durable()) {
    leave_waiting();
    saving->sent = unacked.sent();
  }
  unacked.acknowledge(saving->sent, [](const delivery_ptr& y) { y->leave(); });
  note_queue();
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
  note_queue();
}

} // namespace causeway
