/// The half of `session` for gateway domains: what the machine of the client's
/// leg says, and what the upstream link sends.
#include "actors/c2s/session.hpp"
#include "actors/inspect/event_log.hpp"

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
  auto can_resume = environment->management.resume_seconds > 0;
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
  order.stream_id = stream_id;
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
  // No stanza: nobody has to hear it later.
  if (!connection)
    return false;
  auto message = make_outgoing(x.element);
  message.credit = credit;
  self->send(connection, send_out{std::move(message), {}});
  return false;
}

bool session_state::perform(protocol::gateway_bound& x) {
  jid = std::move(x.full_jid);
  if (x.resumed)
    environment->count->add(counter::sessions_resumed);
  self->send(tracker, relay_established{jid, domain(), upstream,
                        x.upstream_offers_sm, x.resumed, x.edge_resume});
  self->send(upstream, upstream_bound{});
  self->send(connection, arm_deadline{});
  log_event(log_level::info, x.resumed ? "stream_resumed" : "stream_bound",
    {{"sid", stream_id}, {"jid", jid}, {"upstream", pattern}});
  return false;
}

bool session_state::perform(protocol::resume_upstream& x) {
  // From here on only the client itself may end the server's session.
  window = std::chrono::seconds{environment->management.resume_seconds};
  self->send(upstream, nonza_in{std::move(x.xml), {}});
  return false;
}

bool session_state::perform(protocol::resumption_failed& x) {
  window.reset();
  environment->count->add(counter::resumptions_refused);
  environment->count->add(counter::resumptions_refused_upstream);
  log_event(log_level::info, "resumption_refused",
    {{"sid", stream_id}, {"jid", jid}, {"upstream", pattern},
      {"condition", std::move(x.condition)}, {"peer", peer.address}});
  return false;
}

// The server waits for the client in our place: any node can ask for its
// session.
void session_state::leave_upstream(std::string_view reason) {
  self->send(upstream, hibernate_upstream{});
  finish(reason);
}

} // namespace causeway
