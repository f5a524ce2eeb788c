#include "actors/config_store.hpp"

#include "actors/inspect/event_log.hpp"
#include "config/load.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace causeway {

namespace {

std::shared_ptr<const reload_report> share(reload_report x) {
  return std::make_shared<const reload_report>(std::move(x));
}

file_stamps restamped(file_stamps x) {
  for (auto& [file, stamp] : x)
    stamp = read_stamps({file}).at(file);
  return x;
}

reload_answer failure(std::string reason) {
  reload_report x;
  x.errors.push_back({{}, 0, 0, {}, std::move(reason)});
  return {share(std::move(x))};
}

// The name under which the server would know a file of its own folder: paths
// in it are relative to that, and would all seem to change under another name.
std::string as_named_here(const std::string& file, const std::string& own) {
  namespace fs = std::filesystem;
  auto folder = [](const fs::path& x) {
    return x.has_parent_path() ? x.parent_path() : fs::path{"."};
  };
  std::error_code error;
  if (own.empty() || !fs::equivalent(folder(file), folder(own), error))
    return file;
  return (fs::path{own}.parent_path() / fs::path{file}.filename()).string();
}

void log_change(const config::key_change& x, std::uint64_t generation) {
  log_event(log_level::info, "config_changed",
    {{"generation", std::to_string(generation)}, {"key", x.path},
      {"before", x.before}, {"after", x.after},
      {"scope", std::string{to_string(x.scope)}}});
}

} // namespace

void config_store_state::start() {
  if (parts->file.empty() || !parts->watch)
    return;
  watch_files = parts->watch([me = self->address()] {
    if (auto strong = caf::actor_cast<config_store_actor>(me))
      caf::anon_send(strong, files_changed{});
  });
  if (!watch_files)
    return;
  watch();
  // What has changed before anybody watched.
  self->send(self, files_changed{});
}

// -- what asks for a reload ---------------------------------------------------

config_store_state::promise config_store_state::reload(
  const reload_request& x) {
  life.touch();
  auto answer = self->make_response_promise<reload_answer>();
  if (parts->file.empty()) {
    auto reason = "there is no configuration file: the server runs with the "
                  "defaults";
    log_event(log_level::warn, "config_refused",
      {{"trigger", x.trigger}, {"reason", reason}});
    answer.deliver(failure(reason));
    return answer;
  }
  auto text = config::read_text(parts->file);
  if (!text) {
    parts->unreadable = text.error();
    refuse(x.trigger, text.error(), answer);
    return answer;
  }
  parts->seen.text = *text;
  parts->unreadable.clear();
  try_text(std::move(*text), x.trigger, answer);
  return answer;
}

// The same once, whatever happens around it.
void config_store_state::look() {
  life.touch();
  auto text = config::read_text(parts->file);
  auto& seen = parts->seen;
  if (!text) {
    // Between two steps of whoever replaces it, or gone: the next event, or
    // the next reload, tells. Each reason is told once.
    auto before = std::exchange(parts->unreadable, text.error());
    if (before != parts->unreadable)
      refuse("file", text.error(), promise{});
    return;
  }
  auto is_back = !std::exchange(parts->unreadable, {}).empty();
  if (is_back)
    forget_refusal();
  if (*text == seen.text) {
    look_at_files(is_back);
    return;
  }
  seen.text = *text;
  try_text(std::move(*text), "file", promise{});
  // Certificates may have changed as well.
  self->send(self, files_changed{});
}

// The text is the same: another certificate, for instance. What a rollback has
// put out of force stays so; what was refused for a file may be right now, or
// else what is in force wants its new files all the same. What was refused has
// to be told of again where the file has been away.
void config_store_state::look_at_files(bool is_back) {
  auto& seen = parts->seen;
  auto before = std::exchange(seen.files, restamped(seen.files));
  auto is_changed = [&](auto& x) {
    auto& known = is_back ? x.second : before.at(x.first);
    return known != seen.files.at(x.first);
  };
  if (std::ranges::any_of(parts->now.files, is_changed))
    files_wait = true;
  if (parts->is_seen_refused && (is_back || before != seen.files)) {
    try_text(seen.text, "file", promise{});
    self->send(self, files_changed{});
  } else if (std::exchange(files_wait, false)) {
    try_text(parts->now.text, "file", promise{});
  }
}

config_store_state::promise config_store_state::roll_back(
  const rollback_request& x) {
  life.touch();
  auto answer = self->make_response_promise<reload_answer>();
  auto now = parts->active->get()->generation;
  auto wanted = x.generation;
  if (!wanted)
    for (auto& entry : parts->history.list())
      if (entry.generation < now) {
        wanted = entry.generation;
        break;
      }
  if (!wanted || parts->file.empty()) {
    answer.deliver(failure("there is no earlier configuration"));
    return answer;
  }
  auto text = parts->history.read(*wanted);
  if (text)
    try_text(std::move(*text), "rollback to " + std::to_string(*wanted), answer,
      "generation " + std::to_string(*wanted));
  else
    answer.deliver(failure(text.error()));
  return answer;
}

