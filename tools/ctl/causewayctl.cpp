#include "config/key_table.hpp"
#include "tools/ctl/config_reports.hpp"
#include "tools/ctl/job.hpp"
#include "tools/ctl/log_view.hpp"
#include "tools/ctl/manual.hpp"
#include "tools/ctl/password_prompt.hpp"
#include "tools/ctl/reports.hpp"
#include "tools/ctl/tree_view.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>

namespace {

using namespace causeway::ctl;
namespace json = boost::json;

// What the command line fills in; `job` is what main then runs.
struct command_line {
  causeway::ctl::job job;
  std::string kind;
  std::string jid;
  std::string domain;
  std::string file;
  std::string key;
  std::uint64_t generation = 0;
  std::string level;
  std::string component;
  std::string where;
  std::uint64_t depth = 16;
  std::uint64_t limit = 1'000;
  std::uint64_t id = 0;
  double watch = 0;
  bool flat = false;
  bool tree = false;
  bool follow = false;
  bool password_stdin = false;
  /// The command needs no server.
  bool explains = false;
  /// The command asks for a password first.
  bool needs_password = false;
};

// Shows the tree, from the second look on with the rates since the last.
std::function<std::string(const json::object&)> live_tree(
  const command_line& x) {
  using clock = std::chrono::steady_clock;
  struct last_look {
    std::map<std::uint64_t, std::uint64_t> handled;
    clock::time_point time;
  };
  return [options = tree_options{x.flat, x.kind, {}},
           last = std::make_shared<last_look>()](
           const json::object& answer) mutable {
    last_look now{handled_by_id(answer), clock::now()};
    std::chrono::duration<double> passed = now.time - last->time;
    options.rates = rates_between(last->handled, now.handled, passed.count());
    *last = std::move(now);
    return show_actors(answer, options);
  };
}

void add_watch(CLI::App& command, command_line& x) {
  command.add_option("--watch", x.watch, "Ask again every so many seconds")
    ->type_name("SECONDS")
    ->check(CLI::Range(0.1, 86'400.0));
}

void add_status(CLI::App& app, command_line& x) {
  auto* version = app.add_subcommand("version", "Version of the server");
  version->callback([&x] {
    x.job.request = {{"command", "version"}};
    x.job.show = show_version;
  });
  auto* status = app.add_subcommand(
    "status", "Listeners, domains, sessions, counters, memory");
  add_watch(*status, x);
  status->callback([&x] {
    x.job.request = {{"command", "status"}};
    x.job.show = show_status;
  });
}

void add_actors(CLI::App& app, command_line& x) {
  auto* actors =
    app.add_subcommand("actors", "The tree of actors with their counters");
  actors->footer("Actors that do not answer within a second show as silent.");
  actors->add_option("--kind", x.kind, "Only actors of this kind")
    ->type_name("KIND");
  auto* tree = actors->add_flag("--tree", x.tree, "Draw a tree (default)");
  actors->add_flag("--flat", x.flat, "Draw a plain list")->excludes(tree);
  actors->add_option("--depth", x.depth, "Levels below the root")
    ->capture_default_str();
  actors->add_option("--limit", x.limit, "Most children shown of one actor")
    ->capture_default_str();
  add_watch(*actors, x);
  actors->callback([&x] {
    x.job.request = {{"command", "actors"}, {"kind", x.kind},
      {"depth", x.depth}, {"limit", x.limit}};
    x.job.show = live_tree(x);
  });
}

void add_sessions(CLI::App& app, command_line& x) {
  auto* sessions = app.add_subcommand("sessions", "One row per client stream");
  sessions->footer("H IN and H OUT count the stanzas of Stream Management, "
                   "UNACKED those that the client has not acknowledged; "
                   "RESUME is where it may come back: here, upstream, or at "
                   "the edge for a server that cannot resume; IN "
                   "and OUT are bytes of WebSocket messages.");
  sessions->add_option("--limit", x.limit, "Most sessions shown")
    ->capture_default_str();
  add_watch(*sessions, x);
  sessions->callback([&x] {
    x.job.request = {{"command", "sessions"}, {"limit", x.limit}};
    x.job.show = show_sessions;
  });
}

void add_account_verb(CLI::App& account, command_line& x,
  const std::string& verb, const std::string& description,
  bool needs_password) {
  auto* command = account.add_subcommand(verb, description);
  command->add_option("JID", x.jid, "Account as name@domain")->required();
  if (needs_password)
    command->add_flag("--password-stdin", x.password_stdin,
      "Read the password from the first line of standard input");
  command->callback([&x, verb, needs_password] {
    x.needs_password = needs_password;
    x.job.request = {{"command", "account"}, {"verb", verb}, {"jid", x.jid}};
    x.job.show = show_accounts;
  });
}

void add_account(CLI::App& app, command_line& x) {
  auto* account =
    app.add_subcommand("account", "Accounts of the domains served here");
  account->require_subcommand(1);
  add_account_verb(*account, x, "add", "Make an account", true);
  add_account_verb(*account, x, "passwd", "Set another password", true);
  add_account_verb(
    *account, x, "remove", "Remove an account and end its sessions", false);
  auto* list = account->add_subcommand("list", "List the accounts");
  list->add_option("DOMAIN", x.domain, "Only those of this domain");
  list->callback([&x] {
    x.job.request = {
      {"command", "account"}, {"verb", "list"}, {"domain", x.domain}};
    x.job.show = show_accounts;
  });
}

using show_function = std::string (*)(const json::object&);

void add_reload(CLI::App& parent, command_line& x, const std::string& name,
  const std::string& description) {
  auto* reload = parent.add_subcommand(name, description);
  reload->footer("All of the file comes into force, or nothing. SIGHUP and a "
                 "change of the file do the same.");
  reload->callback([&x] {
    x.job.request = {{"command", "config"}, {"verb", "reload"}};
    x.job.show = show_reload;
  });
}

// The server reads the file, from its own folder.
void add_check(CLI::App& config, command_line& x, const std::string& name,
  const std::string& description, show_function show) {
  auto* command = config.add_subcommand(name, description);
  command->add_option("FILE", x.file, "In place of the server's own file");
  command->callback([&x, show] {
    auto file =
      x.file.empty() ? x.file : std::filesystem::absolute(x.file).string();
    x.job.request = {
      {"command", "config"}, {"verb", "check"}, {"file", std::move(file)}};
    x.job.show = show;
  });
}

void add_config(CLI::App& app, command_line& x) {
  auto* config =
    app.add_subcommand("config", "The configuration: what is in force, what "
                                 "would be, what was");
  config->require_subcommand(1);
  auto* show = config->add_subcommand("show", "What is in force, as a file");
  show->callback([&x] {
    x.job.request = {{"command", "config"}, {"verb", "show"}};
    x.job.show = show_config;
  });
  add_check(*config, x, "check",
    "Whether a file is valid, and what a reload of it would do", show_check);
  add_check(
    *config, x, "diff", "What a reload of a file would change", show_diff);
  add_reload(*config, x, "reload", "Put the file in force");
  auto* history =
    config->add_subcommand("history", "What was in force, newest first");
  history->callback([&x] {
    x.job.request = {{"command", "config"}, {"verb", "history"}};
    x.job.show = show_history;
  });
  auto* rollback = config->add_subcommand(
    "rollback", "Put in force what was before, or was with that number");
  rollback->footer("The file stays as it is: it comes into force again when it "
                   "changes, by a reload, or at the next start.");
  rollback->add_option("GENERATION", x.generation, "As history shows it");
  rollback->callback([&x] {
    x.job.request = {{"command", "config"}, {"verb", "rollback"},
      {"generation", x.generation}};
    x.job.show = show_reload;
  });
  auto* explain = config->add_subcommand(
    "explain", "What a key means, and when a change of it takes effect");
  explain->add_option("KEY", x.key,
    "A path such as stream.management.maxUnacked, the last part of one, or a "
    "section; all keys without it");
  explain->callback([&x] { x.explains = true; });
}

exit_code explain(const command_line& x) {
  auto text = explain_keys(x.key, x.job.as_json);
  if (text.empty()) {
    std::cerr << "causewayctl: unknown key " << x.key
              << causeway::config::suggest_key(x.key) << '\n';
    return bad_usage;
  }
  std::cout << text;
  return done;
}

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
  });
}

