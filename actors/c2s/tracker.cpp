#include "actors/c2s/tracker.hpp"

#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"
#include "protocol/start_tag.hpp"

#include <utility>

namespace causeway {

using protocol::overload;

namespace {

std::string probe_id(std::uint64_t number) {
  return "causeway-probe-" + std::to_string(number);
}

} // namespace

void tracker_state::receive(element_in& x) {
  life.touch();
  std::visit(overload{
               [&](tracker_negotiating& now) {
                 now.waiting.emplace_back(std::move(x));
                 hand_next_to_session(now);
               },
               [&](stream_established& now) { handle(now, x); },
               [](tracker_failed&) {},
             },
    phase);
}

void tracker_state::receive_refusal(element_refused& x) {
  life.touch();
  if (auto* now = std::get_if<tracker_negotiating>(&phase)) {
    now->waiting.emplace_back(std::move(x));
    hand_next_to_session(*now);
  } else if (std::holds_alternative<stream_established>(phase)) {
    phase = tracker_failed{};
    self->send(owner, std::move(x));
  }
}

void tracker_state::hand_next_to_session(tracker_negotiating& x) {
  if (x.session_busy || x.waiting.empty())
    return;
  x.session_busy = true;
  auto next = std::move(x.waiting.front());
  x.waiting.pop_front();
  std::visit([this](auto& y) { self->send(owner, std::move(y)); }, next);
}

void tracker_state::go_on() {
  life.touch();
  if (auto* now = std::get_if<tracker_negotiating>(&phase)) {
    now->session_busy = false;
    hand_next_to_session(*now);
  }
}

void tracker_state::establish(stream_established& x) {
  life.touch();
  auto* before = std::get_if<tracker_negotiating>(&phase);
  if (!before)
    return;
  auto waiting = std::move(before->waiting);
  phase = std::move(x);
  for (auto& y : waiting)
    std::visit(overload{
                 [this](element_in& z) { receive(z); },
                 [this](element_refused& z) { receive_refusal(z); },
               },
      y);
}

void tracker_state::handle(stream_established& x, element_in& received) {
  auto& element = *received.element;
  if (element.is_stanza()) {
    ++stanzas_in;
    environment->count->add(counter::stanzas_in);
    hand_to_link(x, received);
    perform(management.stanza_received());
  } else if (element.ns == protocol::ns::stream_management) {
    perform(management.nonza_received(element, unacked));
  } else {
    self->send(owner, std::move(received));
  }
}

void tracker_state::hand_to_link(stream_established& x, element_in& received) {
  if (!x.relayed) {
    auto stamped = std::make_shared<const protocol::stream_element>(
      protocol::stamp(*received.element, x.full, x.lang));
    self->send(
      x.link, stanza_in{std::make_shared<delivery>(std::move(stamped), x.route,
                environment->returns, std::move(received.credit))});
  } else if (!is_probe_answer(*received.element)) {
    self->send(x.link,
      stanza_in{std::make_shared<delivery>(std::move(received.element), 0,
        nullptr, std::move(received.credit), 0, direction::relayed)});
  }
}

// The upstream server has not asked.
bool tracker_state::is_probe_answer(const protocol::stream_element& x) const {
  return probes > 0 && x.kind == protocol::element_kind::iq
         && (x.type == "result" || x.type == "error")
         && x.id == probe_id(probes);
}

void tracker_state::send_to_client(delivery_ptr x) {
  life.touch();
  ++stanzas_out;
  if (std::holds_alternative<tracker_failed>(phase)) {
    auto bytes = x->stanza()->bytes.size();
    unacked.push(std::move(x), bytes);
    return;
  }
  auto credit = x->take_credit();
  auto relayed = x->way() == direction::relayed;
  if (!management.is_enabled()) {
    auto message = make_outgoing(x->stanza(), x);
    if (relayed)
      message.credit = std::move(credit);
    self->send(connection, send_out{std::move(message), std::move(credit)});
    return;
  }
  auto message = make_outgoing(x->stanza());
  if (relayed)
    message.credit = std::move(credit);
  unacked.push(std::move(x), message.text.size());
  self->send(connection, send_out{std::move(message), std::move(credit)});
  perform(management.stanza_sent(unacked.size(), unacked.bytes()));
}

void tracker_state::probe() {
  life.touch();
  auto* now = std::get_if<stream_established>(&phase);
  if (!now)
    return;
  if (management.is_enabled()) {
    perform(management.probe());
    return;
  }
  protocol::element iq{"iq", protocol::ns::client};
  auto full = protocol::jid::parse(now->full);
  iq.set("type", "get").set("id", probe_id(++probes));
  if (full)
    iq.set("from", full->domain());
  iq.set("to", now->full);
  iq.add(protocol::element{"ping", protocol::ns::ping});
  self->send(connection, send_out{make_outgoing(protocol::to_xml(iq)), {}});
}

void tracker_state::perform(protocol::sm_actions actions) {
  for (auto& action : actions)
    std::visit(
      overload{
        [this](protocol::sm_send& x) {
          self->send(
            connection, send_out{make_outgoing(std::move(x.nonza)), {}});
        },
        [this](protocol::sm_enabled) {
          environment->count->add(counter::sm_enabled);
        },
        [this](protocol::sm_acknowledge x) {
          unacked.acknowledge(x.h, [](const delivery_ptr& y) { y->settle(); });
        },
        [this](protocol::sm_fail_stream& x) {
          if (x.condition == protocol::stream_error::policy_violation)
            environment->count->add(counter::sm_overflows);
          life.last_error = x.text;
          phase = tracker_failed{};
          self->send(owner, stream_failed{x.condition, std::move(x.text),
                              std::move(x.application)});
        },
      },
      action);
}

actor_snapshot tracker_state::snapshot() const {
  constexpr const char* names[] = {"negotiating", "established", "failed"};
  auto x = life.snapshot(self, names[phase.index()]);
  auto number = [](auto n) { return std::to_string(n); };
  x.fields = {{"sm", management.is_enabled() ? "on" : "off"},
    {"h_in", number(management.received())}, {"h_out", number(unacked.sent())},
    {"acked", number(unacked.acked())}, {"unacked", number(unacked.size())},
    {"unacked_bytes", number(unacked.bytes())},
    {"stanzas_in", number(stanzas_in)}, {"stanzas_out", number(stanzas_out)}};
  return x;
}

tracker_actor::behavior_type tracker(
  tracker_actor::stateful_pointer<tracker_state> self, session_actor owner,
  connection_actor connection, stream_environment_ptr environment) {
  auto& state = self->state;
  state.owner = owner;
  state.connection = std::move(connection);
  state.management = protocol::stream_management{environment->management};
  state.environment = std::move(environment);
  self->monitor(owner);
  self->set_down_handler([self](caf::down_msg& x) { self->quit(x.reason); });
  return {
    [self](element_in& x) { self->state.receive(x); },
    [self](stanza_out& x) { self->state.send_to_client(std::move(x.stanza)); },
    [self](element_refused& x) { self->state.receive_refusal(x); },
    [self](
      upstream_element& x) { self->send(self->state.owner, std::move(x)); },
    [self](
      upstream_link_ended& x) { self->send(self->state.owner, std::move(x)); },
    [self](element_handled) { self->state.go_on(); },
    [self](stream_established& x) { self->state.establish(x); },
    [self](probe_client) { self->state.probe(); },
    [self](stop_request) { self->quit(); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
