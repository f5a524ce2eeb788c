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
  protocol::gateway_settings settings{x.wish.to, shared.offer_sm,
    shared.max_auth_failures, shared.limits_before_auth, shared.limits};
  gateway.emplace(std::move(settings), std::move(x.wish), std::move(x.id),
    peer.secure || peer.loopback);
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
  auto message = make_outgoing(x.element);
  message.credit = credit;
  self->send(connection, send_out{std::move(message), {}});
  return false;
}

bool session_state::perform(protocol::gateway_bound& x) {
  jid = std::move(x.full_jid);
  self->send(
    tracker, stream_established{jid, gateway->lang(), route, link, true});
  self->send(upstream, upstream_bound{jid});
  self->send(connection, arm_deadline{});
  log_event(log_level::info, "stream_bound",
    {{"sid", stream_id}, {"jid", jid}, {"upstream", pattern}});
  return false;
}

} // namespace causeway
