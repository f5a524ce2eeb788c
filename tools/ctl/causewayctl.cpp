#include "tools/ctl/command_line.hpp"
#include "tools/ctl/display.hpp"
#include "tools/ctl/manual.hpp"
#include "tools/ctl/password_prompt.hpp"
#include "tools/ctl/reports.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace causeway::ctl;
void add_status(CLI::App& app, command_line& x) {
  auto* version = app.add_subcommand("version", "Version of the server");
  version->callback([&x] {
    x.job.request = {{"command", "version"}};
    x.job.show = show_version;
  });
  auto* status = app.add_subcommand(
    "status", "Listeners, domains, sessions, counters, memory");
  status->add_flag("--all", x.all, "Counters that are 0, too");
  add_watch(*status, x);
  status->callback([&x] {
    x.job.request = {{"command", "status"}};
    x.job.show = [all = x.all](const boost::json::object& answer) {
      return show_status(answer, all);
    };
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

void add_hang(CLI::App& app, command_line& x) {
  auto* hang = app.add_subcommand(
    "hang", "Make an actor take long: any of a kind, or the one with an id");
  auto* target = hang->add_option_group("target");
  target->add_option("--kind", x.kind)->type_name("KIND");
  target->add_option("--id", x.id)->type_name("ID");
  target->require_option(1);
  hang->add_option("SECONDS", x.seconds)->required();
  hang->callback([&x] {
    x.job.request = {{"command", "hang"}, {"seconds", x.seconds}};
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
  add_top(app, x);
  add_sessions(app, x);
  add_trace(app, x);
  add_account(app, x);
  add_config(app, x);
  add_log(app, x);
#ifdef CAUSEWAY_TEST_HOOKS
  add_kill(app, x);
  add_hang(app, x);
#endif
}

// CLI11 says that there is no command, and not which one it does not know.
exit_code explain_missing(
  const CLI::App& app, const CLI::RequiredError& error) {
  auto rest = app.remaining(true);
  if (rest.empty() || rest.front().starts_with('-'))
    app.exit(error);
  else
    std::cerr << "causewayctl: unknown command \"" << display_text(rest.front())
              << "\"\nRun with --help for more information.\n";
  return bad_usage;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"causewayctl looks into a running causewayd and controls it.",
    "causewayctl"};
  command_line x;
  try {
    describe(app, x);
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    return explain_missing(app, error);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? done : bad_usage;
  }
  if (x.instead)
    return x.instead();
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
  return run(x.job);
}
