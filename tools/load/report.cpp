/// The result for people and for programs.
#include "tools/load/report.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace causeway::load {

namespace {

namespace json = boost::json;

void add_line(std::string& out, const char* name, const std::string& value) {
  char line[400];
  std::snprintf(line, sizeof line, "%-18s %s\n", name, value.c_str());
  out += line;
}

template <class... Ts>
std::string format(const char* pattern, Ts... xs) {
  char text[300];
  std::snprintf(text, sizeof text, pattern, xs...);
  return text;
}

unsigned long long number(std::uint64_t x) {
  return x;
}

double us_per_message(const report& x, const cpu_time& used) {
  if (x.measured == 0)
    return 0;
  return 1e6 * used.total / static_cast<double>(x.measured);
}

void require_zero(
  std::vector<std::string>& out, std::uint64_t x, const char* what) {
  if (x != 0)
    out.push_back(std::to_string(x) + ' ' + what);
}

void add_traffic(std::string& out, const report& x) {
  auto& m = x.messages;
  add_line(out, "messages",
    format("%llu delivered in %.1f s: %.0f/s", number(x.measured), x.seconds,
      static_cast<double>(x.measured) / x.seconds));
  add_line(out, "latency ms",
    format("p50 %.2f  p90 %.2f  p99 %.2f  max %.2f", x.latency_p50_ms,
      x.latency_p90_ms, x.latency_p99_ms, x.latency_max_ms));
  add_line(out, "whole run",
    format("%llu sent, %llu delivered, %llu returned, %llu lost, "
           "%llu doubled, %llu misordered",
      number(m.sent), number(m.delivered), number(m.returned), number(m.lost()),
      number(m.doubled), number(m.misordered)));
}

void add_server(std::string& out, const options& opts, const report& x) {
  if (x.measured != 0)
    add_line(out, "server CPU",
      format("%.2f us per message (user %.2f s, system %.2f s)",
        cpu_us_per_message(x), x.server_cpu.user, x.server_cpu.system));
  else
    add_line(out, "server CPU",
      format("%.3f s in %.1f s: %.3f %%", x.server_cpu.total, x.seconds,
        100 * x.server_cpu.total / x.seconds));
  if (x.measured != 0 && opts.server_pids.size() > 1) {
    for (auto pid : opts.server_pids)
      add_line(out, "",
        format("%.2f us per message in process %d", cpu_us_per_message(x, pid),
          pid));
  }
  add_line(out, "server login CPU",
    format("%.2f ms per login",
      1e3 * x.login_cpu.total / static_cast<double>(x.logins)));
  add_line(out, "server memory",
    format("PSS %llu -> %llu KiB, RSS %llu -> %llu KiB: %.1f KiB per session",
      number(x.memory_before.pss), number(x.memory_after.pss),
      number(x.memory_before.rss), number(x.memory_after.rss),
      kib_per_session(opts, x)));
}

json::object traffic_json(const report& x) {
  auto& m = x.messages;
  return {{"seconds", x.seconds}, {"delivered", x.measured},
    {"per_second",
      x.seconds > 0 ? static_cast<double>(x.measured) / x.seconds : 0.},
    {"latency_ms", {{"p50", x.latency_p50_ms}, {"p90", x.latency_p90_ms},
                     {"p99", x.latency_p99_ms}, {"max", x.latency_max_ms}}},
    {"run",
      {{"sent", m.sent}, {"delivered", m.delivered}, {"returned", m.returned},
        {"lost", m.lost()}, {"doubled", m.doubled},
        {"misordered", m.misordered}, {"contradicted", m.contradicted},
        {"damaged", x.odd.damaged}, {"misrouted", x.odd.misrouted},
        {"foreign", x.odd.foreign}, {"held_back", x.held_back}}}};
}

json::object server_json(const options& opts, const report& x) {
  json::array pids(opts.server_pids.begin(), opts.server_pids.end());
  json::array processes;
  for (auto pid : opts.server_pids)
    processes.push_back(json::object{
      {"pid", pid}, {"cpu_us_per_message", cpu_us_per_message(x, pid)}});
  return {{"pids", pids}, {"processes", processes},
    {"cpu_seconds", x.server_cpu.total}, {"user_seconds", x.server_cpu.user},
    {"system_seconds", x.server_cpu.system},
    {"cpu_us_per_message", cpu_us_per_message(x)},
    {"cpu_percent", x.seconds > 0 ? 100 * x.server_cpu.total / x.seconds : 0.},
    {"login_cpu_ms", x.logins > 0
                       ? 1e3 * x.login_cpu.total / static_cast<double>(x.logins)
                       : 0.},
    {"pss_kib_before", x.memory_before.pss},
    {"pss_kib_after", x.memory_after.pss},
    {"rss_kib_before", x.memory_before.rss},
    {"rss_kib_after", x.memory_after.rss},
    {"pss_kib_per_session", kib_per_session(opts, x)}};
}

json::object connections_json(const report& x) {
  json::object reasons;
  for (auto& [reason, n] : x.reasons)
    reasons[reason] = n;
  return {
    {"broken", x.broken}, {"reconnects", x.reconnects}, {"reasons", reasons}};
}

} // namespace

