#include "actors/c2s/parser.hpp"

#include "actors/c2s/stream_environment.hpp"
#include "actors/compact_behavior.hpp"

#include <memory>
#include <utility>

namespace causeway {

namespace {

bool is_blank(std::string_view text) {
  return !text.empty()
         && text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace

void parser_state::parse(frame& message) {
  life.touch();
  // An exception from here on ends this actor and leaves the phase behind.
  message.phase = frame_phase::taken;
  auto credit = std::exchange(message.credit, nullptr);
  if (is_blank(message.text)) {
    // A keepalive that a WebSocket must not need (RFC 7395 section 3.8);
    // harmless, and some clients send it.
    message.phase = frame_phase::parsed;
    return;
  }
  auto element = std::make_shared<protocol::stream_element>();
  if (auto done =
        protocol::parse_message(std::move(message.text), limits, *element)) {
    ++parsed;
    self->send(
      tracker, element_in{std::move(element), std::move(credit), epoch});
  } else {
    ++refused;
    life.last_error = done.error().detail;
    self->send(
      tracker, element_refused{done.error(), std::move(credit), epoch});
  }
  message.phase = frame_phase::parsed;
}

// The owner may live on for long: whom it still has to tell of its end is kept
// in memory.
parser_state::~parser_state() {
  self->demonitor(owner);
}

actor_snapshot parser_state::snapshot() const {
  auto x = life.snapshot(self);
  x.parent = owner.id();
  x.fields = {
    {"parsed", std::to_string(parsed)}, {"refused", std::to_string(refused)}};
  return x;
}

parser_actor::behavior_type parser(
  parser_actor::stateful_pointer<parser_state> self, session_actor owner,
  tracker_actor tracker, protocol::xml_limits limits, connection_epoch epoch) {
  self->state.tracker = std::move(tracker);
  self->state.limits = limits;
  self->state.epoch = epoch;
  self->state.owner = owner.address();
  self->monitor(owner);
  self->set_down_handler([self](caf::down_msg& x) { self->quit(x.reason); });
  return compact_behavior(
    self, [](parser_state& me, frame_in& x) { me.parse(*x.message); },
    [](parser_state& me, drain_marker x) { me.self->send(me.tracker, x); },
    [](parser_state& me, const policy_changed& x) {
      me.limits = x.environment->xml;
    },
    [](parser_state& me, stop_request x) {
      me.self->send(me.tracker, x);
      me.self->quit();
    },
    [](parser_state& me, inspect_request) { return me.snapshot(); });
}

} // namespace causeway
