#include "actors/c2s/session.hpp"

#include "actors/c2s/connection.hpp"
#include "actors/c2s/parser.hpp"
#include "actors/c2s/session_table.hpp"
#include "actors/c2s/tracker.hpp"
#include "actors/compact_behavior.hpp"
#include "actors/inspect/event_log.hpp"
#include "protocol/jid.hpp"
#include "protocol/overload.hpp"

#include <utility>

namespace causeway {

namespace {

// Registry and account store are in this process and bounce requests when they
// die; for one that hangs, the deadline of the stream (`authTimeout`) ends the
// wait. A timer of CAF per request would wake the session long after it is
// established.
constexpr auto no_timeout = caf::infinite;

// An element that kills the parser ends its stream; a parser that dies
// without one is replaced so many times.
constexpr std::uint32_t max_parsers_lost = 3;

} // namespace

void session_state::start(transport_ptr socket, stream_environment_ptr shared) {
  environment = std::move(shared);
  place = gauge_share{environment->count};
  place.set(gauge::sessions_negotiating);
  peer = socket->peer();
  stream_id = environment->random_text();
  // PLAIN shows the password to whoever reads the wire.
  stream.emplace(environment->negotiation, peer.secure || peer.loopback);
  socket->limit_message(environment->websocket.max_message_before_auth);
  socket->set_deadline(environment->websocket.handshake_timeout);
  session_actor me{self};
  line = std::make_shared<client_line>(socket, environment, self->id());
  connection = self->spawn<caf::monitored>(
    causeway::connection, me, std::move(socket), line, environment);
  tracker = self->spawn<caf::monitored>(
    causeway::tracker, me, connection, line, environment);
  parser = self->spawn<caf::monitored>(
    causeway::parser, me, tracker, environment->xml, epoch);
  self->send(connection, parser_assigned{parser});
  environment->count->add(counter::sessions_started);
  log_event(log_level::debug, "stream_started",
    {{"sid", stream_id}, {"peer", peer.address},
      {"secure", peer.secure ? "true" : "false"},
      {"user_agent", peer.user_agent}});
}

void session_state::negotiate(element_in& received) {
  life.touch();
  client_waits = true;
  auto& x = received.element;
  auto tree = protocol::parse_tree(x->bytes);
  if (!tree) {
    fail(tree.error().condition, tree.error().detail);
    return;
  }
  note_misplaced(*tree, state_name());
  auto random = environment->random_text();
  credit = std::move(received.credit);
  if (gateway)
    relay_step(protocol::client_element{x, *tree, random});
  else
    step(protocol::element_received{*tree, x->is_stanza(), random});
  credit = nullptr;
}

void session_state::refuse(const protocol::xml_error& x) {
  life.touch();
  environment->count->add(counter::stream_errors);
  auto random = environment->random_text();
  if (gateway)
    relay_step(protocol::xml_refused{x, random});
  else
    step(protocol::xml_refused{x, random});
}

void session_state::step(const protocol::stream_event& event) {
  if (ending)
    return;
  auto was_open = !domain().empty();
  auto done = perform_all(stream->handle(event));
  if (done == performed::ended)
    return;
  if (!was_open && !domain().empty())
    self->send(connection, arm_deadline{environment->websocket.auth_timeout});
  if (done == performed::going_on && !stream->is_established())
    let_client_go_on();
}

void session_state::let_client_go_on() {
  if (std::exchange(client_waits, false))
    self->send(tracker, element_handled{});
}

bool session_state::perform(protocol::send_text& x) {
  write(make_outgoing(std::move(x.xml)));
  return false;
}

bool session_state::perform(protocol::find_credentials& x) {
  credentials_query query{std::move(x.domain), std::move(x.username), x.hash};
  self->request(environment->accounts->get(), no_timeout, query)
    .then(
      [this](credentials_answer& y) {
        step(protocol::credentials_found{std::move(y.credentials), y.exists});
      },
      [this](const caf::error&) { step(protocol::check_failed{}); });
  return true;
}

bool session_state::perform(protocol::check_password& x) {
  password_query query{
    std::move(x.domain), std::move(x.username), std::move(x.password)};
  self->request(environment->accounts->get(), no_timeout, std::move(query))
    .then([this](
            password_answer y) { step(protocol::password_checked{y.correct}); },
      [this](const caf::error&) { step(protocol::check_failed{}); });
  return true;
}

bool session_state::perform(protocol::authenticated& x) {
  jid = std::move(x.bare_jid);
  mechanism = std::move(x.mechanism);
  environment->count->add(counter::auth_succeeded);
  if (line)
    line->raise_limit();
  log_event(log_level::info, "stream_authenticated",
    {{"sid", stream_id}, {"jid", jid}, {"mechanism", mechanism},
      {"peer", peer.address}});
  environment->traces->bound(self->id(), jid);
  return false;
}

bool session_state::perform(protocol::authentication_failed& x) {
  environment->count->add(counter::auth_failed);
  log_event(log_level::warn, "stream_authentication_failed",
    {{"sid", stream_id}, {"domain", domain()},
      {"condition", std::string{to_string(x.condition)}},
      {"detail", std::move(x.detail)}, {"peer", peer.address}});
  return false;
}

bool session_state::perform(protocol::bind_resource& x) {
  std::string resource;
  if (!x.resource.empty()) {
    auto normalised = protocol::normalize_resource(x.resource);
    if (!normalised) {
      step(protocol::bind_refused{protocol::stanza_error::jid_malformed});
      return true;
    }
    resource = std::move(*normalised);
  }
  bind_request request{std::move(x.bare_jid), stream->domain(),
    std::move(resource), session_actor{self}};
  self->request(environment->registry, no_timeout, std::move(request))
    .then([this](bind_answer& y) { bound(y); },
      [this](const caf::error&) {
        step(protocol::bind_refused{
          protocol::stanza_error::internal_server_error});
      });
  return true;
}

void session_state::bound(bind_answer& x) {
  if (ending)
    return;
  if (x.full.empty()) {
    step(protocol::bind_refused{x.refusal});
    return;
  }
  jid = x.full;
  route = x.route;
  link = environment->spawn_link(session_actor{self}, tracker, x);
  self->monitor(link);
  environment->traces->bound(self->id(), jid);
  step(protocol::resource_bound{jid});
}

bool session_state::perform(protocol::establish&) {
  stream_established now{jid, stream->lang(), route, link};
  now.resumable = mechanism != "ANONYMOUS";
  self->send(tracker, std::move(now));
  self->send(environment->registry, route_added{jid, route, link});
  self->send(connection, arm_deadline{});
  note_login();
  log_event(
    log_level::info, "stream_bound", {{"sid", stream_id}, {"jid", jid}});
  return false;
}

void session_state::note_login() {
  place.set(gauge::sessions_established);
  environment->count->measured.observe(
    latency::login, std::chrono::steady_clock::now() - life.born);
}

void session_state::close(
  const protocol::close_stream& x, std::vector<std::string> farewell) {
  if (connection)
    self->send(
      connection, close_connection{x.code, x.reason, std::move(farewell)});
  finish(x.reason);
}

void session_state::fail(
  protocol::stream_error condition, std::string text, std::string application) {
  life.touch();
  if (ending)
    return;
  auto is_shutdown = condition == protocol::stream_error::system_shutdown;
  if (is_kept_upstream() && may_park() && (is_shutdown || !is_established())) {
    // The session lives on with its server: for another process, or another
    // stream where this one was too slow to resume it.
    cut_connection(1012, is_shutdown ? "restart" : "not resumed in time");
    park(to_string(condition));
    return;
  }
  life.last_error = text;
  environment->count->add(counter::stream_errors);
  if (domain().empty()) {
    // No stream was opened: there is nothing that an error could end.
    self->send(connection,
      close_connection{static_cast<std::uint16_t>(is_shutdown ? 1001 : 1008),
        std::move(text), {}});
    finish(to_string(condition));
    return;
  }
  protocol::stream_broken broken{
    condition, std::move(text), std::move(application)};
  if (gateway)
    relay_step(broken);
  else
    step(broken);
}

// A connection that was replaced does not end the session that goes on. What
// the tracker says of it comes before the resumption, which fails then.
void session_state::handle_failure(stream_failed& x) {
  auto& sender = self->current_sender();
  auto is_tracker = tracker && sender && sender->address() == tracker.address();
  if (is_tracker || is_from_connection())
    fail(x.condition, std::move(x.text), std::move(x.application));
}

// One that was replaced, or given up, has nothing to say any more.
bool session_state::is_from_connection() const {
  auto& sender = self->current_sender();
  return connection && sender && sender->address() == connection.address();
}

void session_state::handle_silence(silence_noticed x) {
  if (!is_from_connection())
    return;
  if (x.expired && may_park()) {
    // It may only sleep: it shall find its session when it wakes up.
    cut_connection(1001, "inactivity");
    start_parking("idle");
  } else if (x.expired)
    fail(protocol::stream_error::connection_timeout,
      "Closing connection due to inactivity.");
  else
    self->send(tracker, probe_client{});
}

void session_state::handle_end(const connection_ended& x) {
  life.touch();
  if (ending || !is_from_connection())
    return;
  life.last_error = x.how.detail;
  auto reason =
    x.write_queue_overflow ? "write-queue-overflow" : to_string(x.how.cause);
  if (may_park())
    start_parking(reason);
  else
    finish(reason);
}

void session_state::handle_down(const caf::down_msg& x) {
  if (parser && x.source == parser.address()) {
    replace_parser(x.reason);
    return;
  }
  auto connection_down = connection && x.source == connection.address();
  auto tracker_down = tracker && x.source == tracker.address();
  auto link_down = link && x.source == link.address();
  // What our client wants back has died, and may have said `<resumed/>` before.
  // One that ends in order has answered.
  if (wanted && !ending && x.source == wanted->session.address()) {
    if (x.reason && x.reason != caf::exit_reason::normal)
      cut(1011, "resumption-failed");
    return;
  }
  if (awaited && x.source == awaited->link.address()) {
    ask_upstream_to_resume();
    return;
  }
  // One that was let go before.
  if (!connection_down && !tracker_down && !link_down)
    return;
  if (tracker_down)
    tracker = tracker_actor{};
  else if (link_down)
    link = link_actor{};
  if (ending) {
    stop_children();
    return;
  }
  // It has told its end to the session that it came from.
  if (connection_down && may_park()
      && (!x.reason || x.reason == caf::exit_reason::normal)) {
    start_parking("connection-lost");
    return;
  }
  auto kind = connection_down ? "connection"
              : tracker_down  ? "tracker"
                              : "link";
  environment->count->add(counter::actors_failed);
  log_event(log_level::error, "actor_failed",
    {{"sid", stream_id}, {"kind", kind}, {"reason", to_string(x.reason)}});
  if (connection_down && may_park())
    start_parking("connection-failed");
  else if (connection_down)
    finish("connection-failed");
  else if (tracker_down && is_kept_upstream() && window) {
    // The server knows what the client has not got.
    cut_connection(1011, "tracker-failed");
    leave_upstream("tracker-failed");
  } else if (tracker_down)
    fail(protocol::stream_error::internal_server_error,
      "The stream lost its state.");
  else
    cut(1011, "link-failed");
}

// Not the link: that stays as it was made.
void session_state::change_policy(const policy_changed& x) {
  environment = x.environment;
  if (connection)
    self->send(connection, x);
  if (parser)
    self->send(parser, x);
  if (tracker)
    self->send(tracker, x);
}

void session_state::replace_parser(const caf::error& reason) {
  if (ending || parking) {
    parser = parser_actor{};
    if (ending)
      stop_children();
    else
      finish_parking();
    return;
  }
  environment->count->add(counter::actors_failed);
  environment->count->add(counter::parsers_replaced);
  log_event(log_level::error, "actor_failed",
    {{"sid", stream_id}, {"kind", "parser"}, {"reason", to_string(reason)}});
  if (++parsers_lost > max_parsers_lost) {
    fail(protocol::stream_error::internal_server_error,
      "The parser failed too often.");
    return;
  }
  parser = self->spawn<caf::monitored>(
    causeway::parser, session_actor{self}, tracker, environment->xml, epoch);
  // It stays paused until it is known which session goes on.
  if (wanted && wanted->is_drained)
    return;
  self->send(connection, parser_assigned{parser});
  // The marker may have gone with the parser.
  if (wanted)
    pause_client();
}

void session_state::write(outgoing_message x) {
  if (line && !line->write(std::move(x)))
    self->send(connection, write_queue_full{});
}

// Without `<close/>`, which would tell the client not to come back for its
// session (G-25).
void session_state::cut(std::uint16_t code, std::string_view reason) {
  cut_connection(code, reason);
  finish(reason);
}

void session_state::cut_connection(
  std::uint16_t code, std::string_view reason) {
  if (connection)
    self->send(connection, close_connection{code, std::string{reason}, {}});
}

void session_state::finish(std::string_view reason) {
  environment->count->add(counter::sessions_ended);
  log_event(log_level::info, "stream_ended",
    {{"sid", stream_id}, {"jid", jid}, {"domain", domain()},
      {"reason", std::string{reason}},
      // Of a parked session `stream_parked` has told why it lost its client.
      {"detail", parked ? std::string{} : life.last_error},
      {"peer", peer.address}});
  ending = true;
  parked.reset();
  environment->sessions->unpark(self->id());
  drop_record();
  answer_rest({});
  stop_children();
}

// One after the other, in the direction in which stanzas go: what the client
// has sent before its end still gets to the link. The end of this actor frees
// the resource: until then newer stanzas for it must not overtake what link
// and tracker give back.
void session_state::stop_children() {
  if (parser)
    self->send(parser, stop_request{});
  else if (tracker)
    self->send(tracker, stop_request{});
  else if (link)
    self->send(link, stop_request{});
  else
    self->quit();
}

std::string session_state::resume_name() const {
  if (!window)
    return "no";
  return is_kept_upstream() ? "upstream" : gateway ? "edge" : "here";
}

actor_snapshot session_state::snapshot(bool detailed) const {
  auto x = life.snapshot(self, std::string{ending   ? "ending"
                                           : parked ? "parked"
                                                    : state_name()});
  x.fields = {{"jid", jid}, {"domain", domain()}, {"peer", peer.address},
    {"secure", peer.secure ? "true" : "false"}, {"user_agent", peer.user_agent},
    {"stream_id", stream_id}, {"mechanism", mechanism},
    {"resume", resume_name()}};
  if (peer.secure)
    x.fields.push_back({"tls_version", peer.tls_version});
  if (line)
    add_counters(x.fields, *line);
  if (parked)
    describe_wait(x);
  if (detailed) {
    x.fields.push_back({"tls_cipher", peer.tls_cipher});
    x.fields.push_back(
      {"window", window ? std::to_string(window->count()) : ""});
    x.fields.push_back({"upstream_sm_id", upstream_sm_id});
    x.fields.push_back({"local_address", peer.local});
  }
  auto add = [&x](const auto& child) {
    if (child)
      x.children.push_back(child);
  };
  add(connection);
  if (parser)
    x.children.emplace_back(parser, parsers_lost);
  add(tracker);
  add(link);
  return x;
}

namespace {

session_actor::behavior_type behavior_of(
  session_actor::stateful_pointer<session_state> self) {
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.handle_down(x); });
  return compact_behavior(
    self, [](session_state& me, element_in& x) { me.negotiate(x); },
    [](session_state& me, element_refused& x) { me.refuse(x.error); },
    [](session_state& me, stream_failed& x) { me.handle_failure(x); },
    [](session_state& me, upstream_stream_opened& x) {
      me.take_upstream(std::move(x.opened));
    },
    [](session_state& me, upstream_element& x) {
      me.take_upstream(
        protocol::server_element{std::move(x.element)}, std::move(x.credit));
    },
    [](session_state& me, upstream_link_ended& x) {
      me.take_upstream(std::move(x.how));
    },
    [](session_state& me, session_resumable x) { me.allow_resumption(x); },
    [](session_state& me, drained& x) { me.handle_drained(x); },
    [](session_state& me, resume_request& x) { return me.resume(x); },
    [](session_state& me, const yield_request& x) { return me.yield(x); },
    [](session_state& me, park_expired x) { me.expire(x); },
    [](session_state& me, const connection_ended& x) { me.handle_end(x); },
    [](session_state& me, silence_noticed x) { me.handle_silence(x); },
    [](session_state& me, deadline_reached) {
      if (me.is_from_connection() && !me.is_established())
        me.fail(protocol::stream_error::connection_timeout,
          "The stream was not established in time.");
    },
    [](session_state& me, const policy_changed& x) { me.change_policy(x); },
    [](session_state& me, rest_request) { return me.rest(); },
    [](session_state& me, save_request) { me.save(); },
    [](session_state& me, restore_request& x) { return me.restore(x); },
    [](session_state& me, const session_order& x) { return me.obey(x); },
    [](session_state& me, end_session& x) { me.end_for(x); },
    [](session_state& me, inspect_request x) {
      return me.snapshot(x.detailed);
    });
}

} // namespace

session_actor::behavior_type session(
  session_actor::stateful_pointer<session_state> self, transport_ptr socket,
  stream_environment_ptr environment) {
  auto out = behavior_of(self);
  self->state.start(std::move(socket), std::move(environment));
  return out;
}

session_actor::behavior_type earlier_session(
  session_actor::stateful_pointer<session_state> self,
  stream_environment_ptr environment) {
  self->state.place = gauge_share{environment->count};
  self->state.environment = std::move(environment);
  return behavior_of(self);
}

} // namespace causeway
