#include "actors/c2s/tracker.hpp"

#include "actors/c2s/client_line.hpp"
#include "actors/compact_behavior.hpp"
#include "protocol/delay.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"
#include "protocol/start_tag.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

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
  if (x.epoch != epoch)
    return;
  std::visit(overload{
               [&](tracker_negotiating& now) {
                 now.steps.push(std::move(x));
                 hand_next_to_session(now);
               },
               [&](stream_established& now) { handle(now, x); },
               [&](tracker_relay& now) { relay(now, x); },
               [](tracker_failed&) {},
             },
    phase);
}

void tracker_state::receive_refusal(element_refused& x) {
  life.touch();
  if (x.epoch != epoch)
    return;
  if (auto* now = std::get_if<tracker_negotiating>(&phase)) {
    now->steps.push(std::move(x));
    hand_next_to_session(*now);
  } else if (!std::holds_alternative<tracker_failed>(phase)) {
    give_up_waiting();
    phase = tracker_failed{};
    self->send(owner, std::move(x));
  }
}

void tracker_state::hand_next_to_session(tracker_negotiating& x) {
  if (auto next = x.steps.next())
    std::visit([this](auto& y) { self->send(owner, std::move(y)); }, *next);
}

void tracker_state::go_on() {
  life.touch();
  if (auto* now = std::get_if<tracker_negotiating>(&phase)) {
    now->steps.done();
    hand_next_to_session(*now);
  }
}

void tracker_state::establish(stream_established& x) {
  life.touch();
  if (x.saved)
    restore(x);
  x.saved = nullptr;
  if (!management.is_resumable())
    perform(management.apply(policy_of(x), 0, 0));
  leave_negotiation(std::move(x));
}

void tracker_state::handle(stream_established& x, element_in& received) {
  auto& element = *received.element;
  if (element.is_stanza()) {
    ++stanzas_in;
    environment->count->add(counter::stanzas_in);
    auto bytes = element.bytes.size();
    auto stanza = take_over(x, received);
    if (is_writing_ahead()) {
      write_received(std::move(stanza), bytes);
      return;
    }
    hand_to_link(std::move(stanza));
    perform(management.stanza_received(bytes));
  } else if (element.ns != protocol::ns::stream_management) {
    self->send(owner, std::move(received));
  } else if (!hold_back(received)) {
    answer(element, management.nonza_received(element, unacked));
  }
}

delivery_ptr tracker_state::take_over(
  const stream_established& x, element_in& received) {
  // What only the server may say of a stanza, its client may not.
  auto honest = protocol::strip_delay(*received.element, x.full);
  auto stamped = std::make_shared<const protocol::stream_element>(
    protocol::stamp(honest ? *honest : *received.element, x.full, x.lang));
  note_presence(stamped);
  return std::make_shared<delivery>(std::move(stamped), x.route,
    environment->returns, std::move(received.credit));
}

void tracker_state::hand_to_link(delivery_ptr x) {
  if (auto* now = std::get_if<stream_established>(&phase))
    self->send(now->link, stanza_in{std::move(x)});
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
    keep(std::move(x));
    return;
  }
  if (is_writing_ahead() && management.is_resumable()) {
    write_outgoing(std::move(x));
    return;
  }
  auto is_stored = x->is_stored();
  pass_to_client(std::move(x), is_stored);
}

void tracker_state::keep(delivery_ptr x) {
  auto bytes = x->stanza()->bytes.size();
  unacked.push(std::move(x), bytes);
  note_queue();
}

void tracker_state::note_queue() {
  auto amount = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  queued.set(gauge::unacked_stanzas, amount(unacked.size()));
  queued_bytes.set(gauge::unacked_bytes, amount(unacked.bytes()));
}

// What was stored or came back says nothing of how long the way takes.
void tracker_state::note_stanza(const delivery& x) {
  if (x.returns() == 0 && x.way() != direction::restored)
    environment->count->measured.observe(
      latency::stanza, std::chrono::system_clock::now() - x.born());
}

void tracker_state::pass_to_client(delivery_ptr x, bool is_stored) {
  if (!is_stored)
    note_stanza(*x);
  auto credit = x->take_credit();
  // More of it follows at the pace at which the client reads.
  auto is_paced = x->way() == direction::relayed || is_stored;
  if (!management.is_enabled()) {
    auto message = make_outgoing(x->stanza(), x);
    if (is_crowded())
      hold(credit, false);
    if (is_paced)
      message.credit = std::move(credit);
    write(std::move(message));
    if (auto* now = std::get_if<tracker_relay>(&phase))
      perform(now->lockstep->upstream_stanza());
    return;
  }
  auto message = make_outgoing(x->stanza());
  auto bytes = message.text.size();
  if (management.is_crowded(unacked.size() + 1, unacked.bytes() + bytes))
    hold(credit, is_stored);
  if (is_paced)
    message.credit = std::move(credit);
  unacked.push(std::move(x), bytes);
  note_queue();
  write(std::move(message));
  perform(management.stanza_sent(unacked.size(), unacked.bytes()));
}

