#include "actors/c2s/session_supervisor.hpp"

#include "actors/c2s/session.hpp"
#include "actors/inspect/event_log.hpp"

#include <utility>

namespace causeway {

// They may have missed what the one before was told.
void session_supervisor_state::adopt() {
  for (auto& session : sessions->all()) {
    self->monitor(session);
    self->send(session, policy_changed{environment});
  }
}

void session_supervisor_state::start(transport_opened& x) {
  life.touch();
  if (stopping) {
    x.socket->close(1001, "shutting down");
    return;
  }
  // Those that wait for their client must not keep it out.
  if (sessions->size() - sessions->parked() >= environment->max_sessions) {
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

// All that it has spawned are in the table.
void session_supervisor_state::change_policy(policy_changed& x) {
  life.touch();
  environment = std::move(x.environment);
  for (auto& session : sessions->all())
    self->send(session, policy_changed{environment});
}

// -- from one process to the next ---------------------------------------------

caf::result<sessions_restored> session_supervisor_state::restore(
  restore_sessions& x) {
  life.touch();
  if (x.saved.empty())
    return sessions_restored{};
  auto promise = self->make_response_promise<sessions_restored>();
  awaited = x.saved.size();
  auto done = [this, promise](bool is_there) mutable {
    restored += is_there ? 1 : 0;
    if (--awaited == 0)
      promise.deliver(sessions_restored{restored});
  };
  for (auto& saved : x.saved) {
    auto session = self->spawn<caf::monitored>(earlier_session, environment);
    sessions->add(session, saved->record.key);
    self->request(session, caf::infinite, restore_request{saved})
      .then([done](restore_answer y) mutable { done(y.restored); },
        [done](const caf::error&) mutable { done(false); });
  }
  return promise;
}

void session_supervisor_state::stop() {
  stopping = true;
  auto all = sessions->all();
  awaited = all.size();
  for (auto& session : all)
    self->request(session, caf::infinite, rest_request{})
      .then(
        [this, session](rest_answer& x) {
          if (x.link) {
            links.push_back(x.link);
            resting.push_back(session);
          }
          if (--awaited == 0)
            flush();
        },
        [this](const caf::error&) {
          if (--awaited == 0)
            flush();
        });
  if (all.empty())
    self->quit();
}

void session_supervisor_state::flush() {
  if (resting.empty())
    return;
  std::vector<inspectable_actor> router{environment->door->get()};
  rounds = {links, router, {environment->domain->get()}, router, links};
  next_round();
}

void session_supervisor_state::next_round() {
  if (rounds.empty()) {
    for (auto& session : resting)
      self->send(session, save_request{});
    return;
  }
  auto all = std::move(rounds.front());
  rounds.pop_front();
  awaited = all.size();
  auto done = [this] {
    if (--awaited == 0)
      next_round();
  };
  for (auto& x : all)
    self->request(x, caf::infinite, inspect_request{})
      .then([done](const actor_snapshot&) { done(); },
        [done](const caf::error&) { done(); });
}

actor_snapshot session_supervisor_state::snapshot() const {
  auto x = life.snapshot(self, stopping ? "stopping" : "running");
  x.fields = {{"sessions", std::to_string(sessions->size())},
    {"max_sessions", std::to_string(environment->max_sessions)}};
  for (auto& session : sessions->all())
    x.children.push_back(std::move(session));
  return x;
}

session_supervisor_actor::behavior_type session_supervisor(
  session_supervisor_actor::stateful_pointer<session_supervisor_state> self,
  stream_environment_ptr environment, std::shared_ptr<session_table> sessions) {
  self->state.environment = std::move(environment);
  self->state.sessions = std::move(sessions);
  self->set_down_handler([self](caf::down_msg& x) { self->state.forget(x); });
  self->state.adopt();
  return {
    [self](transport_opened& x) { self->state.start(x); },
    [self](restore_sessions& x) { return self->state.restore(x); },
    [self](policy_changed& x) { self->state.change_policy(x); },
    [self](stop_request) { self->state.stop(); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
