#include "actors/domain/journal_database.hpp"
#include "actors/inspect/log_settings.hpp"
#include "actors/inspect/process_facts.hpp"
#include "actors/node.hpp"
#include "actors/node_preparation.hpp"
#include "actors/random_text.hpp"
#include "actors/stream_settings.hpp"
#include "actors/transport/asio_coordinator.hpp"
#include "actors/transport/file_watch.hpp"
#include "config/load.hpp"
#include "protocol/xml_platform.hpp"

#include <CLI/CLI.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <iostream>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

/// causewayd: configuration -> actor system -> node; then waits for a signal.
namespace {

using namespace causeway;
namespace fs = std::filesystem;

using start_report = protocol::result<std::vector<std::string>, std::string>;

// Exit codes of causewayd.
constexpr int bad_configuration = 2;
constexpr int cannot_run = 1;

/// A configuration and where it came from.
struct loaded_config {
  std::shared_ptr<const config::configuration> config;
  /// Empty: the defaults.
  std::string file;
  std::string text;
};

protocol::result<loaded_config, std::vector<config::config_error>> load(
  const std::string& file) {
  loaded_config x{nullptr, file, {}};
  config::load_result config{config::configuration{}};
  if (!file.empty()) {
    auto text = config::read_text(file);
    if (!text)
      return text.error();
    x.text = std::move(*text);
    config = config::load_text(x.text, file);
  }
  if (!config)
    return config.error();
  x.config = std::make_shared<const config::configuration>(std::move(*config));
  if (auto errors = check_files(*x.config); !errors.empty()) {
    locate(errors, x.text, file);
    return errors;
  }
  return x;
}

// The number goes on where an earlier process stopped; the same text keeps its
// number.
active_config begin_generation(
  const loaded_config& x, const config_history& history) {
  active_config now;
  now.config = x.config;
  now.source = x.file.empty() ? "defaults" : x.file;
  now.since = std::chrono::system_clock::now();
  now.trigger = "start";
  auto before = history.list();
  if (!before.empty())
    now.generation = before.front().generation;
  if (x.file.empty())
    return now;
  if (!before.empty()) {
    auto text = history.read(now.generation);
    if (text && *text == x.text)
      return now;
    ++now.generation;
  }
  auto problem = history.add(
    {now.generation, now.since, now.trigger, now.source, x.text.size()},
    x.text);
  if (!problem.empty())
    log_event(log_level::warn, "config_history_failed", {{"reason", problem}});
  return now;
}

std::shared_ptr<config_store_parts> make_store_parts(const loaded_config& x,
  io_threads& threads, std::shared_ptr<counters> count,
  std::shared_ptr<handle_cell<prepared_config_ptr>> in_force,
  std::shared_ptr<service_notifier> service) {
  config_history history{x.config->node.data + "/config-history"};
  auto active = std::make_shared<config_cell>();
  active->set(
    std::make_shared<const active_config>(begin_generation(x, history)));
  config_text text{x.text, read_stamps(named_files(*x.config))};
  auto prepare_next = [&threads, count, in_force](auto config) {
    return prepare(std::move(config), threads, count, in_force->get().get());
  };
  auto watch = [&threads](std::function<void()> changed)
    -> std::function<void(std::vector<std::string>)> {
    auto opened = file_watch::open(threads, std::move(changed));
    if (opened)
      return [watch = *opened](std::vector<std::string> files) {
        watch->watch(std::move(files));
      };
    log_event(
      log_level::warn, "config_watch_failed", {{"reason", opened.error()}});
    return nullptr;
  };
  return std::make_shared<config_store_parts>(
    config_store_parts{x.file, active, std::move(history), text, text,
      prepare_next, check_files, watch, std::move(service)});
}

int report(const std::vector<config::config_error>& errors) {
  for (auto& x : errors)
    std::cerr << to_string(x) << '\n';
  std::cerr << errors.size() << (errors.size() == 1 ? " error" : " errors")
            << " in the configuration\n";
  return bad_configuration;
}

// Every connection is a file; the soft limit is often as low as 1024.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string prepare_folder(const std::string& folder) {
  std::error_code error;
  if (fs::create_directories(folder, error))
    fs::permissions(folder, fs::perms::owner_all, error);
  return error ? folder + ": " + error.message() : std::string{};
}

std::string version_text() {
  std::string text = "causewayd " CAUSEWAY_VERSION;
  for (auto& [name, version] : library_versions())
    text += "\n  " + std::string{name} + ' ' + std::string{version};
  return text;
}

// Holds the data folder for this process: two servers must not share one. The
// file stays; the lock ends with the process.
std::string lock_folder(const std::string& folder) {
  auto file = folder + "/causeway.lock";
  auto descriptor = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return file + ": " + std::strerror(errno);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return folder + ": another causewayd uses this data folder";
  return {};
}

void print_welcome(
  const config::configuration& config, const std::vector<std::string>& urls) {
  auto socket = config.admin.socket.empty()
                  ? config.node.data + "/causeway.sock"
                  : config.admin.socket;
  auto local = local_domains(config);
  std::cout << "causewayd " CAUSEWAY_VERSION " is running\n";
  for (auto& x : urls)
    std::cout << "  " << x << '\n';
  if (!config.admin.http.empty())
    std::cout << "The token for the web console is in "
              << (config.admin.admin_tokens.empty()
                     ? config.node.data + "/admin.token"
                     : config.admin.admin_tokens.front())
              << '\n';
  for (auto& name : gateway_domains(config))
    std::cout << "  streams of " << name << " go to upstream servers\n";
  if (local.empty())
    std::cout << "To log in, point a client with an account there at one of "
                 "these.\n";
  else
    std::cout
      << "To log in, make an account and point a client at one of these:\n"
      << "  causewayctl --socket " << socket << " account add NAME@"
      << local.begin()->first << '\n';
  std::cout << std::flush;
}

