/// RFC 6120 sections 4 and 5 from the initiating side; requirements G-25,
/// G-26, G-42, G-46, G-60.
#include "actors/upstream/upstream_link.hpp"

#include "actors/compact_behavior.hpp"
#include "actors/inspect/event_log.hpp"
#include "protocol/feature_rewrite.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"

#include <utility>

namespace causeway {

upstream_link_state::~upstream_link_state() {
  if (socket)
    socket->abort();
}

void upstream_link_state::show(wire_way way, std::string_view text) {
  if (order.traces)
    probe.saw(*order.traces, way, text, [this] {
      return std::pair{owner.id(), std::string_view{order.client}};
    });
}

// -- from the transport -------------------------------------------------------

void upstream_link_state::receive(const chunk_received& x) {
  life.touch();
  if (ended || !socket)
    return;
  auto in_the_clear = stream.is_securing();
  if (!in_the_clear && !framer.feed(x.bytes, *this))
    refuse(framer.error());
  else if (in_the_clear || (stream.is_securing() && framer.buffered() > 0))
    failing = {failure::tls, "bytes in the clear after <proceed/>", {}, {}};
  settle_failure();
  if (socket)
    socket->grant(x.bytes.size());
}

bool upstream_link_state::on_header(std::string_view tag, std::string_view) {
  auto parsed = protocol::parse_header(tag);
  if (!parsed) {
    refuse(parsed.error());
    return false;
  }
  context = std::move(parsed->context);
  act(protocol::upstream_header_received{std::move(parsed->header)});
  return is_reading();
}

bool upstream_link_state::on_element(std::string_view bytes) {
  auto x = std::make_shared<protocol::stream_element>();
  if (auto done = protocol::to_websocket(bytes, context, environment->xml, *x);
      !done) {
    refuse(done.error());
    return false;
  }
  show(wire_way::from_upstream, x->bytes);
  if (stream.passes(*x))
    pass(std::move(x));
  else
    act(protocol::upstream_element_received{std::move(x)});
  return is_reading();
}

bool upstream_link_state::on_close() {
  act(protocol::upstream_close_received{});
  return is_reading();
}

bool upstream_link_state::is_reading() const {
  return socket && !failing && !stream.is_securing() && !ended;
}

void upstream_link_state::refuse(const protocol::xml_error& x) {
  if (socket) {
    socket->send(make_outgoing(protocol::to_xml(x.condition)));
    socket->send(make_outgoing(std::string{protocol::stream_end}));
  }
  failing = {failure::bad_stream, x.detail, {}, {}};
}

void upstream_link_state::secured() {
  life.touch();
  if (ended)
    return;
  act(protocol::upstream_secured{});
  settle_failure();
}

void upstream_link_state::closed(const transport_closed& how) {
  life.touch();
  if (ended) {
    socket = nullptr;
    lease = nullptr;
    if (stopping)
      self->quit();
    return;
  }
  if (std::exchange(reconnecting, false)) {
    connect(std::move(under_way));
    return;
  }
  socket = nullptr;
  lease = nullptr;
  auto cause =
    how.cause == close_cause::tls_failed ? failure::tls : failure::unreachable;
  auto detail =
    how.detail.empty() ? std::string{to_string(how.cause)} : how.detail;
  if (!try_next(cause, detail))
    lose(cause, target.endpoint + ": " + detail);
}

// -- what the machine says ----------------------------------------------------

void upstream_link_state::act(const protocol::upstream_event& event) {
  for (auto& action : stream.handle(event))
    std::visit([this](auto& x) { perform(x); }, action);
}

void upstream_link_state::perform(protocol::upstream_send& x) {
  if (!socket)
    return;
  show(wire_way::to_upstream, x.xml);
  socket->send(make_outgoing(std::move(x.xml)));
}

void upstream_link_state::perform(protocol::upstream_expect_header&) {
  framer.restart();
}

void upstream_link_state::perform(protocol::upstream_start_tls&) {
  socket->start_tls();
}

void upstream_link_state::perform(protocol::upstream_features& x) {
  if (!opened) {
    opened = true;
    socket->set_deadline(std::chrono::milliseconds{0});
    report(target.endpoint, true, {});
    environment->count->add(counter::upstream_connected);
    environment->count->measured.observe(
      latency::upstream_connect, std::chrono::steady_clock::now() - life.born);
    log_event(log_level::info, "upstream_connected",
      {{"sid", order.stream_id}, {"domain", order.wish.to},
        {"endpoint", target.endpoint}, {"address", address},
        {"secure", stream.is_secure() ? "true" : "false"}});
  }
  warn(protocol::feature_warnings(x.features, stream.is_authenticated()));
  if (order.probe) {
    stop();
    return;
  }
  protocol::upstream_opened opening{
    std::move(x.header), std::move(x.features), stream.is_secure() || loopback};
  queue(upstream_stream_opened{std::move(opening)});
}

void upstream_link_state::perform(protocol::upstream_pass& x) {
  pass(std::move(x.element));
}

void upstream_link_state::perform(protocol::upstream_fail& x) {
  if (!failing)
    failing = std::move(x);
}

// A failure is dealt with when the framer is at rest: another endpoint needs a
// new one.
void upstream_link_state::settle_failure() {
  if (!failing || ended)
    return;
  auto x = *std::exchange(failing, std::nullopt);
  // Once the client has seen features, another server cannot go on.
  if (opened && x.cause == failure::redirected)
    x.cause = failure::unreachable;
  if (x.cause == failure::redirected && redirect(x))
    return;
  if (try_next(x.cause, x.detail))
    return;
  lose(x.cause, target.endpoint + ": " + x.detail, std::move(x.element));
}

void upstream_link_state::lose(
  failure cause, std::string detail, protocol::element_ptr error) {
  if (std::exchange(ended, true))
    return;
  attempt = nullptr;
  life.last_error = detail;
  if (!order.probe)
    environment->count->add(
      opened ? counter::upstream_lost : counter::upstream_failed);
  log_event(order.again ? log_level::debug : log_level::warn,
    opened ? "upstream_lost" : "upstream_failed",
    {{"sid", order.stream_id}, {"domain", order.wish.to},
      {"endpoint", target.endpoint}, {"cause", std::string{to_string(cause)}},
      {"detail", detail}});
  if (socket) {
    // RFC 6120 section 4.4: who is told the end says it, too.
    if (cause == failure::closed || cause == failure::stream_error)
      socket->send(make_outgoing(std::string{protocol::stream_end}));
    socket->close();
  }
  if (order.probe) {
    self->quit();
    return;
  }
  upstream_link_ended end{{cause, std::move(detail), std::move(error)}};
  if (std::holds_alternative<link_bound>(phase))
    self->send(tracker, std::move(end));
  else
    queue(std::move(end));
}

void upstream_link_state::warn(std::vector<std::string> texts) {
  if (!texts.empty())
    self->send(environment->servers->get(),
      upstream_warnings{target.endpoint, std::move(texts)});
}

// -- to session and tracker ---------------------------------------------------

read_credit upstream_link_state::charge(std::size_t bytes) {
  bytes += frame::overhead;
  socket->charge(bytes);
  return std::make_shared<const credit_token>(socket, bytes);
}

void upstream_link_state::inspect_challenge(const protocol::stream_element& x) {
  challenge_seen = true;
  auto tree = protocol::parse_tree(x.bytes);
  if (tree && protocol::has_downgrade_protection(tree->text))
    warn({std::string{protocol::downgrade_protection_warning}});
}

void upstream_link_state::watch(const protocol::stream_element& x) {
  if (x.name == "resumed") {
    hearing.resumed();
    socket->set_deadline(resumption_watch::patience);
  } else if (x.name == "a" && hearing.heard()) {
    socket->set_deadline(std::chrono::milliseconds{0});
  }
}

void upstream_link_state::check_hearing() {
  // Its ack may be among what the client does not let us read.
  if (!socket->has_credit()) {
    if (hearing.begin_anew())
      socket->set_deadline(resumption_watch::patience);
    return;
  }
  switch (hearing.due()) {
  case resumption_watch::verdict::hears: break;
  case resumption_watch::verdict::ask:
    socket->send(make_outgoing("<r xmlns='urn:xmpp:sm:3'/>"));
    socket->set_deadline(resumption_watch::patience);
    break;
  case resumption_watch::verdict::deaf:
    // The end of the stream is what its parser cannot take for a part of a
    // stanza.
    refuse_server({protocol::stream_error::connection_timeout, {},
      "no ack since the resumption"});
    break;
  }
}

void upstream_link_state::pass(protocol::element_ptr x) {
  ++out;
  if (x->ns == protocol::ns::stream_management)
    watch(*x);
  auto credit = charge(x->bytes.size());
  if (std::holds_alternative<link_bound>(phase)) {
    hand_to_tracker(std::move(x), std::move(credit));
    return;
  }
  if (!challenge_seen && x->name == "challenge")
    inspect_challenge(*x);
  queue(upstream_element{std::move(x), std::move(credit)});
}

void upstream_link_state::hand_to_tracker(
  protocol::element_ptr x, read_credit credit) {
  if (x->is_stanza())
    self->send(tracker, stanza_out{std::make_shared<delivery>(std::move(x), 0,
                          nullptr, std::move(credit), 0, direction::relayed)});
  else
    self->send(tracker, upstream_element{std::move(x), std::move(credit)});
}

void upstream_link_state::queue(link_negotiating::step x) {
  if (auto* now = std::get_if<link_negotiating>(&phase)) {
    now->steps.push(std::move(x));
    hand_next_to_session(*now);
  }
}

void upstream_link_state::hand_next_to_session(link_negotiating& x) {
  if (auto next = x.steps.next())
    std::visit([this](auto& y) { self->send(owner, std::move(y)); }, *next);
}

void upstream_link_state::go_on() {
  life.touch();
  if (auto* now = std::get_if<link_negotiating>(&phase)) {
    now->steps.done();
    hand_next_to_session(*now);
  }
}

void upstream_link_state::bound() {
  life.touch();
  auto* before = std::get_if<link_negotiating>(&phase);
  if (!before)
    return;
  auto waiting = before->steps.take_all();
  phase = link_bound{};
  for (auto& x : waiting)
    std::visit(
      protocol::overload{
        [](upstream_stream_opened&) {},
        [&](upstream_element& y) {
          hand_to_tracker(std::move(y.element), std::move(y.credit));
        },
        [this](upstream_link_ended& y) { self->send(tracker, std::move(y)); },
      },
      x);
}

// -- from session and tracker -------------------------------------------------

void upstream_link_state::write(upstream_write& x) {
  life.touch();
  if (ended || !socket)
    return;
  show(wire_way::to_upstream, x.element->bytes);
  auto text = protocol::to_tcp(*x.element);
  auto message =
    text.empty() ? make_outgoing(x.element) : make_outgoing(std::move(text));
  message.credit = std::move(x.credit);
  socket->send(std::move(message));
}

void upstream_link_state::take(stanza_in& x) {
  life.touch();
  ++in;
  if (ended || !socket) {
    environment->count->add(counter::stanzas_dropped);
    return;
  }
  auto& stanza = x.stanza->stanza();
  show(wire_way::to_upstream, stanza->bytes);
  auto text = protocol::to_tcp(*stanza);
  auto message =
    text.empty() ? make_outgoing(stanza) : make_outgoing(std::move(text));
  // It holds the client's read credit: who floods a server that does not read
  // is not read either.
  message.guard = std::move(x.stanza);
  socket->send(std::move(message));
}

void upstream_link_state::reopen(upstream_reopen& x) {
  life.touch();
  if (ended)
    return;
  act(protocol::upstream_restart{std::move(x.from), std::move(x.lang)});
  settle_failure();
}

void upstream_link_state::tell(nonza_in& x) {
  life.touch();
  if (ended || !socket)
    return;
  show(wire_way::to_upstream, x.xml);
  auto message = make_outgoing(std::move(x.xml));
  message.credit = std::move(x.credit);
  message.may_wait = x.may_wait;
  socket->send(std::move(message));
}

void upstream_link_state::refuse_server(const protocol::refuse_upstream& x) {
  life.touch();
  if (ended || !socket)
    return;
  socket->send(make_outgoing(protocol::to_xml(x.condition, {}, x.application)));
  socket->send(make_outgoing(std::string{protocol::stream_end}));
  lose(failure::bad_stream, target.endpoint + ": " + x.detail);
}

// Without `</stream:stream>`, with which the server would end the session. It
// keeps what the client has not acknowledged. Whole stanzas alone: see
// `resumption_watch`.
void upstream_link_state::hibernate() {
  if (socket && !ended)
    environment->count->add(counter::upstream_hibernated);
  leave({});
}

void upstream_link_state::stop() {
  leave(std::string{protocol::stream_end});
}

// What is queued is still written: the last word of the connection ends this
// actor.
void upstream_link_state::leave(std::string farewell) {
  stopping = true;
  attempt = nullptr;
  if (!socket) {
    self->quit();
    return;
  }
  if (std::exchange(ended, true))
    return;
  if (!farewell.empty())
    socket->send(make_outgoing(std::move(farewell)));
  socket->close();
}

actor_snapshot upstream_link_state::snapshot(bool detailed) const {
  auto x = life.snapshot(self, ended ? "ended"
                               : std::holds_alternative<link_bound>(phase)
                                 ? "bound"
                                 : std::string{stream.state_name()});
  x.parent = owner ? owner.id() : 0;
  auto counted = socket ? socket->counters() : transport_counters{};
  x.fields = {{"domain", order.wish.to}, {"endpoint", target.endpoint},
    {"address", address}, {"secure", stream.is_secure() ? "true" : "false"},
    {"stanzas_in", std::to_string(in)}, {"stanzas_out", std::to_string(out)},
    {"bytes_in", std::to_string(counted.bytes_in)},
    {"bytes_out", std::to_string(counted.bytes_out)},
    {"queued_bytes", std::to_string(socket ? socket->queued_bytes() : 0)}};
  if (detailed && socket)
    x.fields.push_back({"tls", socket->tls()});
  return x;
}

upstream_link_actor::behavior_type upstream_link(
  upstream_link_actor::stateful_pointer<upstream_link_state> self,
  session_actor owner, tracker_actor tracker,
  upstream_environment_ptr environment, upstream_order order) {
  auto& state = self->state;
  state.owner = owner;
  state.tracker = std::move(tracker);
  state.environment = std::move(environment);
  // A probe belongs to the upstream actor.
  if (owner)
    self->monitor(owner);
  else
    self->monitor(state.environment->servers->get());
  self->set_down_handler([self](caf::down_msg& x) { self->state.down(x); });
  state.start(std::move(order));
  return compact_behavior(
    self,
    // They are tried in this order: first what comes with each stanza.
    [](upstream_link_state& me, const chunk_received& x) { me.receive(x); },
    [](upstream_link_state& me, stanza_in& x) { me.take(x); },
    [](upstream_link_state& me, connect_done& x) { me.connected(*x.outcome); },
    [](upstream_link_state& me, upstream_tls_ready) { me.secured(); },
    [](upstream_link_state& me, deadline_reached) { me.deadline(); },
    [](upstream_link_state& me, const transport_closed& x) { me.closed(x); },
    [](upstream_link_state& me, upstream_write& x) { me.write(x); },
    [](upstream_link_state& me, upstream_reopen& x) { me.reopen(x); },
    [](upstream_link_state& me, upstream_next) { me.go_on(); },
    [](upstream_link_state& me, const upstream_bound&) { me.bound(); },
    [](upstream_link_state& me, nonza_in& x) { me.tell(x); },
    [](upstream_link_state& me, link_refused& x) { me.refuse_server(x.how); },
    [](upstream_link_state& me, hibernate_upstream) { me.hibernate(); },
    // No router knows this link.
    [](upstream_link_state& me, stanza_out&) { me.life.touch(); },
    [](upstream_link_state& me, restore_presence) { me.life.touch(); },
    [](upstream_link_state& me, stop_request) { me.stop(); },
    [](upstream_link_state& me, inspect_request x) {
      return me.snapshot(x.detailed);
    });
}

} // namespace causeway
