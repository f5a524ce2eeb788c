/// The commands that look at sessions and act on them.
#include "actors/inspect/session_states.hpp"
#include "tools/ctl/command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace causeway::ctl {

namespace {

// "established, parked or ending".
std::string state_names() {
  std::string out;
  for (auto x : session_states) {
    auto separator = x == session_states.back() ? " or " : ", ";
    out.append(out.empty() ? "" : separator).append(x);
  }
  return out;
}

std::string check_state(const std::string& text) {
  return std::ranges::find(session_states, text) != session_states.end()
           ? std::string{}
           : "no session has the state " + text + ": it is " + state_names();
}

CLI::App* add_verb(CLI::App& session, command_line& x, const std::string& verb,
  const std::string& description) {
  auto* command = session.add_subcommand(verb, description);
  command->add_option("ID", x.id, "As `sessions` shows it")->required();
  command->callback([&x, verb] {
    x.job.request = {{"command", "session"}, {"id", x.id}, {"verb", verb}};
    if (!x.text.empty())
      x.job.request["text"] = x.text;
    x.job.show = show_order;
  });
  return command;
}

void add_log_trace(CLI::App& session, command_line& x) {
  auto* trace = session.add_subcommand(
    "trace", "Have its wire written to the log, for ten minutes at most");
  trace->add_option("ID", x.id, "As `sessions` shows it")->required();
  trace->add_option("SWITCH", x.state, "on or off")
    ->check(CLI::IsMember({"on", "off"}))
    ->default_str("on");
  trace->add_flag("--bodies", x.bodies, "Texts of stanzas, too");
  trace->callback([&x] {
    x.job.request = {{"command", "session"}, {"id", x.id}, {"verb", "trace"},
      {"on", x.state != "off"}, {"bodies", x.bodies}};
    x.job.show = show_order;
  });
}

void add_one_session(CLI::App& app, command_line& x) {
  auto* session = app.add_subcommand(
    "session", "One session: all that is known of it, or an order to it");
  session->require_subcommand(0, 1);
  auto* id = session->add_option("ID", x.id, "As `sessions` shows it");
  add_verb(*session, x, "kick", "End it with a stream error")
    ->add_option("--text", x.text, "What its client is told");
  add_verb(*session, x, "park",
    "Cut its connection; its client has to resume the session");
  add_verb(*session, x, "expire", "End it while it waits for its client");
  add_verb(*session, x, "resend",
    "Have what is unacknowledged sent again, by a resumption");
  add_log_trace(*session, x);
  add_watch(*session, x);
  session->callback([&x, session, id] {
    if (!session->get_subcommands().empty())
      return;
    if (id->count() == 0)
      throw CLI::RequiredError("session: ID");
    x.job.request = {{"command", "session"}, {"id", x.id}};
    x.job.show = show_session;
  });
}

} // namespace

void add_sessions(CLI::App& app, command_line& x) {
  auto* sessions = app.add_subcommand("sessions", "One row per client stream");
  std::string names;
  for (auto& name : session_columns())
    names += (names.empty() ? "" : ", ") + name;
  sessions->footer("H IN and H OUT count the stanzas of Stream Management, "
                   "UNACKED those that the client has not acknowledged; "
                   "RESUME is where it may come back: here, upstream, or at "
                   "the edge for a server that cannot resume; IN "
                   "and OUT are bytes of WebSocket messages. Columns: "
                   + names);
  sessions->add_option("--jid", x.jid, "Bare or full JID; * stands for any");
  sessions->add_option("--domain", x.domain, "XMPP domain");
  sessions->add_option("--ip", x.ip, "Address or network of the client");
  sessions->add_option("--state", x.state, state_names())
    ->check(CLI::Validator{check_state, ""});
  sessions->add_option("--resume", x.resume, "no, here, upstream or edge");
  sessions->add_option("--columns", x.columns, "Names, separated by commas")
    ->delimiter(',')
    ->check(CLI::IsMember(session_columns()));
  sessions->add_option("--limit", x.limit, "Most sessions shown")
    ->capture_default_str();
  add_watch(*sessions, x);
  sessions->callback([&x] {
    x.job.request = {{"command", "sessions"}, {"limit", x.limit}};
    for (auto [key, value] : {std::pair{"jid", &x.jid},
           std::pair{"domain", &x.domain}, std::pair{"ip", &x.ip},
           std::pair{"state", &x.state}, std::pair{"resume", &x.resume}})
      if (!value->empty())
        x.job.request[key] = *value;
    x.job.show = [columns = x.columns](const boost::json::object& answer) {
      return show_sessions(answer, columns);
    };
  });
  add_one_session(app, x);
}

void add_trace(CLI::App& app, command_line& x) {
  auto* trace =
    app.add_subcommand("trace", "What passes over the wire of some sessions");
  trace->footer("Credentials are never shown, texts of stanzas with --bodies "
                "only. What comes faster than it can be shown is left out and "
                "counted; no stream waits.");
  auto* whose = trace->add_option_group("whose");
  whose->add_option("--jid", x.jid, "Bare or full JID");
  whose->add_option("--ip", x.ip, "Address or network of the client");
  whose->add_option("--session", x.id, "Number of a session");
  whose->require_option(1);
  trace->add_option("--seconds", x.seconds, "Longest time")
    ->check(CLI::Range(1, 86'400))
    ->capture_default_str();
  trace->add_option("--bytes", x.bytes, "Most bytes of messages")
    ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30))
    ->capture_default_str();
  trace->add_flag("--bodies", x.bodies, "Texts of stanzas, too");
  trace->callback([&x] {
    x.job.request = {{"command", "trace"}, {"seconds", x.seconds},
      {"bytes", x.bytes}, {"bodies", x.bodies}};
    if (!x.jid.empty())
      x.job.request["jid"] = x.jid;
    else if (!x.ip.empty())
      x.job.request["ip"] = x.ip;
    else
      x.job.request["session"] = x.id;
    x.job.follow = true;
    x.job.show = show_traced;
  });
}

} // namespace causeway::ctl
