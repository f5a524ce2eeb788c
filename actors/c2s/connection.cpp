#include "actors/c2s/connection.hpp"

#include "actors/compact_behavior.hpp"
#include "protocol/framing.hpp"
#include "protocol/stream_error.hpp"

#include <tuple>
#include <utility>

namespace causeway {

// The owner may live on for long: whom it still has to tell of its end is kept
// in memory.
connection_state::~connection_state() {
  self->demonitor(owner.address());
  if (line)
    line->forget_socket();
  if (socket)
    socket->abort();
}

void connection_state::pause(pause_messages x) {
  life.touch();
  line->pause(x);
}

void connection_state::adopt(connection_adopted& x) {
  self->demonitor(owner.address());
  owner = std::move(x.owner);
  self->monitor(owner);
  line->belong_to(owner.id());
  use_parser(std::move(x.parser));
}

void connection_state::report_overflow() {
  life.touch();
  environment->count->add(counter::write_queue_overflows);
  connection_ended end;
  end.how.cause = close_cause::closed_here;
  end.how.detail = "the client does not read";
  end.write_queue_overflow = true;
  self->send(owner, std::move(end));
  // What is queued goes back to its senders.
  self->quit(caf::exit_reason::user_shutdown);
}

void connection_state::report_silence(silence_noticed x) {
  life.touch();
  self->send(owner, x);
}

void connection_state::report_end(const transport_closed& how) {
  life.touch();
  socket = nullptr;
  self->send(owner, connection_ended{how});
  self->quit();
}

void connection_state::use_parser(parser_actor x) {
  life.touch();
  if (!line->use_parser(std::move(x)))
    self->send(
      owner, stream_failed{protocol::stream_error::internal_server_error,
               "The parser failed on this element.", {}});
  else if (!std::exchange(started, true))
    socket->start(self, line, environment->websocket.read_window);
}

void connection_state::close(close_connection x) {
  life.touch();
  if (line->end(std::move(x.farewell)))
    socket->close(x.code, std::move(x.reason));
}

void connection_state::change_policy(policy_changed& x) {
  auto before = std::exchange(environment, std::move(x.environment));
  auto& now = environment->websocket;
  if (before == environment || !socket)
    return;
  line->apply(environment);
  auto times = [](const config::websocket& y) {
    return std::tie(
      y.ping_interval, y.pong_timeout, y.idle_timeout, y.close_timeout);
  };
  if (times(before->websocket) != times(now))
    socket->set_times(now);
}

void connection_state::owner_down(const caf::error& reason) {
  close_connection last{1011, "internal error", {}};
  if (reason && reason != caf::exit_reason::user_shutdown)
    last.farewell = {
      protocol::to_xml(protocol::stream_error::internal_server_error),
      std::string{protocol::close_element}};
  close(std::move(last));
}

void add_counters(snapshot_fields& to, const client_line& from) {
  auto counted = from.counters();
  if (!counted)
    return;
  auto add = [&to](std::string_view name, std::uint64_t x) {
    to.push_back({name, std::to_string(x)});
  };
  add("messages_in", counted->messages_in);
  add("messages_out", counted->messages_out);
  add("bytes_in", counted->bytes_in);
  add("bytes_out", counted->bytes_out);
  add("queued_bytes", from.queued_bytes());
}

actor_snapshot connection_state::snapshot() const {
  auto x = life.snapshot(self, line->has_ended() ? "closing" : "open");
  x.parent = owner.id();
  add_counters(x.fields, *line);
  return x;
}

connection_actor::behavior_type connection(
  connection_actor::stateful_pointer<connection_state> self,
  session_actor owner, transport_ptr socket, std::shared_ptr<client_line> line,
  stream_environment_ptr environment) {
  self->state.owner = owner;
  self->state.socket = std::move(socket);
  self->state.line = std::move(line);
  self->state.environment = std::move(environment);
  self->monitor(owner);
  self->set_down_handler([self](caf::down_msg& x) {
    // Not of a session that has handed this connection on.
    if (x.source == self->state.owner.address())
      self->state.owner_down(x.reason);
  });
  return compact_behavior(
    self, [](connection_state& me, silence_noticed x) { me.report_silence(x); },
    [](
      connection_state& me, deadline_reached x) { me.self->send(me.owner, x); },
    [](connection_state& me, const transport_closed& x) { me.report_end(x); },
    [](connection_state& me, policy_changed& x) { me.change_policy(x); },
    [](connection_state& me, arm_deadline x) {
      me.socket->set_deadline(x.after);
    },
    [](connection_state& me, parser_assigned& x) {
      me.use_parser(std::move(x.parser));
    },
    [](connection_state& me, pause_messages x) { me.pause(x); },
    [](connection_state& me, connection_adopted& x) { me.adopt(x); },
    [](connection_state& me, close_connection& x) { me.close(std::move(x)); },
    [](connection_state& me, write_queue_full) { me.report_overflow(); },
    [](connection_state& me, inspect_request) { return me.snapshot(); });
}

} // namespace causeway
