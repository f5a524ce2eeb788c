/// The half of `tracker` for `durability: store`: each promise to a client is
/// on disk before the client hears it.
///
///     client -> tracker -> link             client <- tracker <- link
///               |  journal                            |  journal
///               |  |                                  |  |
///               counts, acks                          unacked, connection
///
/// What is handed to the link need not wait: whatever others see of it is
/// written after it, in this order.
#include "actors/c2s/tracker.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace causeway {

bool tracker_state::is_durable() const {
  return environment->journal
         && environment->resumption.durability == config::ack_durability::store;
}

bool tracker_state::is_writing_ahead() const {
  return is_durable() && (management.is_enabled() || management.is_granting());
}

tracker_state::~tracker_state() {
  drop_grant();
}

write_ahead& tracker_state::waiting() {
  if (!ahead)
    ahead = std::make_unique<write_ahead>();
  return *ahead;
}

// The stanza and that it was received are one transaction.
void tracker_state::write_received(delivery& x, std::size_t bytes) {
  auto& journal = environment->journal;
  auto& stanza = x.stanza();
  auto row = journal->make_row();
  auto count = management.received() + 1;
  for (auto& y : waiting().in)
    count += std::holds_alternative<std::size_t>(y.what);
  std::optional<std::string> announced;
  if (stanza->kind == protocol::element_kind::presence && stanza->to.empty())
    announced = presence ? presence->bytes : std::string{};
  journal->write(stanza_written{row->id(), {}, 0, x.born(), stanza});
  journal->write(session_received{key, count, std::move(announced)},
    tracker_actor{self}, ++last_write);
  x.set_row(std::move(row));
  waiting().in.push_back({last_write, bytes});
}

// Whether it has to wait for stanzas before it.
bool tracker_state::hold_back(element_in& x) {
  if (!ahead || ahead->in.empty())
    return false;
  ahead->in.push_back({ahead->in.back().number, std::move(x)});
  return true;
}

void tracker_state::write_outgoing(delivery_ptr x) {
  auto seq =
    unacked.sent() + static_cast<std::uint32_t>(waiting().out.size()) + 1;
  environment->journal->write(
    describe(*x, seq), tracker_actor{self}, ++last_write);
  waiting().out.push_back({last_write, std::move(x)});
}

void tracker_state::write_grant(
  const stream_established& x, write_ahead::granted granted) {
  write_session(x, std::chrono::seconds{granted.seconds});
  environment->journal->write(session_received{key, management.received(), {}},
    tracker_actor{self}, ++last_write);
  waiting().in.push_back({last_write, std::move(granted)});
}

void tracker_state::drop_grant() {
  if (!ahead)
    return;
  for (auto& x : ahead->in)
    if (std::holds_alternative<write_ahead::granted>(x.what))
      environment->journal->write(session_dropped{key});
}

void tracker_state::write_session(
  const stream_established& x, std::chrono::seconds window) {
  environment->journal->write(
    session_saved{{key, x.full, x.lang, management.received(), unacked.sent(),
      window, std::nullopt, presence ? presence->bytes : std::string{}}});
}

// All stanzas have other numbers now, since one among them has gone.
void tracker_state::write_numbers(const stream_established& x) {
  auto& journal = environment->journal;
  write_session(x, std::chrono::seconds{management.window()});
  auto seq = unacked.acked();
  unacked.for_each(
    [&](const delivery_ptr& y) { journal->write(describe(*y, ++seq)); });
  if (ahead)
    for (auto& y : ahead->out) {
      y.number = ++last_write;
      journal->write(
        describe(*y.stanza, ++seq), tracker_actor{self}, last_write);
    }
}

void tracker_state::write_parked(std::optional<journal_time> since) {
  if (is_writing_ahead() && management.is_resumable())
    environment->journal->write(session_parked{key, since});
}

void tracker_state::go_on_to(std::uint64_t number) {
  auto is_written = [&](auto& list) {
    return ahead && !list.empty() && list.front().number <= number;
  };
  // Each may end the stream, and with it all that waits.
  while (ahead && is_written(ahead->in)) {
    auto next = std::move(ahead->in.front().what);
    ahead->in.pop_front();
    if (auto* bytes = std::get_if<std::size_t>(&next))
      perform(management.stanza_received(*bytes));
    else if (auto* granted = std::get_if<write_ahead::granted>(&next))
      grant(*granted);
    else if (auto& x = std::get<element_in>(next); x.epoch == epoch)
      handle_nonza(x);
  }
  while (ahead && is_written(ahead->out)) {
    auto next = std::move(ahead->out.front().stanza);
    ahead->out.pop_front();
    // The journal has it now, and not the offline store.
    next->forget_stored();
    pass_to_client(std::move(next));
  }
  if (ahead && ahead->in.empty())
    for (auto& x : std::exchange(ahead->arrivals, {}))
      x.answer.deliver(attach_now(x.client));
  if (ahead && ahead->empty())
    ahead = nullptr;
}

// Nothing counts any more; what is for the client is given back in its order.
void tracker_state::give_up_waiting() {
  drop_grant();
  if (auto x = std::exchange(ahead, nullptr)) {
    for (auto& y : x->out) {
      auto bytes = y.stanza->stanza()->bytes.size();
      unacked.push(std::move(y.stanza), bytes);
    }
    for (auto& y : x->arrivals)
      y.answer.deliver(resume_verdict{});
  }
}

} // namespace causeway