reload_answer config_store_state::check(const config_check& x) {
  life.touch();
  auto file = x.file.empty() ? parts->file : x.file;
  if (file.empty())
    return failure("there is no configuration file: the server runs with the "
                   "defaults");
  auto text = config::read_text(file);
  if (!text) {
    reload_report report;
    report.errors = text.error();
    return {share(std::move(report))};
  }
  auto loaded = config::load_text(*text, as_named_here(file, parts->file));
  reload_report report;
  if (!loaded) {
    report.errors = loaded.error();
    for (auto& error : report.errors)
      error.file = file;
    return {share(std::move(report))};
  }
  auto wanted = *loaded;
  auto active = parts->active->get();
  config::keep_restart_keys(*active->config, wanted);
  report.errors = parts->check_files(*loaded);
  config::locate(report.errors, *text, file);
  report.accepted = report.errors.empty();
  report.generation = active->generation;
  report.changes = config::changes_between(*active->config, wanted);
  report.waiting = config::changes_between(wanted, *loaded);
  report.files =
    changed_files(parts->now.files, read_stamps(named_files(wanted)));
  report.changed = !report.changes.empty() || !report.files.empty();
  return {share(std::move(report))};
}

history_answer config_store_state::list_history() const {
  return {parts->history.list(), parts->active->get()->generation};
}

// -- load, plan, apply --------------------------------------------------------

std::shared_ptr<config_store_state::candidate> config_store_state::plan(
  std::string text, std::string trigger, const std::string& name) const {
  auto x = std::make_shared<candidate>();
  x->trigger = std::move(trigger);
  x->name = name.empty() ? parts->file : name;
  auto active = parts->active->get();
  // Its paths are relative to the file, wherever the text comes from.
  config::configuration draft;
  auto loaded = config::load_text(text, parts->file, &draft);
  if (!loaded) {
    x->made_of.files = read_stamps(named_files(draft));
    x->report.errors = std::move(loaded.error());
    for (auto& error : x->report.errors)
      error.file = x->name;
    return x;
  }
  auto wanted = *loaded;
  config::keep_restart_keys(*active->config, wanted);
  x->named = named_files(wanted);
  x->made_of = {std::move(text), read_stamps(x->named)};
  x->report.changes = config::changes_between(*active->config, wanted);
  x->report.waiting = config::changes_between(wanted, *loaded);
  x->report.files = changed_files(parts->now.files, x->made_of.files);
  x->report.changed =
    x->made_of.text != parts->now.text || !x->report.files.empty();
  x->config = std::make_shared<const config::configuration>(std::move(wanted));
  x->written =
    std::make_shared<const config::configuration>(std::move(*loaded));
  return x;
}

void config_store_state::try_text(std::string text, const std::string& trigger,
  promise answer, const std::string& name) {
  parts->service->reloading();
  auto x = plan(text, trigger, name);
  auto is_new = text != parts->now.text;
  if (text == parts->seen.text) {
    auto& files = parts->seen.files;
    std::erase_if(
      files, [this](auto& y) { return !parts->now.files.contains(y.first); });
    // Those that it names may come later than it does. What is known already
    // may have changed meanwhile, which the next look has to see.
    files.insert(x->made_of.files.begin(), x->made_of.files.end());
    // Until it is committed.
    parts->is_seen_refused = is_new;
  }
  if (!x->config) {
    refuse(trigger, std::move(x->report.errors), std::move(answer));
    return;
  }
  auto located = [name = x->name, text = std::move(text)](
                   std::vector<config::config_error> errors) {
    config::locate(errors, text, name);
    return errors;
  };
  // The next start must not stumble over what waits for it.
  if (is_new && !x->report.waiting.empty())
    if (auto errors = parts->check_files(*x->written); !errors.empty()) {
      refuse(trigger, located(std::move(errors)), std::move(answer));
      return;
    }
  auto has_effect = !x->report.changes.empty() || !x->report.files.empty();
  if (!has_effect) {
    commit(x, std::move(answer));
    return;
  }
  auto prepared = parts->prepare(x->config);
  if (!prepared) {
    refuse(trigger, located(prepared.error()), std::move(answer));
    return;
  }
  // Nothing else is done until the node has answered.
  self->request(node, caf::infinite, apply_config{*prepared})
    .await(
      [this, x, answer, located](config_applied& y) {
        if (y.errors.empty())
          commit(x, answer);
        else
          refuse(x->trigger, located(std::move(y.errors)), answer);
      },
      [this, x, answer](const caf::error& e) {
        refuse(x->trigger, {{{}, 0, 0, {}, to_string(e)}}, answer);
      });
}

