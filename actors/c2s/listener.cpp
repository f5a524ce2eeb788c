#include "actors/c2s/listener.hpp"

#include "actors/inspect/event_log.hpp"

#include <utility>

namespace causeway {

void listener_state::hand_over(transport_opened& x) {
  life.touch();
  ++opened;
  self->send(supervisor->get(), std::move(x));
}

void listener_state::fail(acceptor_failed& x) {
  log_event(log_level::error, "listener_failed",
    {{"url", socket->url()}, {"detail", std::move(x.detail)}});
  self->quit(caf::exit_reason::unhandled_exception);
}

// What its socket has handed over still finds its way.
void listener_state::stop() {
  if (std::exchange(stopping, true)) {
    self->quit();
    return;
  }
  socket->stop();
  self->send(self, stop_request{});
}

actor_snapshot listener_state::snapshot() const {
  auto x = life.snapshot(self, "listening");
  x.fields = {{"url", socket->url()}, {"address", socket->local_address()},
    {"opened", std::to_string(opened)}};
  return x;
}

listener_actor::behavior_type listener(
  listener_actor::stateful_pointer<listener_state> self,
  std::shared_ptr<acceptor> socket,
  std::shared_ptr<handle_cell<session_supervisor_actor>> supervisor) {
  self->state.socket = std::move(socket);
  self->state.supervisor = std::move(supervisor);
  return {
    [self](transport_opened& x) { self->state.hand_over(x); },
    [self](acceptor_failed& x) { self->state.fail(x); },
    [self](stop_request) { self->state.stop(); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
