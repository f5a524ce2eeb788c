#include "actors/inspect/admin.hpp"

#include "actors/inspect/account_control.hpp"
#include "actors/inspect/clean_text.hpp"
#include "actors/inspect/command_rights.hpp"
#include "actors/inspect/config_control.hpp"
#include "actors/inspect/control_command.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/inspect/health_report.hpp"
#include "actors/inspect/kill_actor.hpp"
#include "actors/inspect/log_report.hpp"
#include "actors/inspect/metrics_report.hpp"
#include "actors/inspect/session_control.hpp"
#include "actors/inspect/status_report.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace causeway {

namespace {

// Levels that a table of sessions needs: node, supervisor, session, children.
constexpr std::size_t session_depth = 3;
constexpr std::size_t most_parts = 16;
constexpr std::size_t any_depth = 16;
constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

// Tells nothing for a row of the table of sessions.
bool is_of_row(std::string_view kind) {
  return kind != "connection" && kind != "parser" && kind != "local_link";
}

// One request on its way to its one answer.
struct control_visitor {
  void operator()(const version_command&) { answer(version_report()); }

  void operator()(const status_command&) {
    inspect({.depth = 1, .children = 0}, [me = *this](const actor_tree& tree) {
      auto& x = me.environment();
      me.answer(status_report(tree, *x.counters, *x.config->get(),
        read_process_usage(), read_heap_usage(), me.context()));
    });
  }

  void operator()(const actors_command& x) {
    inspect({.depth = x.depth, .children = x.limit},
      [me = *this, x](const actor_tree& tree) {
        if (tree.nodes.empty())
          return me.answer(error_report("the node is ending"));
        me.answer_text(actors_report(tree, x.kind, me.context()));
      });
  }

  void operator()(const actor_command& x) {
    inspect({.depth = any_depth, .children = any_number},
      [me = *this, x](const actor_tree& tree) {
        auto i = std::ranges::find_if(
          tree.nodes, [&](auto& y) { return y.self.id == x.id; });
        if (i == tree.nodes.end())
          return me.answer(error_report("there is no such actor"));
        if (i->silent)
          return me.answer_text(actor_report(tree, *i, me.context()));
        me.look_closely(*i);
      });
  }

  // Once more, for what only a look at this one shows.
  void look_closely(const actor_tree_node& x) const {
    inspection_limits limits{.depth = 1, .children = any_number};
    limits.detailed = true;
    self->state.eyes.inspect(
      x.handle, limits, [me = *this, before = x](const actor_tree& tree) {
        if (tree.nodes.empty())
          return me.answer(error_report("the actor has ended"));
        auto node = tree.nodes.front();
        node.self.parent = before.self.parent;
        node.restarts = before.restarts;
        node.last_failure = before.last_failure;
        me.answer_text(actor_report(tree, node, me.context()));
      });
  }

  void operator()(const sessions_command& x) {
    // A session has some children, too.
    inspection_limits limits{
      .depth = session_depth, .children = std::max(x.limit, most_parts)};
    limits.wants = is_of_row;
    if (!x.wanted.is_any()) {
      limits.children = any_number;
      limits.descend = [x, found = std::size_t{0}](
                         const actor_snapshot& y) mutable {
        return y.kind != "session"
               || (is_wanted(x.wanted, y) && found++ < x.limit);
      };
    }
    inspect(limits, [me = *this, x](const actor_tree& tree) {
      me.answer_text(sessions_report(tree, x.wanted, x.limit));
    });
  }

  void operator()(const session_command& x) {
    auto session = environment().find_session(x.id);
    if (!session)
      return answer(error_report("there is no such session"));
    inspection_limits limits{.depth = 1};
    limits.detailed = true;
    self->state.eyes.inspect(
      session, limits, [me = *this](const actor_tree& tree) {
        if (tree.nodes.empty())
          return me.answer(error_report("the session has ended"));
        me.answer_text(session_report(tree, me.context()));
      });
  }

  void operator()(const session_order_command& x) {
    order_session(
      self, x, [me = *this](const boost::json::object& y) { me.answer(y); });
  }

  void operator()(const session_trace_command& x) {
    answer(trace_session(self, x));
  }

  void operator()(const trace_command& x) {
    if (!stream)
      return answer(
        error_report("many lines answer this command: not possible here"));
    auto refusal = begin_trace(self, x.order, stream);
    if (!refusal.empty())
      answer(refusal);
    else if (audit)
      audit(refusal);
  }