// "a, b"
std::string join(const std::vector<std::string>& x) {
  std::string out;
  for (auto& y : x)
    out += (out.empty() ? "" : ", ") + y;
  return out;
}

start_report wait_for_start(std::future<start_report>& x) {
  try {
    return x.get();
  } catch (const std::future_error&) {
    return std::string{"the node died before it had started"};
  }
}

// Runs the node until it stops; returns the exit code.
int run(const loaded_config& loaded) {
  auto& config = loaded.config;
  auto fail = [](const std::string& why) {
    std::cerr << "causewayd: " << why << '\n';
    return cannot_run;
  };
  if (auto problem = prepare_folder(config->node.data); !problem.empty())
    return fail(problem);
  if (auto problem = lock_folder(config->node.data); !problem.empty())
    return fail(problem);
  auto database =
    account_database::open(config->node.data + "/causeway.db", random_bytes);
  if (!database)
    return fail(database.error());
  auto offline = offline_database::open(config->node.data + "/causeway.db");
  if (!offline)
    return fail(offline.error());
  auto journals = journal_database::open(config->node.data + "/causeway.db");
  if (!journals)
    return fail(journals.error());
  auto left = (*journals)->load();
  if (!left)
    return fail(left.error());
  auto kept = std::make_shared<journal>(*journals, left->last);
  auto domains = local_domains(*config);
  auto plan = plan_restore(
    std::move(*left),
    [&](const std::string& name) { return domains.contains(name); },
    std::chrono::system_clock::now());

  auto service = service_notifier::from_environment();
  if (!service)
    return fail(service.error());
  io_threads threads{config->node.threads};
  io_threads control_threads{1};
  auto runs = std::make_shared<run_record>(threads.size());
  auto count = std::make_shared<counters>();
  auto prepared = prepare(config, threads, count, nullptr);
  if (!prepared) {
    // Not of the file: it was checked before.
    for (auto& x : prepared.error())
      fail(x.key + ": " + x.reason);
    return cannot_run;
  }
  threads.run();
  control_threads.run();
  caf::actor_system_config actors;
  use_io_threads(actors, threads, runs);
  auto started = std::make_shared<std::promise<start_report>>();
  auto future = started->get_future();
  auto once = std::make_shared<std::once_flag>();
  auto in_force = std::make_shared<handle_cell<prepared_config_ptr>>();
  in_force->set(*prepared);
  auto store = std::make_shared<handle_cell<config_store_actor>>();
  auto parts = std::make_shared<node_parts>(node_parts{*prepared, in_force,
    make_store_parts(loaded, threads, count, in_force, *service), store,
    threads, control_threads, runs, count, *database, *offline, kept,
    std::move(plan), *service, [started, once](start_report x) {
      std::call_once(*once, [&] { started->set_value(std::move(x)); });
    }});
  auto code = cannot_run;
  {
    caf::actor_system system{actors};
    caf::scoped_actor self{system};
    auto root = self->spawn<caf::monitored>(node, parts);
    threads.on_signal([root = root.address(), store](int signal) {
      if (signal == SIGHUP) {
        if (auto to = store->get())
          caf::anon_send(to, reload_request{"SIGHUP"});
        return;
      }
      if (auto strong = caf::actor_cast<node_actor>(root))
        caf::anon_send(strong, stop_request{});
    });
    parts = nullptr;
    started = nullptr;
    auto report = wait_for_start(future);
    if (report) {
      print_welcome(*config, *report);
      (*service)->ready("listening on " + join(*report));
    } else {
      (*service)->status(report.error());
      fail(report.error());
    }
    self->receive([&](const caf::down_msg& x) {
      code = report && (!x.reason || x.reason == caf::exit_reason::normal)
               ? 0
               : cannot_run;
    });
    // Held until here: an actor that nobody holds ends.
    root = node_actor{};
  }
  // Connections had until here to take their last messages.
  auto lost = count->get(counter::stanzas_lost);
  log_event(lost > 0 ? log_level::warn : log_level::info, "node_stopped",
    {{"stanzas_lost", std::to_string(lost)}});
  threads.stop();
  control_threads.stop();
  return code;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Causeway: XMPP over WebSocket with Stream Management"};
  std::string file;
  bool check = false;
  auto* named = app.add_option("--config", file,
    "YAML file; without one, localhost is "
    "served from ./var");
  app.add_flag("--check", check, "check the configuration and exit");
  app.set_version_flag("--version", [] { return version_text(); });
  app.footer("Exit codes: 0 stopped in order, 1 cannot run, 2 bad "
             "configuration or command line.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : bad_configuration;
  }

  // As of a script in which a variable has no value.
  if (named->count() > 0 && file.empty()) {
    std::cerr << "causewayd: --config needs a file name\n";
    return bad_configuration;
  }
  auto loaded = load(file);
  if (!loaded)
    return report(loaded.error());
  if (check) {
    std::cout << (file.empty() ? "the default configuration" : file)
              << " is valid\n";
    return 0;
  }
  // A file that others can read must not come from us.
  umask(077);
  raise_file_limit();
  auto why = open_event_log(log_settings_of(loaded->config->log));
  if (!why.empty()) {
    std::cerr << "causewayd: the log: " << why << '\n';
    return cannot_run;
  }
  int code = cannot_run;
  try {
    protocol::xml_platform xml;
    code = run(*loaded);
  } catch (const std::exception& e) {
    std::cerr << "causewayd: " << e.what() << '\n';
  }
  close_event_log();
  return code;
}
