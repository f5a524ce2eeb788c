#include "actors/routing/local_link.hpp"

#include "actors/compact_behavior.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <utility>

namespace causeway {

namespace {

// XEP-0115: a URL of the software.
std::string software_of(const protocol::stream_element& presence) {
  auto tree = protocol::parse_tree(presence.bytes);
  auto* caps = tree ? tree->child("c", protocol::ns::capabilities) : nullptr;
  return caps ? caps->value_of("node") : std::string{};
}

} // namespace

void local_link_state::take(stanza_in& x) {
  ++in;
  auto& stanza = x.stanza->stanza();
  if (stanza->kind == protocol::element_kind::presence && stanza->to.empty()) {
    if (stanza->type.empty())
      presence = stanza;
    else if (stanza->type == "unavailable")
      presence = nullptr;
  }
  door->send(std::move(x));
}

void local_link_state::take(stanza_out& x) {
  ++out;
  self->send(tracker, std::move(x));
}

void local_link_state::restore() {
  if (presence)
    door->send(presence_restored{route, presence});
}

actor_snapshot local_link_state::snapshot(bool detailed) {
  auto x = life.snapshot(self);
  x.parent = owner;
  x.fields = {{"route", std::to_string(route)},
    {"available", presence ? "yes" : "no"}, {"stanzas_in", std::to_string(in)},
    {"stanzas_out", std::to_string(out)}};
  if (detailed && presence)
    x.fields.push_back({"software", software_of(*presence)});
  return x;
}

link_actor::behavior_type local_link(
  link_actor::stateful_pointer<local_link_state> self, session_actor owner,
  tracker_actor tracker, std::shared_ptr<router_door> door, route_id route,
  protocol::element_ptr presence) {
  auto& state = self->state;
  state.tracker = std::move(tracker);
  state.door = std::move(door);
  state.route = route;
  state.owner = owner.id();
  state.presence = std::move(presence);
  state.restore();
  self->monitor(owner);
  self->set_down_handler(
    [self](const caf::down_msg& x) { self->quit(x.reason); });
  return compact_behavior(
    self,
    [](local_link_state& me, stanza_in& x) {
      me.life.touch();
      me.take(x);
    },
    [](local_link_state& me, stanza_out& x) {
      me.life.touch();
      me.take(x);
    },
    [](local_link_state& me, const restore_presence&) {
      me.life.touch();
      me.restore();
    },
    [](local_link_state& me, const stop_request&) { me.self->quit(); },
    [](local_link_state& me, const inspect_request& x) {
      me.life.touch();
      return me.snapshot(x.detailed);
    });
}

} // namespace causeway
