/// The half of `session` for the end of its process and the next one.
///
///     supervisor                session                       tracker
///       rest_request ----------> cuts and drains its client
///       rest_answer <----------- parked
///       flushes links, router
///       save_request ----------> save_state ----------------> journal
///                                ends <---------------------- state_saved
///
///     supervisor                session, in the next process
///       restore_request -------> binds, makes link and tracker's queue
///       restore_answer <-------- parked for the rest of its window
#include "actors/c2s/session.hpp"
#include "actors/c2s/session_table.hpp"
#include "actors/c2s/tracker.hpp"
#include "actors/inspect/event_log.hpp"
#include "protocol/jid.hpp"

#include <utility>

namespace causeway {

// -- the end of the process ---------------------------------------------------

caf::result<rest_answer> session_state::rest() {
  life.touch();
  if (ending || gateway || !environment->journal || !may_park()) {
    fail(protocol::stream_error::system_shutdown, {});
    return rest_answer{};
  }
  resting = true;
  auto promise = self->make_response_promise<rest_answer>();
  rest_waiters.push_back(promise);
  go_to_rest();
  return promise;
}

// Again after each step that may have stood in its way.
void session_state::go_to_rest() {
  if (!resting || attaching > 0 || ending || parking)
    return;
  if (parked) {
    answer_rest(link);
    return;
  }
  cut_connection(1012, "restart");
  start_parking("restart");
}

void session_state::answer_rest(const link_actor& x) {
  for (auto& waiter : std::exchange(rest_waiters, {}))
    waiter.deliver(rest_answer{x});
}

void session_state::save() {
  life.touch();
  if (ending || !parked)
    return;
  self->request(tracker, caf::infinite, save_state{parked->since})
    .then(
      [this](state_saved x) {
        if (x.written) {
          recorded = {};
          environment->count->add(counter::sessions_saved);
        }
        if (!ending)
          finish("restart");
      },
      [this](const caf::error&) {
        if (!ending)
          finish("restart");
      });
}

// What the journal has of this session is not true any more.
void session_state::drop_record() {
  if (auto key = std::exchange(recorded, session_key{}))
    environment->journal->write(session_dropped{key});
}

// -- the next process ---------------------------------------------------------

caf::result<restore_answer> session_state::restore(restore_request& x) {
  life.touch();
  auto& record = x.saved->record;
  stream_id = environment->random_text();
  jid = record.full;
  recorded = record.key;
  stream.emplace(environment->negotiation, false);
  session_actor me{self};
  tracker = self->spawn<caf::monitored>(
    causeway::tracker, me, connection_actor{}, nullptr, environment);
  bind_request request;
  if (auto full = protocol::jid::parse(jid)) {
    stream->restore(full->domain(), record.lang);
    request = {to_string(full->bare()), full->domain(), full->resource(), me};
  }
  auto promise = self->make_response_promise<restore_answer>();
  self->request(environment->registry, caf::infinite, std::move(request))
    .then(
      [this, saved = x.saved, promise](bind_answer& y) mutable {
        go_on(saved, y);
        promise.deliver(restore_answer{!ending});
      },
      [this, promise](const caf::error&) mutable {
        // The registry is dead, and the node stops: the record stays.
        recorded = {};
        finish("restart");
        promise.deliver(restore_answer{});
      });
  return promise;
}

void session_state::go_on(const saved_session_ptr& saved, bind_answer& x) {
  if (ending)
    return;
  auto& record = saved->record;
  if (x.full != record.full) {
    log_event(log_level::warn, "session_dropped",
      {{"jid", jid}, {"reason", std::string{to_string(x.refusal)}}});
    for (auto& y : saved->unacked)
      environment->journal->release(y, environment->returns);
    finish("not-restored");
    return;
  }
  route = x.route;
  window = record.window;
  x.presence = saved->presence;
  link = environment->spawn_link(session_actor{self}, tracker, x);
  self->monitor(link);
  stream_established now{jid, record.lang, route, link};
  now.resumable = true;
  now.saved = saved;
  self->send(tracker, std::move(now));
  self->send(environment->registry, route_added{jid, route, link});
  environment->count->add(counter::sessions_restored);
  log_event(log_level::debug, "session_restored",
    {{"sid", stream_id}, {"jid", jid},
      {"unacked", std::to_string(saved->unacked.size())}});
  wait_for_client(
    saved->left, record.parked.value_or(std::chrono::system_clock::now()));
}

} // namespace causeway