double cpu_us_per_message(const report& x) {
  return us_per_message(x, x.server_cpu);
}

double cpu_us_per_message(const report& x, pid_t pid) {
  auto found = x.cpu_of.find(pid);
  return found == x.cpu_of.end() ? 0 : us_per_message(x, found->second);
}

double kib_per_session(const options& opts, const report& x) {
  auto growth = static_cast<double>(x.memory_after.pss)
                - static_cast<double>(x.memory_before.pss);
  return growth / opts.sessions;
}

std::vector<std::string> verdict(const options& opts, const report& x) {
  std::vector<std::string> result;
  if (x.messages.lost() > opts.allow_loss)
    result.push_back(std::to_string(x.messages.lost()) + " lost");
  require_zero(result, x.messages.doubled, "doubled");
  require_zero(result, x.messages.misordered, "misordered");
  require_zero(result, x.messages.contradicted, "both delivered and returned");
  require_zero(result, x.odd.damaged, "damaged");
  require_zero(result, x.odd.misrouted, "misrouted");
  require_zero(result, x.acks.wrong, "acks with a wrong h");
  require_zero(result, x.unacked_clients, "clients not fully acked");
  if (!opts.reconnect)
    require_zero(result, x.broken, "connections broken");
  if (!opts.idle && x.failure.empty() && x.messages.delivered == 0)
    result.push_back("nothing was delivered");
  return result;
}

int exit_code(const options& opts, const report& x) {
  if (!x.failure.empty())
    return 2;
  return verdict(opts, x).empty() ? 0 : 1;
}

std::string to_table(const options& opts, const report& x) {
  std::string out;
  add_line(out, "server", opts.url_text + ", domain " + opts.domain);
  add_line(out, "clients",
    format("%u%s, Stream Management %s", opts.sessions,
      opts.idle ? " idle" : " in pairs",
      opts.resumable           ? "on, resumable"
      : opts.stream_management ? "on"
                               : "off"));
  add_line(out, "logins",
    format("%llu in %.1f s; ms: p50 %.1f  p99 %.1f  max %.1f", number(x.logins),
      x.login_seconds, x.login_p50_ms, x.login_p99_ms, x.login_max_ms));
  if (!opts.idle && x.seconds > 0)
    add_traffic(out, x);
  if (opts.stream_management)
    add_line(out, "acks",
      format("%llu received, %llu requests answered, %llu wrong, %llu clients "
             "not fully acked",
        number(x.acks.acks), number(x.acks.answered), number(x.acks.wrong),
        number(x.unacked_clients)));
  if (!opts.server_pids.empty() && x.seconds > 0)
    add_server(out, opts, x);
  if (x.measured != 0)
    add_line(out, "generator CPU",
      format("%.2f us per message",
        1e6 * x.own_cpu / static_cast<double>(x.measured)));
  if (x.broken != 0)
    add_line(out, "connections",
      format("%llu broken, %llu reconnected", number(x.broken),
        number(x.reconnects)));
  for (auto& [reason, n] : x.reasons)
    add_line(out, "", format("%llu x ", number(n)) + reason);
  auto problems = verdict(opts, x);
  if (!x.failure.empty())
    add_line(out, "result", "FAILED: " + x.failure);
  else if (problems.empty())
    add_line(out, "result", "ok");
  for (auto& problem : problems)
    add_line(out, "result", "WRONG: " + problem);
  return out;
}

std::string to_json(const options& opts, const report& x) {
  json::array problems;
  for (auto& problem : verdict(opts, x))
    problems.emplace_back(problem);
  json::object out{{"url", opts.url_text}, {"domain", opts.domain},
    {"sessions", opts.sessions}, {"idle", opts.idle},
    {"mode", opts.open_loop ? "open" : "closed"}, {"window", opts.window},
    {"body_bytes", opts.body}, {"stream_management", opts.stream_management},
    {"resumable", opts.resumable},
    {"login", {{"count", x.logins}, {"seconds", x.login_seconds},
                {"p50_ms", x.login_p50_ms}, {"p99_ms", x.login_p99_ms},
                {"max_ms", x.login_max_ms}}},
    {"messages", traffic_json(x)},
    {"acks",
      {{"received", x.acks.acks}, {"answered", x.acks.answered},
        {"wrong", x.acks.wrong}, {"unacked_clients", x.unacked_clients}}},
    {"connections", connections_json(x)},
    {"generator_cpu_us_per_message",
      x.measured > 0 ? 1e6 * x.own_cpu / static_cast<double>(x.measured) : 0.},
    {"failure", x.failure}, {"problems", problems},
    {"ok", exit_code(opts, x) == 0}};
  if (!opts.server_pids.empty())
    out["server"] = server_json(opts, x);
  return json::serialize(out) + '\n';
}

} // namespace causeway::load
