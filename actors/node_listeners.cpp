/// The part of `node` for the places that it listens at.
#include "actors/c2s/listener.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/node.hpp"

#include <utility>

namespace causeway {

void node_state::list_listeners() {
  auto& now = *parts->now;
  for (std::size_t i = 0; i < now.config->listeners.size(); ++i)
    add_listener(std::make_shared<listener_slot>(
      listener_slot{now.config->listeners[i], now.certificates[i], {}}));
}

node_state::child& node_state::add_listener(
  std::shared_ptr<listener_slot> slot) {
  auto& x = add_child("listener", [this, slot]() -> start_result {
    auto opened = open(*slot, config().websocket);
    if (!opened)
      return opened.error();
    return start_listener(slot, std::move(*opened));
  });
  x.slot = std::move(slot);
  return x;
}

node_state::opened_result node_state::open(
  const listener_slot& slot, const config::websocket& rules) {
  auto target = std::make_shared<handle_cell<listener_actor>>();
  acceptor_settings settings{
    slot.settings, rules, slot.tls, entrance, *parts->count};
  auto opened = open_acceptor(
    parts->threads, std::move(settings),
    [target](transport_ptr x) {
      if (auto to = target->get())
        caf::anon_send(to, transport_opened{std::move(x)});
      else
        x->close(1001, "no listener");
    },
    [target](std::string why) {
      if (auto to = target->get())
        caf::anon_send(to, acceptor_failed{std::move(why)});
    });
  if (!opened)
    return opened.error();
  return opened_listener{std::move(*opened), std::move(target)};
}

node_state::start_result node_state::start_listener(
  const std::shared_ptr<listener_slot>& slot, opened_listener opened) {
  log_event(log_level::info, "listening", {{"url", opened.socket->url()}});
  slot->socket = opened.socket;
  auto x = self->spawn(listener, std::move(opened.socket), supervisor);
  opened.target->set(x);
  return x;
}

std::vector<std::string> node_state::urls() const {
  std::vector<std::string> out;
  for (auto& x : children)
    if (x.slot)
      if (auto socket = x.slot->socket.lock())
        out.push_back(socket->url());
  return out;
}

} // namespace causeway
