#include "actors/c2s/session_supervisor.hpp"

#include "actors/c2s/session.hpp"
#include "actors/inspect/event_log.hpp"

#include <utility>

namespace causeway {

void session_supervisor_state::adopt() {
  for (auto& session : sessions->all())
    self->monitor(session);
}

void session_supervisor_state::start(transport_opened& x) {
  life.touch();
  if (stopping) {
    x.socket->close(1001, "shutting down");
    return;
  }
  // Those that wait for their client must not keep it out.
  if (sessions->size() - sessions->parked() >= max_sessions) {
    environment->count->add(counter::connections_refused);
    x.socket->close(1013, "too many sessions");
    return;
  }
  auto session = self->spawn<caf::monitored>(
    causeway::session, std::move(x.socket), environment);
  sessions->add(std::move(session));
}

void session_supervisor_state::forget(const caf::down_msg& x) {
  sessions->remove(x.source.id());
  if (x.reason && x.reason != caf::exit_reason::normal) {
    environment->count->add(counter::sessions_failed);
    environment->count->add(counter::actors_failed);
    life.last_error = to_string(x.reason);
    log_event(log_level::error, "actor_failed",
      {{"kind", "session"}, {"id", std::to_string(x.source.id())},
        {"reason", life.last_error}});
  }
  if (stopping && sessions->size() == 0)
    self->quit();
}

void session_supervisor_state::stop() {
  stopping = true;
  for (auto& session : sessions->all())
    self->send(
      session, end_session{protocol::stream_error::system_shutdown, {}});
  if (sessions->size() == 0)
    self->quit();
}

actor_snapshot session_supervisor_state::snapshot() const {
  auto x = life.snapshot(self, stopping ? "stopping" : "running");
  x.fields = {{"sessions", std::to_string(sessions->size())},
    {"max_sessions", std::to_string(max_sessions)}};
  for (auto& session : sessions->all())
    x.children.push_back(std::move(session));
  return x;
}

session_supervisor_actor::behavior_type session_supervisor(
  session_supervisor_actor::stateful_pointer<session_supervisor_state> self,
  stream_environment_ptr environment, std::shared_ptr<session_table> sessions,
  std::uint32_t max_sessions) {
  self->state.environment = std::move(environment);
  self->state.sessions = std::move(sessions);
  self->state.max_sessions = max_sessions;
  self->set_down_handler([self](caf::down_msg& x) { self->state.forget(x); });
  self->state.adopt();
  return {
    [self](transport_opened& x) { self->state.start(x); },
    [self](stop_request) { self->state.stop(); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
