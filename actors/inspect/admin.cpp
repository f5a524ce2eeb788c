#include "actors/inspect/admin.hpp"

#include "actors/inspect/account_control.hpp"
#include "actors/inspect/clean_text.hpp"
#include "actors/inspect/command_rights.hpp"
#include "actors/inspect/config_control.hpp"
#include "actors/inspect/control_command.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/inspect/health_report.hpp"
#include "actors/inspect/inspector.hpp"
#include "actors/inspect/kill_actor.hpp"
#include "actors/inspect/log_report.hpp"
#include "actors/inspect/metrics_report.hpp"
#include "actors/inspect/status_report.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace causeway {

namespace {

using admin_pointer = admin_actor::stateful_pointer<admin_state>;

// Levels that a table of sessions needs: node, supervisor, session, children.
constexpr std::size_t session_depth = 3;

// One request on its way to its one answer.
struct control_visitor {
  void operator()(const version_command&) { answer(version_report()); }

  void operator()(const status_command&) {
    inspect(1, 0, [me = *this](const actor_tree& tree) {
      auto& x = me.self->state.environment;
      me.answer(status_report(
        tree, *x.counters, *x.config->get(), read_process_usage()));
    });
  }

  void operator()(const actors_command& x) {
    inspect(x.depth, x.limit, [me = *this, x](const actor_tree& tree) {
      me.answer(actors_report(tree, x.kind));
    });
  }

  void operator()(const sessions_command& x) {
    inspect(session_depth, x.limit, [me = *this](const actor_tree& tree) {
      me.answer(sessions_report(tree));
    });
  }

  void operator()(const accounts_command& x) {
    control_accounts(self, self->state.environment, x.request,
      [me = *this](const boost::json::object& result) { me.answer(result); });
  }

  void operator()(const config_command& x) {
    control_config(self, self->state.environment, x,
      [me = *this](const boost::json::object& result) { me.answer(result); });
  }

  void operator()(const log_command& x) { answer(log_report(x)); }

  void operator()(const log_level_command& x) { answer(change_log_level(x)); }

  void operator()(const metrics_command&) {
    inspect(1, 0, [me = *this](const actor_tree& tree) {
      auto& x = me.self->state.environment;
      me.answer({{"text", metrics_report(tree, *x.counters,
                            *x.config->get()->config, read_process_usage())}});
    });
  }

  void operator()(const health_command&) {
    inspect(1, 0, [me = *this](const actor_tree& tree) {
      auto& x = me.self->state.environment;
      me.answer(health_report(tree, *x.config->get()->config));
    });
  }

  void operator()(const kill_command& x) {
    constexpr std::size_t any_depth = 16;
    constexpr std::size_t any_number = 1'000'000;
    inspect(any_depth, any_number, [me = *this, x](const actor_tree& tree) {
      me.answer(kill_actor(tree, x));
    });
  }

  void inspect(std::size_t depth, std::size_t children,
    std::function<void(const actor_tree&)> done) const {
    inspection_limits limits;
    limits.depth = depth;
    limits.children = children;
    inspect_tree(self, self->state.environment.node, limits, std::move(done));
  }

  // The serializer copies texts byte by byte.
  void answer(const boost::json::object& x) const {
    if (audit)
      audit(x);
    reply(clean_text(boost::json::serialize(x)));
  }

  admin_pointer self;
  std::function<void(std::string)> reply;
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
  control_visitor visitor{self, std::move(x.reply)};
  auto command = parse_control_command(x.json);
  if (!command)
    return visitor.answer(error_report(command.error().text));
  auto scope = scope_of(x.json);
  if (scope.changes)
    visitor.audit = auditor(x, scope.text);
  if (!permits(x.role, scope))
    return visitor.answer(
      error_report("this changes something, and needs the role admin"));
  std::visit(visitor, *command);
}

} // namespace

admin_actor::behavior_type admin(
  admin_actor::stateful_pointer<admin_state> self,
  admin_environment environment) {
  self->monitor(environment.node);
  self->set_down_handler([self](caf::down_msg& x) { self->quit(x.reason); });
  self->state.environment = std::move(environment);
  return {
    [self](control_request& x) { handle(self, x); },
    [self](inspect_request) { return self->state.life.snapshot(self); },
  };
}

} // namespace causeway
