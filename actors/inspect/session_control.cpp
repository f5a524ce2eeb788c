#include "actors/inspect/session_control.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/inspect/status_report.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace causeway {

namespace {

constexpr std::chrono::seconds order_patience{2};

std::string done_name(session_verb x) {
  switch (x) {
  case session_verb::kick: return "kicked";
  case session_verb::park: return "parked";
  case session_verb::expire: return "expired";
  case session_verb::resend: return "resent";
  }
  return "done";
}

void send_order(admin_pointer self, const session_actor& session,
  const session_order_command& x, const report_taker& done) {
  self->request(session, order_patience, x.order)
    .then(
      [x, done](const order_outcome& y) {
        if (y.refusal.empty())
          done({{done_name(x.order.verb), {{"id", x.id}, {"jid", y.jid}}}});
        else
          done(error_report(y.refusal));
      },
      [done](const caf::error&) {
        done(error_report("the session does not answer; the order may still "
                          "take effect"));
      });
}

// What the trackers below it have of this figure.
std::uint64_t unacked_in(const actor_tree& tree) {
  std::uint64_t out = 0;
  for_each_of_kind(tree, "tracker", [&out](const actor_tree_node& x) {
    auto n = figure(field(x.self, "unacked"));
    out += n.is_uint64() ? n.get_uint64() : 0;
  });
  return out;
}

} // namespace

void order_session(
  admin_pointer self, const session_order_command& x, report_taker done) {
  auto session = self->state.environment.find_session(x.id);
  if (!session)
    return done(error_report("there is no such session"));
  if (x.order.verb != session_verb::resend)
    return send_order(self, session, x, done);
  inspection_limits limits{.depth = 1};
  self->state.eyes.inspect(session, limits,
    [self, session, x, done = std::move(done)](const actor_tree& tree) {
      if (unacked_in(tree) == 0)
        done(error_report("nothing is unacknowledged"));
      else
        send_order(self, session, x, done);
    });
}

// -- traces -------------------------------------------------------------------

namespace {

boost::json::object too_many_traces() {
  return error_report("there are " + std::to_string(wire_traces::most)
                      + " traces already: end one of them");
}

// Streams that are about to go may hold these: they would keep their places.
void end_traces_of_ended_sessions(admin_state& state) {
  std::erase_if(state.logged, [&](auto& x) {
    if (state.environment.find_session(x.first))
      return false;
    x.second->stop();
    log_event(log_level::info, "wire_trace_ended",
      {{"session", std::to_string(x.first)}, {"why", "session"}});
    return true;
  });
}

} // namespace

boost::json::object trace_session(
  admin_pointer self, const session_trace_command& x) {
  auto& state = self->state;
  auto before = state.logged.extract(x.id);
  if (before)
    before.mapped()->stop();
  end_traces_of_ended_sessions(state);
  // One that is known may end, whatever has become of its session.
  if ((x.on || !before) && !state.environment.find_session(x.id))
    return error_report("there is no such session");
  if (!before && !x.on)
    return error_report("the session is not traced");
  if (x.on) {
    trace_order order;
    order.session = x.id;
    order.bodies = x.bodies;
    order.time = state.environment.log_trace_time;
    auto trace =
      std::make_shared<wire_trace>(order, state.environment.counters);
    if (!state.environment.traces->add(trace))
      return too_many_traces();
    trace->on_lines([to = self->address(), id = x.id] {
      if (auto strong = caf::actor_cast<admin_actor>(to))
        caf::anon_send(strong, trace_due{id});
    });
    state.logged[x.id] = trace;
    // A stream that keeps silent ends none.
    self->delayed_send(admin_actor{self}, order.time, trace_due{x.id});
  }
  return {{"traced", {{"id", x.id}, {"on", x.on}}}};
}

void log_trace(admin_pointer self, std::uint64_t session) {
  auto known = self->state.logged.find(session);
  if (known == self->state.logged.end())
    return;
  while (auto x = known->second->next()) {
    auto id = std::to_string(session);
    if (!x->end.empty()) {
      log_event(log_level::info, "wire_trace_ended",
        {{"session", id}, {"why", x->end}});
      self->state.logged.erase(known);
      return;
    }
    log_event(log_level::trace, "wire",
      {{"session", id}, {"way", std::string{to_string(x->way)}},
        {"bytes", std::to_string(x->bytes)},
        {"left_out", std::to_string(x->left_out)}, {"text", x->text}});
  }
}

boost::json::object begin_trace(admin_pointer self, const trace_order& order,
  const std::function<void(std::shared_ptr<line_feed>)>& stream) {
  auto& state = self->state;
  end_traces_of_ended_sessions(state);
  if (order.session != 0 && !state.environment.find_session(order.session))
    return error_report("there is no such session");
  auto trace = std::make_shared<wire_trace>(order, state.environment.counters);
  // First: a session that is bound meanwhile is seen either way.
  if (!state.environment.traces->add(trace))
    return too_many_traces();
  stream(trace);
  if (order.jid.empty())
    return {};
  // Node, supervisor, sessions.
  inspection_limits limits{.depth = 2};
  limits.children = std::numeric_limits<std::size_t>::max();
  state.eyes.inspect(state.environment.node, limits,
    [all = state.environment.traces, weak = std::weak_ptr{trace}](
      const actor_tree& tree) {
      auto strong = weak.lock();
      if (!strong)
        return;
      std::vector<std::uint64_t> ids;
      for_each_of_kind(tree, "session", [&](const actor_tree_node& x) {
        if (is_traced_jid(strong->order().jid, field(x.self, "jid")))
          ids.push_back(x.self.id);
      });
      all->include(*strong, ids);
    });
  return {};
}

// -- top ----------------------------------------------------------------------

void report_top(admin_pointer self, std::size_t actors, report_taker done) {
  auto& state = self->state;
  auto busy = state.environment.runs->busiest(actors);
  std::vector<inspectable_actor> handles{state.environment.node};
  for (auto& x : busy)
    if (x.handle)
      handles.push_back(caf::actor_cast<inspectable_actor>(x.handle));
  state.eyes.look_at(handles, {},
    [self, busy = std::move(busy), done = std::move(done)](
      const std::vector<actor_tree_node>& nodes) {
      auto& environment = self->state.environment;
      std::vector<inspectable_actor> sessions;
      for (auto& x : nodes)
        if (auto owner = environment.find_session(x.self.parent))
          sessions.push_back(owner);
      // Several actors of one session may be among them.
      std::ranges::sort(sessions, {}, &inspectable_actor::id);
      auto [first, last] =
        std::ranges::unique(sessions, {}, &inspectable_actor::id);
      sessions.erase(first, last);
      self->state.eyes.look_at(sessions, {},
        [self, busy, nodes, done](const std::vector<actor_tree_node>& owners) {
          auto& x = self->state.environment;
          auto [all, parked] = x.count_sessions();
          done(top_report({busy, nodes, owners, all, parked,
                            x.runs->busy_by_kind(), x.runs->threads(),
                            x.stuck->all(), x.config->get()->config->node.name},
            *x.counters, read_process_usage()));
        });
    });
}

} // namespace causeway
