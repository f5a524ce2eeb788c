/// The half of `session` for gateway domains: what the machine of the client's
/// leg says, and what the upstream link sends.
#include "actors/c2s/session.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/inspect/redaction.hpp"
#include "actors/upstream/kept_sessions.hpp"

#include <utility>

namespace causeway {

const std::string& session_state::domain() const {
  return gateway ? gateway->domain() : stream->domain();
}

std::string_view session_state::state_name() const {
  return gateway ? gateway->state_name() : stream->state_name();
}

bool session_state::is_established() const {
  return gateway ? gateway->is_established() : stream->is_established();
}

void session_state::relay_step(const protocol::gateway_event& event) {
  if (ending)
    return;
  auto was_established = gateway->is_established();
  if (perform_all(gateway->handle(event)) == performed::ended)
    return;
  if (!gateway->is_waiting() && !gateway->is_established())
    let_client_go_on();
  if (!was_established && gateway->is_established())
    client_waits = false;
}

void session_state::take_upstream(
  const protocol::gateway_event& event, read_credit held) {
  life.touch();
  credit = std::move(held);
  if (ending || !gateway)
    return;
  auto bound_before = gateway->is_established();
  relay_step(event);
  credit = nullptr;
  // `upstream_bound` has taken the place of the last one.
  if (!ending && !bound_before && !gateway->is_established())
    self->send(upstream, upstream_next{});
}

bool session_state::perform(protocol::relay_stream& x) {
  auto& shared = *environment->negotiation;
  auto can_resume = environment->management_of(x.wish.to).resume_seconds > 0;
  protocol::gateway_settings settings{x.wish.to, shared.offer_sm,
    shared.max_auth_failures, shared.limits_before_auth, shared.limits,
    can_resume ? environment->keys : nullptr,
    can_resume && environment->edge_resume.contains(x.pattern)};
  gateway = std::make_unique<protocol::gateway_stream>(std::move(settings),
    std::move(x.wish), std::move(x.id), peer.secure || peer.loopback);
  pattern = std::move(x.pattern);
  perform_all(gateway->start());
  return true;
}

bool session_state::perform(protocol::open_upstream& x) {
  upstream_order order;
  order.wish = std::move(x.wish);
  order.client = peer.address;
  order.server = peer.local;
  order.behind_proxy = !peer.secure;
  order.stream_id = stream_id;
  order.traces = environment->traces;
  upstream = environment->spawn_upstream_link(
    session_actor{self}, tracker, pattern, std::move(order));
  link = upstream;
  self->monitor(link);
  return true;
}

bool session_state::perform(protocol::reopen_upstream& x) {
  self->send(upstream, upstream_reopen{std::move(x.from), std::move(x.lang)});
  return true;
}

bool session_state::perform(protocol::send_upstream& x) {
  self->send(upstream, upstream_write{std::move(x.element), credit});
  return false;
}

bool session_state::perform(protocol::send_client& x) {
  // No stanza: where nobody is connected, nobody has to hear it later.
  auto message = make_outgoing(x.element);
  message.credit = credit;
  write(std::move(message));
  return false;
}

bool session_state::perform(protocol::gateway_bound& x) {
  jid = std::move(x.full_jid);
  environment->traces->bound(self->id(), jid);
  if (x.resumed)
    environment->count->add(counter::sessions_resumed);
  self->send(tracker, relay_established{jid, domain(), upstream,
                        x.upstream_offers_sm, x.resumed, x.edge_resume});
  self->send(upstream, upstream_bound{});
  self->send(connection, arm_deadline{});
  note_login();
  if (x.resumed)
    note_kept();
  log_event(log_level::info, x.resumed ? "stream_resumed" : "stream_bound",
    {{"sid", stream_id}, {"jid", jid}, {"upstream", pattern}});
  return false;
}

bool session_state::perform(protocol::resumption_failed& x) {
  window.reset();
  if (x.by_upstream) {
    environment->count->add(counter::resumptions_refused);
    environment->count->add(counter::resumptions_refused_upstream);
  } else
    count_refusal(x.condition);
  log_event(log_level::info, "resumption_refused",
    {{"sid", stream_id}, {"jid", jid},
      {"upstream", x.by_upstream ? pattern : std::string{}},
      {"condition", std::move(x.condition)}, {"peer", peer.address}});
  return false;
}

// The server waits for the client in our place: any node can ask for its
// session.
void session_state::leave_upstream(std::string_view reason) {
  self->send(upstream, hibernate_upstream{});
  finish(reason);
}

// -- a session that its server keeps and that is still here -------------------

// A server that has said what it handled may go on with what the old connection
// brings (ejabberd does), and the client sends that again. So that connection
// ends first: with all of it, as far as the server takes it.
bool session_state::perform(protocol::resume_upstream& x) {
  // From here on only the client itself may end the server's session.
  window =
    std::chrono::seconds{environment->management_of(domain()).resume_seconds};
  upstream_sm_id = redact_id(x.upstream_id);
  auto old = environment->kept->find(x.full_jid);
  awaited = std::make_unique<awaited_link>(
    awaited_link{std::move(old.link), std::move(x.xml)});
  if (awaited->link && awaited->link != upstream)
    ask_to_yield(std::move(old.session));
  else
    ask_upstream_to_resume();
  return false;
}

// Who cannot be shown to be the same (G-36) does not disturb that session.
void session_state::ask_to_yield(session_actor old) {
  auto& identity = gateway->identity();
  if (!identity) {
    ask_upstream_to_resume();
    return;
  }
  self->request(old, caf::infinite, yield_request{*identity})
    .then(
      [this](yield_answer x) {
        if (x.yields)
          await_link();
        else
          ask_upstream_to_resume();
      },
      [this](const caf::error&) { await_link(); });
}

// One that has ended already counts as well.
void session_state::await_link() {
  if (awaited)
    self->monitor(awaited->link);
}

void session_state::ask_upstream_to_resume() {
  auto x = std::exchange(awaited, nullptr);
  if (x && !ending)
    self->send(upstream, nonza_in{std::move(x->resume), {}});
}

yield_answer session_state::yield(const yield_request& x) {
  life.touch();
  if (ending)
    return {true};
  if (!is_kept_upstream() || !window || gateway->identity() != x.identity)
    return {false};
  close_for_another();
  leave_upstream("resumed-another");
  return {true};
}

void session_state::note_kept() {
  environment->kept->add(jid, {session_actor{self}, upstream});
  upstream->attach_functor([kept = environment->kept, full = jid,
                             id = upstream->id()] { kept->remove(full, id); });
}

} // namespace causeway
