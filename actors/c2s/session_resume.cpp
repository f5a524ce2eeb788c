/// The half of `session` for XEP-0198 section 5: a session that loses its
/// connection waits for its client; the session of a new stream hands its
/// connection to the one that the client wants back.
///
///     new session                          old session
///       connection -> paused
///       parser, tracker -> drained
///       resume_request ------------------> tracker: attach_client
///       resume_verdict <------------------ connection_adopted -> connection
///                                            what came early -> tracker
///       ends
///
/// The old session decides every race by the order of what it gets.
#include "actors/c2s/connection.hpp"
#include "actors/c2s/parser.hpp"
#include "actors/c2s/session.hpp"
#include "actors/c2s/session_table.hpp"
#include "actors/inspect/event_log.hpp"
#include "protocol/framing.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <utility>

namespace causeway {

// -- the session of the new stream --------------------------------------------

bool session_state::perform(protocol::resume_session& x) {
  auto id = environment->keys->open(x.previd);
  // What a client of a gateway domain has proved is compared by the session.
  if (gateway)
    x.bare_jid = id ? id->bare_jid : std::string{};
  wanted = std::make_unique<wanted_session>();
  // Of a gateway's client whose login cannot be judged nothing is proved.
  auto is_proved = !gateway || gateway->identity();
  if (id && is_proved && id->bare_jid == x.bare_jid && id->domain == domain())
    wanted->session = find_wanted(*id);
  auto& request = wanted->request;
  request.bare = std::move(x.bare_jid);
  if (gateway)
    request.identity = gateway->identity();
  request.h = x.h;
  request.previd = std::move(x.previd);
  request.connection = connection;
  request.line = line;
  request.peer = peer.address;
  request.secure = peer.secure;
  request.user_agent = peer.user_agent;
  request.tls_version = peer.tls_version;
  request.tls_cipher = peer.tls_cipher;
  request.stream_id = stream_id;
  // Whatever the answer will be, it takes the same way.
  pause_client();
  return true;
}

session_actor session_state::find_wanted(const protocol::sm_id& id) const {
  if (id.node != environment->node || !id.upstream_id.empty())
    return {};
  if (id.incarnation == environment->incarnation)
    return environment->sessions->find(id.session);
  // What is held for a server behind does not outlive its process.
  if (gateway)
    return {};
  return environment->sessions->find(session_key{id.incarnation, id.session});
}

template <class Event>
void session_state::judge_resumption(const Event& event) {
  if (gateway)
    relay_step(event);
  else
    step(event);
}

void session_state::pause_client() {
  self->send(connection, pause_messages{++wanted->pause});
}

void session_state::handle_drained(drained& x) {
  life.touch();
  if (parking)
    finish_parking();
  // The marker of a pause that began anew says nothing.
  if (ending || !wanted || x.pause != wanted->pause)
    return;
  wanted->is_drained = true;
  wanted->request.early = std::move(x.early);
  if (!wanted->session || wanted->session == session_actor{self}) {
    refuse_resumption({});
    return;
  }
  // It may die with our answer.
  self->monitor(wanted->session);
  self->request(wanted->session, caf::infinite, wanted->request)
    .then(
      [this](const resume_verdict& y) {
        if (ending)
          return;
        self->demonitor(wanted->session.address());
        if (y.granted)
          hand_over();
        else
          refuse_resumption(y);
      },
      [this](const caf::error&) { refuse_resumption({}); });
}

void session_state::hand_over() {
  if (ending)
    return;
  judge_resumption(protocol::resume_taken{});
  self->demonitor(connection.address());
  forget_connection();
  finish("resumed-another");
}

void session_state::count_refusal(std::string_view condition) {
  using protocol::stanza_error;
  auto is = [condition](stanza_error x) { return condition == to_string(x); };
  environment->count->add(counter::resumptions_refused);
  environment->count->add(is(stanza_error::item_not_found)
                            ? counter::resumptions_refused_not_found
                          : is(stanza_error::feature_not_implemented)
                            ? counter::resumptions_refused_unsupported
                            : counter::resumptions_refused_unexpected);
}

void session_state::note_misplaced(
  const protocol::element& x, std::string_view state) {
  if (x.is("enable", protocol::ns::stream_management))
    environment->count->add(counter::sm_enable_refused);
  else if (x.is("resume", protocol::ns::stream_management)
           && state != "unbound")
    count_refusal(to_string(protocol::stanza_error::unexpected_request));
}

void session_state::refuse_resumption(const resume_verdict& x) {
  if (ending)
    return;
  wanted.reset();
  count_refusal(to_string(x.refusal));
  log_event(log_level::info, "resumption_refused",
    {{"sid", stream_id}, {"jid", jid},
      {"condition", std::string{to_string(x.refusal)}},
      {"peer", peer.address}});
  // What the tracker has shown is still with it.
  self->send(connection, parser_assigned{parser});
  judge_resumption(protocol::resume_refused{x.refusal, x.h});
}

// -- the session that is resumed ----------------------------------------------

void session_state::allow_resumption(session_resumable x) {
  life.touch();
  window = x.window;
  held_at_edge = x.at_edge;
  if (is_kept_upstream())
    note_kept();
  if (environment->is_durable() && !gateway)
    recorded = {environment->incarnation, self->id()};
}

// In a gateway domain its server alone knows which accounts there are: the
// login has to be the same in every respect (G-36).
bool session_state::is_wanted_by(const resume_request& x) const {
  auto bare = protocol::jid::parse(jid);
  if (!bare || to_string(bare->bare()) != x.bare)
    return false;
  if (!gateway)
    return !x.identity;
  return held_at_edge && x.identity && x.identity == gateway->identity();
}

caf::result<resume_verdict> session_state::resume(resume_request& x) {
  life.touch();
  if (ending || !window || !is_wanted_by(x))
    return resume_verdict{};
  // Its client shall find it in the next process: the connection is cut by the
  // end of its old owner.
  if (resting)
    return resume_verdict{true, {}, {}};
  attach_client attach{x.h, x.previd, x.connection, x.line, ++last_epoch};
  auto promise = self->make_response_promise<resume_verdict>();
  ++attaching;
  self->request(tracker, caf::infinite, std::move(attach))
    .then(
      [this, promise, request = x, number = last_epoch](
        const resume_verdict& y) mutable {
        --attaching;
        // One that is coming to its end leaves the connection to its old
        // owner, who cuts it.
        if (y.granted && !ending)
          adopt(request, number);
        else
          expire_late();
        promise.deliver(y);
        go_to_rest();
      },
      [this, promise](const caf::error&) mutable {
        --attaching;
        // The client may have heard `<resumed/>` already: its connection is
        // left to its old owner, who cuts it.
        promise.deliver(resume_verdict{true, {}, {}});
        go_to_rest();
      });
  return promise;
}

// Its time was over while the tracker judged a client that came back: that
// one was first, if it was good.
void session_state::expire_late() {
  if (auto x = std::exchange(overdue, std::nullopt))
    expire(*x);
}

void session_state::adopt(const resume_request& x, connection_epoch number) {
  close_for_another();
  drop_connection();
  epoch = number;
  parking.reset();
  overdue.reset();
  // It was of the connection before.
  life.last_error.clear();
  if (parked)
    environment->count->measured.observe(
      latency::absence, std::chrono::system_clock::now() - parked->since);
  parked.reset();
  place.set(gauge::sessions_established);
  environment->sessions->unpark(self->id());
  if (route != 0)
    self->send(environment->registry, binding_parked{route, false});
  if (!environment->is_durable())
    drop_record();
  peer.address = x.peer;
  peer.secure = x.secure;
  peer.user_agent = x.user_agent;
  peer.tls_version = x.tls_version;
  peer.tls_cipher = x.tls_cipher;
  connection = x.connection;
  line = x.line;
  self->monitor(connection);
  parser = self->spawn<caf::monitored>(
    causeway::parser, session_actor{self}, tracker, environment->xml, epoch);
  // What came behind `<resume/>`, before all that the new parser will find:
  // should it end the stream, it ends on this connection.
  for (auto& y : *x.early)
    std::visit(
      [this](auto z) {
        z.epoch = epoch;
        self->send(tracker, std::move(z));
      },
      y);
  self->send(connection, connection_adopted{session_actor{self}, parser});
  // It may have changed hands while another configuration came into force.
  self->send(connection, policy_changed{environment});
  self->send(connection, arm_deadline{});
  environment->count->add(counter::sessions_resumed);
  log_event(log_level::info, "stream_resumed",
    {{"sid", stream_id}, {"jid", jid}, {"by", x.stream_id}, {"peer", x.peer}});
}

// -- without a connection -----------------------------------------------------

bool session_state::may_park() const {
  return window && !ending && tracker && link;
}

void session_state::close_for_another() {
  if (!connection)
    return;
  self->demonitor(connection.address());
  self->send(connection,
    close_connection{1000, "resumed elsewhere",
      {protocol::to_xml(protocol::stream_error::conflict,
         "The stream previously served over this connection is resumed on "
         "a new connection."),
        std::string{protocol::close_element}}});
  forget_connection();
}

void session_state::drop_connection() {
  if (parser) {
    self->demonitor(parser.address());
    self->send_exit(parser, caf::exit_reason::user_shutdown);
  }
  parser = parser_actor{};
  forget_connection();
}

void session_state::forget_connection() {
  connection = connection_actor{};
  line = nullptr;
}

// What came before the loss is handled first: there may be a `<close/>` in it.
void session_state::start_parking(std::string_view reason) {
  if (connection)
    self->demonitor(connection.address());
  forget_connection();
  parking = reason;
  if (parser)
    self->send(parser, drain_marker{});
  else
    finish_parking();
}

void session_state::finish_parking() {
  if (auto reason = std::exchange(parking, std::nullopt); reason && !ending)
    park(*reason);
}

void session_state::park(std::string_view reason) {
  if (is_kept_upstream()) {
    leave_upstream(reason);
    return;
  }
  drop_connection();
  auto by_client = reason == to_string(close_cause::peer_closed)
                   || reason == to_string(close_cause::connection_lost);
  self->send(tracker, detach_client{epoch, by_client});
  environment->count->add(counter::sessions_parked);
  log_event(log_level::info, "stream_parked",
    {{"sid", stream_id}, {"jid", jid}, {"reason", std::string{reason}},
      {"detail", life.last_error}, {"peer", peer.address},
      {"window", std::to_string(window->count())}});
  wait_for_client(*window, std::chrono::system_clock::now());
  go_to_rest();
}

void session_state::wait_for_client(
  std::chrono::milliseconds left, journal_time since) {
  parked = std::make_shared<const parked_wait>(
    parked_wait{self->address(), ++last_epoch, since});
  place.set(gauge::sessions_parked);
  if (route != 0)
    self->send(environment->registry, binding_parked{route});
  environment->after(left, [weak = std::weak_ptr{parked}] {
    auto wait = weak.lock();
    auto strong =
      wait ? caf::actor_cast<session_actor>(wait->session) : session_actor{};
    if (strong)
      caf::anon_send(strong, park_expired{wait->number});
  });
  auto& limits = environment->resumption;
  auto address = protocol::jid::parse(jid);
  auto longest = environment->sessions->park(self->id(),
    address ? to_string(address->bare()) : jid, limits.max_parked_per_account,
    limits.max_parked);
  if (longest)
    self->send(longest, park_expired{});
}

void session_state::expire(park_expired x) {
  life.touch();
  if (ending || resting || !parked || (x.wait && *x.wait != parked->number))
    return;
  if (attaching > 0) {
    overdue = x;
    return;
  }
  environment->count->add(
    x.wait ? counter::sessions_expired : counter::sessions_crowded_out);
  finish(x.wait ? "resume-timeout" : "too-many-parked");
}

} // namespace causeway