void tracker_state::probe() {
  life.touch();
  auto* local = std::get_if<stream_established>(&phase);
  auto* remote = std::get_if<tracker_relay>(&phase);
  if (management.is_enabled())
    perform(management.probe());
  else if (remote && remote->lockstep->is_counting())
    perform(remote->lockstep->probe());
  else if (local)
    probe_by_iq(local->full);
  else if (remote)
    probe_by_iq(remote->full);
}

protocol::sm_settings tracker_state::policy_of(
  const stream_established& x) const {
  auto address = protocol::jid::parse(x.full);
  return address ? environment->management_of(address->domain())
                 : environment->management;
}

void tracker_state::change_policy(policy_changed& x) {
  life.touch();
  environment = std::move(x.environment);
  auto* local = std::get_if<stream_established>(&phase);
  auto* remote = std::get_if<tracker_relay>(&phase);
  auto policy = local    ? policy_of(*local)
                : remote ? environment->management_of(remote->domain)
                         : environment->management;
  perform(management.apply(policy, unacked.size(), unacked.bytes()));
  if (remote)
    perform(remote->lockstep->apply(policy));
  release_if_roomy();
}

void tracker_state::stop() {
  give_up_waiting();
  end_hold();
  self->quit();
}

void tracker_state::handle_acks_due() {
  life.touch();
  perform(management.timer_due());
}

void tracker_state::start_timer(protocol::sm_start_timer x) {
  environment->after(x.after, [me = self->address()] {
    if (auto strong = caf::actor_cast<tracker_actor>(me))
      caf::anon_send(strong, acks_due{});
  });
}

void tracker_state::probe_by_iq(const std::string& to) {
  protocol::element iq{"iq", protocol::ns::client};
  auto full = protocol::jid::parse(to);
  iq.set("type", "get").set("id", probe_id(++probes));
  if (full)
    iq.set("from", full->domain());
  iq.set("to", to);
  iq.add(protocol::element{"ping", protocol::ns::ping});
  write(make_outgoing(protocol::to_xml(iq)));
}

void tracker_state::write(outgoing_message x, bool is_again) {
  // A detached client gets it when it is back.
  if (line && !line->write(std::move(x), is_again))
    self->send(connection, write_queue_full{});
}

void tracker_state::note_ack() {
  using clock = std::chrono::steady_clock;
  auto since = std::exchange(asked_at, {});
  if (since != clock::time_point{})
    environment->count->measured.observe(latency::ack, clock::now() - since);
}

void tracker_state::write_nonza(std::string x) {
  auto is_ack = x.starts_with("<a ");
  if (is_ack) {
    environment->count->add(counter::acks_sent);
  } else if (x.starts_with("<r ")) {
    environment->count->add(counter::acks_requested);
    if (asked_at == std::chrono::steady_clock::time_point{})
      asked_at = std::chrono::steady_clock::now();
  }
  auto message = make_outgoing(std::move(x));
  message.may_wait = is_ack;
  write(std::move(message));
}

// -- XEP-0198 section 5: resumption -------------------------------------------

// The parser's last element came before this; the session gets to see what
// waits, and may take it to the session that the client resumes.
void tracker_state::drain(drain_marker x) {
  life.touch();
  drained out{std::make_shared<early_elements>(), x.pause};
  if (auto* now = std::get_if<tracker_negotiating>(&phase))
    out.early->assign(now->steps.waiting().begin(), now->steps.waiting().end());
  self->send(owner, std::move(out));
}

void tracker_state::grant_resumption(const protocol::sm_grant& x) {
  auto text = seal_own();
  if (text.empty())
    return perform(management.refuse_resumption());
  write_ahead::granted granted{std::move(text), x.max_seconds};
  if (is_writing_ahead())
    write_grant(std::get<stream_established>(phase), std::move(granted));
  else
    grant(granted);
}

