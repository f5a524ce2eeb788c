#include "actors/inspect/admin_site.hpp"

#include "actors/inspect/command_rights.hpp"
#include "actors/inspect/console_files.hpp"
#include "actors/inspect/event_log.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace causeway {

namespace {

namespace json = boost::json;

/// How old the report may be that a probe gets.
constexpr std::chrono::seconds health_age{1};

constexpr std::string_view json_type = "application/json";
constexpr std::string_view metrics_type =
  "text/plain; version=0.0.4; charset=utf-8";

char lower(char x) {
  return x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
    [](char x, char y) { return lower(x) == lower(y); });
}

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == text.npos;
}

/// Digits and dots alone are never a name of DNS.
bool is_ipv4(std::string_view host) {
  return consists_of(host, "0123456789.")
         && std::count(host.begin(), host.end(), '.') == 3;
}

admin_reply json_reply(unsigned status, std::string body) {
  admin_reply x;
  x.status = status;
  x.content_type = json_type;
  x.body = std::move(body) + '\n';
  return x;
}

admin_reply error_reply(unsigned status, std::string_view text) {
  return json_reply(status, json::serialize(json::object{{"error", text}}));
}

json::object object_of(std::string_view text) {
  json::error_code failure;
  auto value = json::parse(text, failure);
  auto* object = failure ? nullptr : value.if_object();
  return object ? std::move(*object) : json::object{};
}

bool is_true(const json::object& x, std::string_view key) {
  auto* value = x.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

/// The checks that failed, by name alone.
json::array failed_checks(const json::object& report) {
  json::array out;
  auto* checks = report.if_contains("checks");
  if (auto* all = checks ? checks->if_object() : nullptr)
    for (auto& entry : *all)
      if (auto* check = entry.value().if_object();
          check && !is_true(*check, "ok"))
        out.emplace_back(entry.key());
  return out;
}

std::string_view without_parameters(std::string_view type) {
  auto end = std::min(type.find(';'), type.size());
  while (end > 0 && type[end - 1] == ' ')
    --end;
  return type.substr(0, end);
}

admin_reply not_allowed(std::string_view methods) {
  auto x = text_reply(405, "Only " + std::string{methods} + " is served here.");
  x.fields.emplace_back("Allow", std::string{methods});
  return x;
}

admin_reply unauthorized() {
  auto x = error_reply(401,
    "this needs a token, as in \"Authorization: Bearer TOKEN\"; where "
    "it is stands in the configuration, admin.adminTokens");
  x.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"causeway\"");
  return x;
}

/// A page on another site has no business here, even if it could do nothing.
bool is_own_origin(const admin_request& x) {
  if (!x.origin)
    return true;
  return *x.origin == "http://" + *x.host || *x.origin == "https://" + *x.host;
}

admin_reply console_reply(const console_file& file, const admin_request& x) {
  admin_reply out;
  out.content_type = file.type;
  if (x.if_none_match == file.tag)
    out.status = 304;
  else
    out.body = file.text;
  out.fields = {{"Cache-Control", "no-cache"}, {"ETag", std::string{file.tag}},
    {"Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src "
      "'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'"}};
  return out;
}

} // namespace