void config_store_state::commit(
  const std::shared_ptr<candidate>& x, promise answer) {
  auto before = parts->active->get();
  auto now = std::make_shared<active_config>(*before);
  auto& report = x->report;
  report.accepted = true;
  if (report.changed) {
    now->config = x->config;
    now->waiting = report.waiting;
    now->since = std::chrono::system_clock::now();
    now->trigger = x->trigger;
    ++now->generation;
  }
  // Another text may lie there, as wrong as before, or nothing.
  auto is_gone = !parts->unreadable.empty();
  if (!is_gone
      && (parts->now.text != x->made_of.text
          || x->made_of.text == parts->seen.text))
    now->refused = nullptr;
  report.generation = now->generation;
  parts->now = x->made_of;
  files_wait = false;
  auto is_rollback = x->name != parts->file;
  if (x->made_of.text == parts->seen.text)
    parts->seen = x->made_of;
  for (auto& [file, stamp] : x->made_of.files)
    parts->seen.files.insert_or_assign(file, stamp);
  if (is_rollback || x->made_of.text == parts->seen.text)
    parts->is_seen_refused = false;
  now->file_differs = is_gone || parts->now.text != parts->seen.text;
  parts->active->set(now);
  if (report.changed) {
    for (auto& y : report.changes)
      log_change(y, now->generation);
    for (auto& y : report.waiting)
      log_change(y, now->generation);
    history_entry entry{now->generation, now->since, now->trigger, now->source,
      parts->now.text.size()};
    if (auto problem = parts->history.add(entry, parts->now.text);
        !problem.empty())
      log_event(log_level::warn, "config_history_failed",
        {{"generation", std::to_string(now->generation)}, {"reason", problem}});
  }
  log_event(log_level::info, report.changed ? "config_reloaded" : "config_same",
    {{"generation", std::to_string(now->generation)}, {"trigger", x->trigger},
      {"changes", std::to_string(report.changes.size())},
      {"files", std::to_string(report.files.size())},
      {"waiting", std::to_string(report.waiting.size())}});
  watch();
  tell_service();
  answer.deliver(reload_answer{share(report)});
}

// The file is there again.
void config_store_state::forget_refusal() {
  auto now = std::make_shared<active_config>(*parts->active->get());
  now->refused = nullptr;
  parts->active->set(now);
  tell_service();
}

void config_store_state::watch() {
  if (!watch_files)
    return;
  std::vector<std::string> files{parts->file};
  for (auto& [file, stamp] : parts->seen.files)
    files.push_back(file);
  watch_files(std::move(files));
}

void config_store_state::refuse(const std::string& trigger,
  std::vector<config::config_error> errors, promise answer) {
  ++refused;
  auto before = parts->active->get();
  for (auto& x : errors)
    log_event(log_level::error, "config_error", {{"reason", to_string(x)}});
  log_event(log_level::error, "config_refused",
    {{"generation", std::to_string(before->generation)}, {"trigger", trigger},
      {"errors", std::to_string(errors.size())}});
  life.last_error = errors.empty() ? std::string{} : to_string(errors.front());
  auto now = std::make_shared<active_config>(*before);
  now->refused = std::make_shared<const refused_reload>(
    refused_reload{std::chrono::system_clock::now(), trigger, errors});
  now->file_differs = parts->now.text != parts->seen.text;
  parts->active->set(now);
  reload_report report;
  report.generation = before->generation;
  report.errors = std::move(errors);
  watch();
  tell_service();
  answer.deliver(reload_answer{share(std::move(report))});
}

// A refused reload leaves the service as ready as it was.
void config_store_state::tell_service() const {
  auto now = parts->active->get();
  parts->service->ready(
    "configuration " + std::to_string(now->generation)
    + (now->refused ? " in force, the last one refused" : " in force"));
}

actor_snapshot config_store_state::snapshot() const {
  auto x = life.snapshot(self);
  auto active = parts->active->get();
  x.fields = {{"source", active->source},
    {"generation", std::to_string(active->generation)},
    {"domains", std::to_string(active->config->domains.size())},
    {"listeners", std::to_string(active->config->listeners.size())},
    {"waiting", std::to_string(active->waiting.size())},
    {"refused", std::to_string(refused)}};
  return x;
}

config_store_actor::behavior_type config_store(
  config_store_actor::stateful_pointer<config_store_state> self,
  node_actor node, std::shared_ptr<config_store_parts> parts) {
  self->state.node = std::move(node);
  self->state.parts = std::move(parts);
  self->state.start();
  return {
    [self](const reload_request& x) { return self->state.reload(x); },
    [self](const rollback_request& x) { return self->state.roll_back(x); },
    [self](const config_check& x) { return self->state.check(x); },
    [self](history_request) { return self->state.list_history(); },
    [self](files_changed) { self->state.look(); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
