/// The commands on the configuration.
#include "config/key_table.hpp"
#include "tools/ctl/command_line.hpp"
#include "tools/ctl/config_reports.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>

namespace causeway::ctl {

namespace {

namespace json = boost::json;

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

// CLI11 reads -1, and all that is too large, as the largest number of all.
std::string check_generation(const std::string& text) {
  auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  // More digits than these have no number of 64 bits.
  auto is_number =
    !text.empty() && text.size() <= 18 && std::ranges::all_of(text, is_digit);
  return is_number && text.find_first_not_of('0') != text.npos
           ? std::string{}
           : "must be a whole number from 1, not " + text;
}

exit_code explain_key(const command_line& x) {
  auto text = explain_keys(x.key, x.job.as_json);
  if (text.empty()) {
    std::cerr << "causewayctl: unknown key " << x.key
              << causeway::config::suggest_key(x.key) << '\n';
    return bad_usage;
  }
  std::cout << text;
  return done;
}

} // namespace

void add_config(CLI::App& app, command_line& x) {
  add_reload(app, x, "reload", "Put the configuration file in force");
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
  rollback->add_option("GENERATION", x.generation, "As history shows it")
    ->check(CLI::Validator{check_generation, ""});
  rollback->callback([&x] {
    x.job.request = {{"command", "config"}, {"verb", "rollback"}};
    if (x.generation > 0)
      x.job.request["generation"] = x.generation;
    x.job.show = show_reload;
  });
  auto* explain = config->add_subcommand(
    "explain", "What a key means, and when a change of it takes effect");
  explain->add_option("KEY", x.key,
    "A path such as stream.management.maxUnacked, the last part of one, or a "
    "section; all keys without it");
  explain->callback([&x] { x.instead = [&x] { return explain_key(x); }; });
}

} // namespace causeway::ctl