bool is_own_host(std::string_view host, const std::vector<std::string>& names) {
  auto bracket = host.rfind(']');
  auto colon = host.rfind(':');
  if (colon != host.npos && (bracket == host.npos || colon > bracket)) {
    if (!consists_of(host.substr(colon + 1), "0123456789"))
      return false;
    host = host.substr(0, colon);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return consists_of(
      host.substr(1, host.size() - 2), "0123456789abcdefABCDEF:.");
  return is_ipv4(host) || same_name(host, "localhost")
         || std::any_of(names.begin(), names.end(),
           [&](auto& name) { return same_name(host, name); });
}

void admin_site::serve(
  const admin_request& x, const admin_responder& respond) const {
  if (!x.host)
    return respond(text_reply(400, "The Host field must be there once."));
  if (!is_own_host(*x.host, hosts_)) {
    log_refusal(x, 421, "host");
    return respond(text_reply(
      421, "This name is not one of admin.hosts in the configuration."));
  }
  if (!is_own_origin(x)) {
    log_refusal(x, 403, "origin");
    return respond(text_reply(403, "Pages from elsewhere may not ask here."));
  }
  auto path = std::string_view{x.target}.substr(0, x.target.find('?'));
  auto looks = x.method == "GET" || x.method == "HEAD";
  if (auto* file = find_console_file(path))
    return respond(looks ? console_reply(*file, x) : not_allowed("GET, HEAD"));
  auto is_api = path == "/api";
  auto is_metrics = path == "/metrics";
  auto is_health = path == "/healthz" || path == "/readyz";
  if (!is_api && !is_metrics && !is_health)
    return respond(text_reply(404, "Nothing is served here."));
  if (!looks && !(is_api && x.method == "POST"))
    return respond(not_allowed(is_api ? "GET, HEAD, POST" : "GET, HEAD"));
  auto who = x.authorization ? tokens_.find_bearer(*x.authorization) : holder{};
  // A token that is wrong is an error, even where none is needed.
  if (!who && (!is_health || x.authorization)) {
    log_refusal(x, 401, x.authorization ? "token" : "no token");
    return respond(unauthorized());
  }
  if (is_health)
    serve_health(path == "/healthz" ? "live" : "ready", who, respond);
  else if (is_metrics)
    serve_metrics(*who, respond);
  else if (looks)
    respond(json_reply(200,
      json::serialize(
        json::object{{"role", to_string(who->role)}, {"token", who->name}})));
  else
    serve_api(x, *who, respond);
}

void admin_site::serve_api(const admin_request& x, const token_holder& who,
  const admin_responder& respond) const {
  // No form of a page can send this type.
  if (!same_name(without_parameters(x.content_type), json_type))
    return respond(error_reply(415, "a command is of type application/json"));
  auto allowed = permits(who.role, scope_of(x.body));
  ask(x.body, who, "token=" + who.name + " peer=" + x.peer,
    [respond, allowed](std::string answer) {
      auto is_error = answer.starts_with("{\"error\":");
      auto status = !allowed ? 403u : is_error ? 400u : 200u;
      respond(json_reply(status, std::move(answer)));
    });
}

void admin_site::serve_metrics(
  const token_holder& who, const admin_responder& respond) const {
  ask(
    R"({"command":"metrics"})", who, {}, [respond](const std::string& answer) {
      auto object = object_of(answer);
      auto* text = object.if_contains("text");
      if (!text || !text->is_string())
        return respond(json_reply(503, answer));
      admin_reply x;
      x.content_type = metrics_type;
      x.body = std::string_view{text->get_string()};
      respond(std::move(x));
    });
}

void admin_site::serve_health(std::string_view field, const holder& who,
  const admin_responder& respond) const {
  auto is_known = who.has_value();
  ask_for_health(who, [field, is_known, respond](const std::string& answer) {
    auto report = object_of(answer);
    auto good = is_true(report, field);
    json::object out{{field, good}};
    if (is_known)
      out = std::move(report);
    else if (!good)
      out["failed"] = failed_checks(report);
    respond(json_reply(good ? 200 : 503, json::serialize(out)));
  });
}

void admin_site::ask_for_health(const holder& who, health_taker done) const {
  auto now = now_();
  std::string kept;
  std::shared_ptr<health_question> question;
  {
    std::lock_guard guard{state_->mutex};
    if (now - state_->health_at < health_age)
      kept = state_->health;
    if (kept.empty()) {
      question = state_->open.lock();
      auto is_open = question != nullptr;
      if (!is_open)
        state_->open = question = std::make_shared<health_question>();
      question->waiting.push_back(std::move(done));
      if (is_open)
        return;
    }
  }
  if (!question)
    return done(kept);
  ask(R"({"command":"health"})", who.value_or(token_holder{}), {},
    [all = state_, now, question](const std::string& answer) {
      auto is_report = object_of(answer).contains("live");
      {
        std::lock_guard guard{all->mutex};
        // From here on nobody joins those who wait.
        all->open.reset();
        if (is_report) {
          all->health = answer;
          all->health_at = now;
        }
      }
      for (auto& taker : std::exchange(question->waiting, {}))
        taker(answer);
    });
}

void admin_site::log_refusal(
  const admin_request& x, unsigned status, std::string reason) const {
  std::uint64_t untold = 0;
  {
    std::lock_guard guard{state_->mutex};
    if (!state_->refusals.take(now_())) {
      ++state_->untold;
      return;
    }
    untold = std::exchange(state_->untold, 0);
  }
  log_event(log_level::warn, "admin_refused",
    {{"peer", x.peer}, {"status", std::to_string(status)},
      {"path", x.target.substr(0, x.target.find('?'))},
      {"reason", std::move(reason)}, {"others", std::to_string(untold)}});
}

void admin_site::ask(std::string json, const token_holder& who,
  std::string from, std::function<void(std::string)> done) const {
  auto admin = admin_->get();
  if (!admin)
    return done(R"({"error":"the admin actor is not running"})");
  control_request request{
    std::move(json), std::move(done), std::move(from), who.role};
  caf::anon_send(admin, std::move(request));
}

} // namespace causeway
