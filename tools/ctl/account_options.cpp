/// The commands on accounts.
#include "tools/ctl/command_line.hpp"
#include "tools/ctl/reports.hpp"

#include <CLI/CLI.hpp>

namespace causeway::ctl {

namespace {

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

} // namespace

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

} // namespace causeway::ctl
