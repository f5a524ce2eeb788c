/// The commands on the log.
#include "tools/ctl/command_line.hpp"
#include "tools/ctl/log_view.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace causeway::ctl {

namespace {

void add_log_level(CLI::App& log, command_line& x) {
  auto* level = log.add_subcommand(
    "level", "Show the level of each component, or change it at once");
  level->footer("LEVEL is trace, debug, info, warn, error, or configured for "
                "what the configuration says. A reload of other log settings "
                "and a restart forget the change.");
  level->add_option("COMPONENT", x.component, "A component, or all");
  level->add_option("LEVEL", x.level, "Its level from now on");
  level->callback([&x] {
    x.job.request = {{"command", "log_level"}, {"level", x.level}};
    if (x.component != "all")
      x.job.request["component"] = x.component;
    x.job.show = show_log_levels;
  });
}

} // namespace

void add_log(CLI::App& app, command_line& x) {
  auto* log = app.add_subcommand("log", "The last events of the log, or live");
  log->footer("Components: node, c2s, routing, upstream, domain, inspect, "
              "transport. Whatever the output of the log is, the server keeps "
              "its last events (log.recent).");
  log->require_subcommand(0, 1);
  log->add_flag("-f,--follow", x.follow, "Go on with what comes");
  log->add_option("--level", x.level, "Only this level and above")
    ->type_name("LEVEL");
  log->add_option("--component", x.component, "Only this component")
    ->type_name("COMPONENT");
  log
    ->add_option(
      "--where", x.where, "Only with this field, such as sid=17f3 or jid=...")
    ->type_name("KEY=VALUE");
  auto* limit = log->add_option("--limit", x.limit, "Most events shown");
  add_log_level(*log, x);
  log->callback([&x, log, limit] {
    if (!log->get_subcommands().empty())
      return;
    x.job.request = {{"command", "log"}, {"level", x.level},
      {"component", x.component}, {"where", x.where}};
    if (limit->count() > 0)
      x.job.request["limit"] = x.limit;
    x.job.show = show_events;
    if (x.follow)
      x.instead = [&x] { return follow_log(std::move(x.job)); };
  });
}

} // namespace causeway::ctl
