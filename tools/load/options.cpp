/// The command line of causeway-load.
#include "tools/load/options.hpp"

#include <CLI/CLI.hpp>

namespace causeway::load {

namespace {

// Values that need a second look after CLI11 has read them.
struct raw_options {
  std::string url, sm = "off", presence = "on", mode = "closed";
  std::uint32_t pairs = 0;
  std::uint32_t sessions = 0;
  bool has_rate = false;
};

void add_login_options(CLI::App& app, options& out, raw_options& raw) {
  app.add_option("--url", raw.url, "ws://HOST:PORT/PATH or wss://...")
    ->required();
  app.add_option("--ca", out.ca_file,
    "check the certificate against this PEM file; without it, it is not "
    "checked");
  app.add_option("--domain", out.domain, "XMPP domain")->capture_default_str();
  auto pairs = app.add_option(
    "--pairs", raw.pairs, "pairs of clients that exchange messages");
  auto sessions = app.add_option(
    "--sessions", raw.sessions, "clients that only log in; needs --idle");
  auto idle = app.add_flag("--idle", out.idle, "send no messages");
  sessions->needs(idle)->excludes(pairs);
  idle->needs(sessions);
  app
    .add_option(
      "--user-format", out.user_format, "user name, %d stands for the number")
    ->capture_default_str();
  app.add_option("--first-user", out.first_user, "number of the first user")
    ->capture_default_str();
  app.add_option("--accounts", out.accounts,
    "share so many accounts between the clients (default: one each)");
  app.add_option("--password", out.password, "password of every user")
    ->required();
  app.add_option("--mechanism", out.mechanism, "SASL mechanism")
    ->check(CLI::IsMember(
      {"auto", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"}))
    ->capture_default_str();
  app.add_option("--presence", raw.presence, "send initial presence")
    ->check(CLI::IsMember({"on", "off"}))
    ->capture_default_str();
  app.add_option("--login-rate", out.login_rate,
    "logins begun per second (default: no limit)");
  app
    .add_option(
      "--login-parallel", out.login_parallel, "logins under way at a time")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
}

void add_traffic_options(CLI::App& app, options& out, raw_options& raw) {
  app
    .add_option("--sm", raw.sm,
      "Stream Management; resume: on, and the sessions can be resumed")
    ->check(CLI::IsMember({"on", "off", "resume"}))
    ->capture_default_str();
  app
    .add_option("--ack-every", out.ack_every,
      "ask for an ack after so many stanzas; 0: never")
    ->capture_default_str();
  auto messages = app.add_option(
    "--messages", out.messages, "messages that each client sends");
  app.add_option("--duration", out.duration, "seconds of the measured phase")
    ->excludes(messages)
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app
    .add_option(
      "--warmup", out.warmup, "seconds of traffic before the measured phase")
    ->capture_default_str();
  app
    .add_option(
      "--settle", out.settle, "seconds of silence after the last login")
    ->capture_default_str();
  app.add_option("--body", out.body, "bytes of each message body")
    ->check(CLI::Range(1, 10'000'000))
    ->capture_default_str();
  app
    .add_option("--mode", raw.mode,
      "closed: every message is answered; open: messages go out at --rate")
    ->check(CLI::IsMember({"closed", "open"}))
    ->capture_default_str();
  app
    .add_option("--window", out.window, "closed: messages on the way per pair")
    ->check(CLI::Range(1, 10'000))
    ->capture_default_str();
  app
    .add_option("--rate", out.rate, "open: messages per second over all pairs")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
}

void add_measure_options(CLI::App& app, options& out) {
  app.add_flag("--reconnect", out.reconnect,
    "log in again when a connection breaks, and go on");
  app.add_option(
    "--allow-loss", out.allow_loss, "lost messages that are no failure");
  app
    .add_option("--timeout", out.timeout,
      "seconds that one login, a pause of the traffic and the last acks may "
      "take")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app
    .add_option("--server-pid", out.server_pids,
      "processes of the server: measures their CPU, all and each, and their "
      "memory")
    ->delimiter(',');
  app.add_flag("--server-tree", out.server_tree,
    "measure the descendants of those processes too");
  app.add_flag("--json", out.json, "report as JSON");
}

std::string finish(options& out, const raw_options& raw) {
  auto url = parse_url(raw.url);
  if (!url)
    return "--url: not a ws:// or wss:// URL: " + raw.url;
  if (raw.pairs > 1'000'000 || raw.sessions > 1'000'000)
    return "at most a million pairs or sessions";
  out.url = *url;
  out.url_text = raw.url;
  out.sessions = out.idle ? raw.sessions : 2 * raw.pairs;
  if (out.sessions == 0)
    return "--pairs N, or --sessions N --idle, must say how many clients";
  out.resumable = raw.sm == "resume";
  out.stream_management = raw.sm == "on" || out.resumable;
  out.presence = raw.presence == "on";
  out.open_loop = raw.mode == "open";
  if (raw.has_rate && !out.open_loop)
    return "--rate needs --mode open";
  if (out.user_format.find("%d") == std::string::npos && out.accounts != 1)
    return "--user-format: %d is missing";
  return {};
}

} // namespace

std::string options::username(std::uint32_t client) const {
  auto result = user_format;
  auto number = first_user + (accounts == 0 ? client : client % accounts);
  auto at = result.find("%d");
  if (at != std::string::npos)
    result.replace(at, 2, std::to_string(number));
  return result;
}

std::optional<options> parse_options(int argc, char** argv, int& exit_code) {
  CLI::App app{"Load generator for servers that speak XMPP over WebSocket "
               "(RFC 7395).\nExit code: 0 all delivered once and in order, 1 "
               "not so, 2 could not run.",
    "causeway-load"};
  app.set_version_flag("--version", "causeway-load " CAUSEWAY_VERSION);
  options result;
  raw_options raw;
  add_login_options(app, result, raw);
  add_traffic_options(app, result, raw);
  add_measure_options(app, result);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    exit_code = app.exit(e) == 0 ? 0 : 2;
    return std::nullopt;
  }
  raw.has_rate = app.count("--rate") > 0;
  auto error = finish(result, raw);
  if (error.empty())
    return result;
  std::cerr << "causeway-load: " << error << '\n';
  exit_code = 2;
  return std::nullopt;
}

} // namespace causeway::load