#ifdef CAUSEWAY_TEST_HOOKS
void add_kill(CLI::App& app, command_line& x) {
  auto* kill = app.add_subcommand(
    "kill", "Make an actor fail: any of a kind, or the one with an id");
  auto* target = kill->add_option_group("target");
  target->add_option("--kind", x.kind)->type_name("KIND");
  target->add_option("--id", x.id)->type_name("ID");
  target->require_option(1);
  kill->callback([&x] {
    x.job.request = {{"command", "kill"}};
    if (x.kind.empty())
      x.job.request["id"] = x.id;
    else
      x.job.request["kind"] = x.kind;
    x.job.show = show_killed;
  });
}
#endif

// For the package; group "" keeps them out of --help.
void add_manual(CLI::App& app) {
  auto print = [&app](const std::string& name, auto write) {
    app
      .add_flag_callback(name,
        [&app, write] {
          std::cout << write(app);
          throw CLI::Success{};
        })
      ->group("")
      ->trigger_on_parse();
  };
  print("--print-manual", manual_page);
  print("--print-completion", bash_completion);
}

void describe(CLI::App& app, command_line& x) {
  app.require_subcommand(1);
  // Lets --json and --socket stand behind the command as well.
  app.fallthrough();
  x.job.socket = CAUSEWAY_SOCKET;
  app.add_option("--socket", x.job.socket, "Control socket of the server")
    ->type_name("PATH")
    ->envname("CAUSEWAY_SOCKET")
    ->capture_default_str();
  app.add_flag("--json", x.job.as_json, "Print the answer as it came");
  add_manual(app);
  app.set_version_flag("--version", "causewayctl " CAUSEWAY_VERSION);
  app.footer("Exit codes: 0 done, 1 refused by the server, 2 bad usage, "
             "3 no connection.");
  add_status(app, x);
  add_actors(app, x);
  add_sessions(app, x);
  add_account(app, x);
  add_reload(app, x, "reload", "Put the configuration file in force");
  add_config(app, x);
  add_log(app, x);
#ifdef CAUSEWAY_TEST_HOOKS
  add_kill(app, x);
#endif
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"causewayctl looks into a running causewayd and controls it.",
    "causewayctl"};
  command_line x;
  try {
    describe(app, x);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? done : bad_usage;
  }
  if (x.explains)
    return explain(x);
  if (x.watch > 0)
    x.job.watch = x.watch;
  if (x.needs_password) {
    auto password = read_new_password(x.password_stdin);
    if (!password) {
      std::cerr << "causewayctl: " << password.error().text << '\n';
      return bad_usage;
    }
    x.job.request["password"] = *password;
  }
  return x.follow ? follow_log(std::move(x.job)) : run(x.job);
}