std::string tracker_state::seal_own() const {
  auto* local = std::get_if<stream_established>(&phase);
  auto* remote = std::get_if<tracker_relay>(&phase);
  if (!remote && (!local || !local->resumable))
    return {};
  auto id = identify(local ? local->full : remote->full);
  if (remote)
    id.domain = remote->domain;
  if (id.bare_jid.empty())
    return {};
  auto nonce = environment->random_bytes(protocol::sm_nonce_size);
  return environment->keys->seal(id, nonce);
}

void tracker_state::grant(const write_ahead::granted& x) {
  auto is_remote = std::holds_alternative<tracker_relay>(phase);
  self->send(
    owner, session_resumable{std::chrono::seconds{x.seconds}, is_remote});
  if (is_remote)
    hold_at_edge(x.seconds);
  perform(management.grant(x.id, x.seconds));
}

protocol::sm_id tracker_state::identify(const std::string& full) const {
  using std::chrono::duration_cast;
  auto time = std::chrono::system_clock::now().time_since_epoch();
  protocol::sm_id id;
  id.node = environment->node;
  id.incarnation = environment->incarnation;
  id.session = owner.id();
  if (auto address = protocol::jid::parse(full)) {
    id.domain = address->domain();
    id.bare_jid = to_string(address->bare());
  }
  id.issued = static_cast<std::uint64_t>(
    duration_cast<std::chrono::seconds>(time).count());
  return id;
}

void tracker_state::detach(detach_client x) {
  life.touch();
  // The client may be back on another one already.
  if (x.epoch != epoch)
    return;
  connection = connection_actor{};
  line = nullptr;
  // Nothing that comes from there now may be counted: the client does not
  // know what was.
  epoch = no_epoch;
  write_parked(std::chrono::system_clock::now());
  management.detach();
  asked_at = {};
  unacked.shrink();
  poison.lost(x.by_client && first_again && first_again->is_settled());
  first_again = nullptr;
  // Who knows when it will be back.
  if (held)
    held->release_senders();
}

caf::result<resume_verdict> tracker_state::attach(attach_client& x) {
  life.touch();
  if (!ahead || ahead->in.empty())
    return attach_now(x);
  // It hears what was received once that is on disk.
  auto answer = self->make_response_promise<resume_verdict>();
  ahead->arrivals.push_back({std::move(x), answer});
  return answer;
}

resume_verdict tracker_state::attach_now(attach_client& x) {
  auto* local = std::get_if<stream_established>(&phase);
  auto is_remote = std::holds_alternative<tracker_relay>(phase);
  if ((!local && !is_remote) || !management.is_resumable())
    return {};
  if (!management.check_resume(x.h, unacked))
    return {
      false, protocol::stanza_error::unexpected_request, management.received()};
  connection = std::move(x.connection);
  line = std::move(x.line);
  epoch = x.epoch;
  management.attach();
  write_parked(std::nullopt);
  acknowledge(x.h);
  if (poison.is_poison()) {
    refuse_poison();
    if (local && is_writing_ahead())
      write_numbers(*local);
  }
  perform(management.resumed(x.previd));
  send_all_again();
  perform(management.probe());
  return {true, {}, {}};
}

void tracker_state::send_all_again() {
  first_again = nullptr;
  unacked.for_each([this](const delivery_ptr& x) { send_again(x); });
  if (!unacked.empty())
    poison.resumed();
}

void tracker_state::send_again(const delivery_ptr& x) {
  auto& stanza = x->stanza();
  auto address = protocol::jid::parse(stanza->to);
  auto message = make_outgoing(stanza);
  if (address && stanza->kind != protocol::element_kind::iq) {
    auto late = std::make_shared<const protocol::stream_element>(
      protocol::add_delay(*stanza, address->domain(), x->born()));
    message = make_outgoing(late);
  }
  if (!first_again) {
    first_again = std::make_shared<delivery>(stanza, 0, nullptr);
    message.guard = first_again;
  }
  write(std::move(message), true);
}

void tracker_state::perform(protocol::sm_actions actions) {
  for (auto& action : actions)
    std::visit(
      overload{
        [this](protocol::sm_send& x) { write_nonza(std::move(x.nonza)); },
        [this](protocol::sm_grant& x) { grant_resumption(x); },
        [this](protocol::sm_enabled) {
          environment->count->add(counter::sm_enabled);
        },
        [this](protocol::sm_acknowledge x) {
          environment->count->add(counter::acks_received);
          note_ack();
          acknowledge(x.h);
        },
        [this](protocol::sm_start_timer x) { start_timer(x); },
        [this](protocol::sm_fail_stream& x) {
          if (x.condition == protocol::stream_error::policy_violation)
            environment->count->add(counter::sm_overflows);
          life.last_error = x.text;
          give_up_waiting();
          phase = tracker_failed{};
          if (held)
            held->release_senders();
          self->send(owner, stream_failed{x.condition, std::move(x.text),
                              std::move(x.application)});
        },
      },
      action);
}

