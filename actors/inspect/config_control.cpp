#include "actors/inspect/config_control.hpp"

#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <ctime>
#include <utility>

namespace causeway {

namespace {

namespace json = boost::json;

// Less than the control socket waits. Reading keys of a slow disk, and opening
// sockets, takes milliseconds.
constexpr std::chrono::seconds store_patience{9};

/// "2026-11-29T12:00:00Z"
std::string to_text(std::chrono::system_clock::time_point x) {
  auto seconds = std::chrono::system_clock::to_time_t(x);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char out[32];
  auto size = std::strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {out, size};
}

json::array describe(const std::vector<config::key_change>& changes) {
  json::array out;
  for (auto& x : changes)
    out.push_back({{"key", x.path}, {"before", x.before}, {"after", x.after},
      {"scope", to_string(x.scope)}});
  return out;
}

json::array describe(const std::vector<config::config_error>& errors) {
  json::array out;
  for (auto& x : errors)
    out.push_back({{"file", x.file}, {"line", x.line}, {"column", x.column},
      {"key", x.key}, {"reason", x.reason}, {"text", to_string(x)}});
  return out;
}

json::object describe(const reload_report& x) {
  json::object out;
  if (!x.accepted) {
    out = error_report(x.errors.size() == 1
                         ? to_string(x.errors.front())
                         : std::to_string(x.errors.size()) + " errors");
    out["errors"] = describe(x.errors);
  }
  out["accepted"] = x.accepted;
  out["changed"] = x.changed;
  out["generation"] = x.generation;
  out["changes"] = describe(x.changes);
  out["waiting"] = describe(x.waiting);
  out["files"] = json::array(x.files.begin(), x.files.end());
  return out;
}

json::object describe(const history_answer& x) {
  json::array entries;
  for (auto& y : x.entries)
    entries.push_back({{"generation", y.generation}, {"at", to_text(y.at)},
      {"trigger", y.trigger}, {"source", y.source}, {"bytes", y.bytes},
      {"in_force", y.generation == x.generation}});
  return {{"generation", x.generation}, {"history", std::move(entries)}};
}

json::object show(const active_config& x) {
  auto out = config_summary(x);
  out["yaml"] = config::to_yaml(*x.config);
  json::array settings;
  for (auto& y : config::settings_of(*x.config))
    settings.push_back({{"key", y.path}, {"value", y.value},
      {"scope", to_string(y.scope)}, {"default", y.is_default}});
  out["settings"] = std::move(settings);
  out["waiting"] = describe(x.waiting);
  return out;
}

template <class Request, class Answer>
void ask(admin_actor::pointer self, const config_store_actor& store,
  Request request, const std::function<void(json::object)>& done,
  std::function<json::object(const Answer&)> show_answer) {
  self->request(store, store_patience, std::move(request))
    .then([done, show_answer](const Answer& x) { done(show_answer(x)); },
      [done](const caf::error&) {
        done(error_report("the configuration store does not answer; the "
                          "command may still take effect"));
      });
}

} // namespace

json::object config_summary(const active_config& x) {
  json::object out{{"generation", x.generation}, {"source", x.source},
    {"since", to_text(x.since)}, {"trigger", x.trigger},
    {"waiting", x.waiting.size()}, {"file_differs", x.file_differs},
    {"refused", nullptr}};
  if (x.refused)
    out["refused"] = json::object{{"at", to_text(x.refused->at)},
      {"trigger", x.refused->trigger}, {"errors", describe(x.refused->errors)}};
  return out;
}

void control_config(admin_actor::pointer self, const admin_environment& x,
  const config_command& request,
  const std::function<void(json::object)>& done) {
  if (request.what == config_command::verb::show)
    return done(show(*x.config->get()));
  auto store = x.store->get();
  if (!store)
    return done(error_report("the configuration store is not running"));
  std::function<json::object(const reload_answer&)> show_report =
    [](const reload_answer& y) { return describe(*y.report); };
  std::function<json::object(const history_answer&)> show_history =
    [](const history_answer& y) { return describe(y); };
  switch (request.what) {
  case config_command::verb::reload:
    return ask(self, store, reload_request{"causewayctl"}, done, show_report);
  case config_command::verb::check:
    return ask(self, store, config_check{request.file}, done, show_report);
  case config_command::verb::rollback:
    return ask(
      self, store, rollback_request{request.generation}, done, show_report);
  case config_command::verb::history:
    return ask(self, store, history_request{}, done, show_history);
  case config_command::verb::show: break;
  }
}

} // namespace causeway