  void operator()(const top_command& x) {
    report_top(self, x.actors,
      [me = *this](const boost::json::object& y) { me.answer(y); });
  }

  void operator()(const accounts_command& x) {
    control_accounts(self, environment(), x.request,
      [me = *this](const boost::json::object& result) { me.answer(result); });
  }

  void operator()(const config_command& x) {
    control_config(self, self->state.environment, x,
      [me = *this](const boost::json::object& result) { me.answer(result); });
  }

  void operator()(const log_command& x) { answer(log_report(x, role)); }

  void operator()(const log_level_command& x) { answer(change_log_level(x)); }

  void operator()(const metrics_command&) {
    inspect({.depth = 1, .children = 0}, [me = *this](const actor_tree& tree) {
      auto& x = me.self->state.environment;
      me.answer({{"text",
        metrics_report(tree, *x.counters, *x.config->get()->config,
          read_process_usage(), {x.runs->busy_by_kind(), x.stuck->size()})}});
    });
  }

  void operator()(const health_command&) {
    inspect({.depth = 1, .children = 0}, [me = *this](const actor_tree& tree) {
      auto& x = me.self->state.environment;
      me.answer(health_report(tree, *x.config->get()->config));
    });
  }

  void operator()(const kill_command& x) {
    inspect({.depth = any_depth, .children = any_number},
      [me = *this, x](
        const actor_tree& tree) { me.answer(kill_actor(tree, x)); });
  }

  void operator()(const hang_command& x) {
    inspect({.depth = any_depth, .children = any_number},
      [me = *this, x](
        const actor_tree& tree) { me.answer(hang_actor(tree, x)); });
  }

  void inspect(const inspection_limits& limits,
    std::function<void(const actor_tree&)> done) const {
    self->state.eyes.inspect(environment().node, limits, std::move(done));
  }

  const admin_environment& environment() const {
    return self->state.environment;
  }

  report_context context() const {
    auto& x = environment();
    return {x.config->get()->config->node.name, x.runs->busy_by_actor(),
      x.stuck->all(), std::chrono::duration<double>{x.stuck_after}.count()};
  }

  // The serializer copies texts byte by byte.
  void answer(const boost::json::object& x) const {
    if (audit)
      audit(x);
    reply(clean_text(boost::json::serialize(x)));
  }

  // Of a command that changes nothing.
  void answer_text(std::string x) const { reply(std::move(x)); }

  admin_pointer self;
  std::function<void(std::string)> reply;
  std::function<void(std::shared_ptr<line_feed>)> stream;
  control_role role;
  /// Told of the answer to a command that changes something.
  std::function<void(const boost::json::object&)> audit = nullptr;
};

// Leaves who did what, and what came of it.
std::function<void(const boost::json::object&)> auditor(
  const control_request& x, std::string action) {
  return [from = x.from, role = x.role, action = std::move(action)](
           const boost::json::object& answer) {
    auto* error = answer.if_contains("error");
    auto* text = error ? error->if_string() : nullptr;
    log_event(error ? log_level::warn : log_level::info, "audit",
      {{"who", from}, {"role", std::string{to_string(role)}},
        {"action", action},
        {"result", text    ? std::string{*text}
                   : error ? "error"
                           : "done"}});
  };
}

void handle(admin_pointer self, control_request& x) {
  self->state.life.touch();
  control_visitor visitor{
    self, std::move(x.reply), std::move(x.stream), x.role};
  auto scope = scope_of(x.json);
  if (scope.changes)
    visitor.audit = auditor(x, scope.text);
  if (!permits(x.role, scope))
    return visitor.answer(
      error_report("this changes something, and needs the role admin"));
  auto command = parse_control_command(x.json);
  if (!command)
    return visitor.answer(error_report(command.error().text));
  std::visit(visitor, *command);
}

} // namespace

admin_actor::behavior_type admin(
  admin_actor::stateful_pointer<admin_state> self,
  admin_environment environment) {
  if (self->getf(caf::abstract_actor::is_detached_flag))
    yield_to_traffic();
  self->monitor(environment.node);
  self->set_down_handler([self](caf::down_msg& x) { self->quit(x.reason); });
  self->state.environment = std::move(environment);
  return {
    [self](control_request& x) { handle(self, x); },
    [self](inspection_due x) { self->state.eyes.due(x.number); },
    [self](trace_due x) { log_trace(self, x.session); },
    [self](inspect_request) { return self->state.life.snapshot(self); },
  };
}

} // namespace causeway