void tracker_state::answer(
  const protocol::stream_element& asked, protocol::sm_actions actions) {
  for (auto& action : actions)
    if (auto* x = std::get_if<protocol::sm_send>(&action);
        x && x->nonza.starts_with("<failed "))
      note_refusal(asked.name);
  perform(std::move(actions));
}

void tracker_state::note_refusal(std::string_view asked) {
  if (asked == "enable")
    environment->count->add(counter::sm_enable_refused);
  if (asked != "resume")
    return;
  environment->count->add(counter::resumptions_refused);
  environment->count->add(counter::resumptions_refused_unexpected);
}

actor_snapshot tracker_state::snapshot(bool detailed) const {
  constexpr const char* names[] = {
    "negotiating", "established", "relaying", "failed"};
  auto x = life.snapshot(self, names[phase.index()]);
  x.parent = owner.id();
  auto number = [](auto n) { return std::to_string(n); };
  if (auto* now = std::get_if<tracker_relay>(&phase);
      now && now->lockstep->is_counting()) {
    auto& in = now->lockstep->to_upstream();
    auto& out = now->lockstep->to_client();
    x.fields = {{"sm", "on"}, {"h_in", number(in.sent())},
      {"h_in_acked", number(in.acked())}, {"h_out", number(out.sent())},
      {"acked", number(out.acked())}, {"unacked", number(out.size())},
      {"stanzas_in", number(stanzas_in)}, {"stanzas_out", number(stanzas_out)},
      {"upstream_sm_id", now->upstream_sm_id}};
    return x;
  }
  x.fields = {{"sm", management.is_enabled() ? "on" : "off"},
    {"h_in", number(management.received())}, {"h_out", number(unacked.sent())},
    {"acked", number(unacked.acked())}, {"unacked", number(unacked.size())},
    {"unacked_bytes", number(unacked.bytes())},
    {"stanzas_in", number(stanzas_in)}, {"stanzas_out", number(stanzas_out)}};
  if (auto* oldest = detailed ? unacked.oldest() : nullptr) {
    std::chrono::duration<double> age =
      std::chrono::system_clock::now() - (*oldest)->born();
    x.fields.push_back({"oldest_unacked", number(age.count())});
  }
  return x;
}

tracker_actor::behavior_type tracker(
  tracker_actor::stateful_pointer<tracker_state> self, session_actor owner,
  connection_actor connection, std::shared_ptr<client_line> line,
  stream_environment_ptr environment) {
  auto& state = self->state;
  state.owner = owner;
  state.connection = std::move(connection);
  state.line = std::move(line);
  state.management = protocol::stream_management{environment->management};
  state.key = {environment->incarnation, owner.id()};
  state.environment = std::move(environment);
  state.queued = gauge_share{state.environment->count};
  state.queued_bytes = gauge_share{state.environment->count};
  self->monitor(owner);
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.handle_down(x); });
  return compact_behavior(
    self, [](tracker_state& me, element_in& x) { me.receive(x); },
    [](tracker_state& me, stanza_out& x) {
      me.send_to_client(std::move(x.stanza));
    },
    [](tracker_state& me, element_refused& x) { me.receive_refusal(x); },
    [](tracker_state& me, upstream_element& x) { me.receive_upstream(x); },
    [](tracker_state& me, upstream_link_ended& x) { me.lose_link(x); },
    [](tracker_state& me, drain_marker x) { me.drain(x); },
    [](tracker_state& me, detach_client x) { me.detach(x); },
    [](tracker_state& me, attach_client& x) { return me.attach(x); },
    [](tracker_state& me, save_state x) { return me.save(x); },
    [](tracker_state& me, journal_committed x) { me.committed(x); },
    [](tracker_state& me, element_handled) { me.go_on(); },
    [](tracker_state& me, stream_established& x) { me.establish(x); },
    [](tracker_state& me, relay_established& x) { me.establish_relay(x); },
    [](tracker_state& me, lockstep_due x) { me.timer_due(x); },
    [](tracker_state& me, acks_due) { me.handle_acks_due(); },
    [](tracker_state& me, probe_client) { me.probe(); },
    [](tracker_state& me, policy_changed& x) { me.change_policy(x); },
    [](tracker_state& me, stop_request) { me.stop(); },
    [](tracker_state& me, inspect_request x) {
      return me.snapshot(x.detailed);
    });
}

} // namespace causeway
