/// The half of `tracker` for `durability: store`: each promise to a client is
/// on disk before the client hears it, and a stanza before others get it.
///
///     client -> tracker ······> link        client <······ tracker <- link
///               |       journal                    journal       |
///               |       |                                |       |
///               counts, acks                      unacked, connection
#include "actors/c2s/tracker.hpp"
#include "protocol/overload.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace causeway {

// Not where an upstream server serves the session: the next process would have
// no stream to that.
bool tracker_state::is_writing_ahead() const {
  return environment->is_durable()
         && !std::holds_alternative<tracker_relay>(phase)
         && (management.is_enabled() || management.is_granting());
}

tracker_state::~tracker_state() {
  drop_grant();
}

write_ahead& tracker_state::waiting() {
  if (!ahead)
    ahead = std::make_unique<write_ahead>();
  return *ahead;
}

void tracker_state::write(journal_change x, std::uint64_t number) {
  environment->journal->write(std::move(x), tracker_actor{self}, number);
}

// The stanza and that it was received are one transaction.
void tracker_state::write_received(delivery_ptr x, std::size_t bytes) {
  auto& stanza = x->stanza();
  auto& now = waiting();
  std::optional<std::string> announced;
  if (stanza->kind == protocol::element_kind::presence && stanza->to.empty())
    announced = presence ? presence->bytes : std::string{};
  auto row = environment->journal->make_row();
  auto id = row->id();
  x->set_row(std::move(row));
  auto count = management.received() + ++now.uncounted;
  environment->journal->write(
    {stanza_written{id, {}, 0, x->born(), stanza},
      session_received{key, count, std::move(announced)}},
    tracker_actor{self}, ++last_write);
  now.in.push_back({last_write, write_ahead::stanza{std::move(x), bytes}});
}

// Whether it has to wait for stanzas before it.
bool tracker_state::hold_back(element_in& x) {
  if (!ahead || ahead->in.empty())
    return false;
  ahead->in.push_back({ahead->in.back().number, std::move(x)});
  return true;
}

void tracker_state::write_outgoing(delivery_ptr x) {
  auto& now = waiting();
  auto seq = unacked.sent() + static_cast<std::uint32_t>(now.out.size()) + 1;
  auto is_stored = x->is_stored();
  write(describe(*x, seq), ++last_write);
  now.out.push_back({last_write, std::move(x), is_stored});
}

void tracker_state::write_grant(
  const stream_established& x, write_ahead::granted granted) {
  write(describe_session(x, std::chrono::seconds{granted.seconds}, {}),
    ++last_write);
  waiting().in.push_back({last_write, std::move(granted)});
}

void tracker_state::drop_grant() {
  if (!ahead)
    return;
  for (auto& x : ahead->in)
    if (std::holds_alternative<write_ahead::granted>(x.what))
      environment->journal->write(session_dropped{key});
}

// All stanzas have other numbers now, since one among them has gone.
void tracker_state::write_numbers(const stream_established& x) {
  std::vector<journal_change> changes{
    describe_session(x, std::chrono::seconds{management.window()}, {})};
  auto seq = unacked.acked();
  unacked.for_each(
    [&](const delivery_ptr& y) { changes.push_back(describe(*y, ++seq)); });
  ++last_write;
  if (ahead)
    for (auto& y : ahead->out) {
      y.number = last_write;
      changes.push_back(describe(*y.stanza, ++seq));
    }
  environment->journal->write(
    std::move(changes), tracker_actor{self}, last_write);
}

void tracker_state::write_parked(std::optional<journal_time> since) {
  if (is_writing_ahead() && management.is_resumable())
    environment->journal->write(session_parked{key, since});
}

void tracker_state::take(write_ahead::received& x) {
  std::visit(
    protocol::overload{
      [this](write_ahead::stanza& y) {
        --ahead->uncounted;
        hand_to_link(std::move(y.taken));
        perform(management.stanza_received(y.bytes));
      },
      [this](write_ahead::granted& y) { grant(y); },
      [this](element_in& y) {
        if (y.epoch == epoch)
          answer(*y.element, management.nonza_received(*y.element, unacked));
      },
    },
    x.what);
}

void tracker_state::go_on_to(std::uint64_t number) {
  // Each may end the stream, and with it all that waits.
  while (ahead && !ahead->in.empty() && ahead->in.front().number <= number) {
    auto next = std::move(ahead->in.front());
    ahead->in.pop_front();
    take(next);
  }
  while (ahead && !ahead->out.empty() && ahead->out.front().number <= number) {
    auto next = std::move(ahead->out.front());
    ahead->out.pop_front();
    pass_to_client(std::move(next.stanza), next.is_stored);
  }
  if (ahead && ahead->in.empty())
    for (auto& x : std::exchange(ahead->arrivals, {}))
      x.answer.deliver(attach_now(x.client));
  if (ahead && ahead->empty())
    ahead = nullptr;
}

// The stream ends: nothing counts any more. What came before that is handled;
// what is for the client is given back in its order.
void tracker_state::give_up_waiting() {
  drop_grant();
  auto x = std::exchange(ahead, nullptr);
  if (!x)
    return;
  for (auto& y : x->in)
    if (auto* stanza = std::get_if<write_ahead::stanza>(&y.what))
      hand_to_link(std::move(stanza->taken));
  for (auto& y : x->out)
    keep(std::move(y.stanza));
  for (auto& y : x->arrivals)
    y.answer.deliver(resume_verdict{});
}

// The process ends, and the next one goes on: the journal has, or will have,
// all of it.
void tracker_state::leave_waiting() {
  auto x = std::exchange(ahead, nullptr);
  if (!x)
    return;
  for (auto& y : x->in)
    if (auto* stanza = std::get_if<write_ahead::stanza>(&y.what)) {
      perform(management.stanza_received(stanza->bytes));
      stanza->taken->leave();
    }
  for (auto& y : x->out)
    keep(std::move(y.stanza));
  for (auto& y : x->arrivals)
    y.answer.deliver(resume_verdict{});
}

} // namespace causeway
