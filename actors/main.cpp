#include "actors/domain/journal_database.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/inspect/process_facts.hpp"
#include "actors/node.hpp"
#include "actors/random_text.hpp"
#include "actors/sm_keys.hpp"
#include "actors/stream_settings.hpp"
#include "actors/transport/asio_coordinator.hpp"
#include "actors/transport/development_certificate.hpp"
#include "config/load.hpp"
#include "protocol/xml_platform.hpp"

#include <CLI/CLI.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <cerrno>
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

config::load_result load(const std::string& file) {
  return file.empty() ? config::load_result{config::configuration{}}
                      : config::load_file(file);
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

protocol::result<std::vector<tls_context_ptr>, std::string> load_certificates(
  const config::configuration& config) {
  std::vector<std::string> domains;
  for (auto& [name, x] : config.domains)
    if (name != "*")
      domains.push_back(name);
  std::vector<tls_context_ptr> contexts;
  for (auto& x : config.listeners) {
    contexts.push_back(nullptr);
    if (!x.secure)
      continue;
    certificate_files files{x.tls.certificate, x.tls.key};
    if (files.certificate.empty()) {
      auto made = development_certificate(config.node.data, domains);
      if (!made)
        return made.error();
      files = *made;
    }
    auto context = load_tls_context(files.certificate, files.key);
    if (!context)
      return context.error();
    contexts.back() = *context;
  }
  return contexts;
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

// What only OpenSSL can tell of the files that the configuration names. The
// development certificate is made at the start, not by a check.
std::vector<config::config_error> check_tls_files(
  const config::configuration& x, const std::string& file) {
  std::vector<config::config_error> errors;
  auto add = [&](std::string key, std::string reason) {
    config::config_error error;
    error.file = file;
    error.key = std::move(key);
    error.reason = std::move(reason);
    errors.push_back(std::move(error));
  };
  for (std::size_t i = 0; i < x.listeners.size(); ++i)
    if (auto& files = x.listeners[i].tls; !files.certificate.empty())
      if (auto tls = load_tls_context(files.certificate, files.key); !tls)
        add("listeners[" + std::to_string(i) + "].tls", tls.error());
  for (auto& [name, domain] : x.domains)
    for (std::size_t i = 0; i < domain.upstream.size(); ++i)
      if (auto tls = load_client_tls(domain.upstream[i]); !tls)
        add("domains." + name + ".upstream[" + std::to_string(i) + "]",
          tls.error());
  return errors;
}

start_report wait_for_start(std::future<start_report>& x) {
  try {
    return x.get();
  } catch (const std::future_error&) {
    return std::string{"the node died before it had started"};
  }
}

// Runs the node until it stops; returns the exit code.
int run(std::shared_ptr<const config::configuration> config,
  const std::string& source) {
  auto fail = [](const std::string& why) {
    std::cerr << "causewayd: " << why << '\n';
    return cannot_run;
  };
  if (auto problem = prepare_folder(config->node.data); !problem.empty())
    return fail(problem);
  if (auto problem = lock_folder(config->node.data); !problem.empty())
    return fail(problem);
  auto certificates = load_certificates(*config);
  if (!certificates)
    return fail(certificates.error());
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

  io_threads threads{config->node.threads};
  auto count = std::make_shared<counters>();
  auto keys = load_sm_keys(*config);
  if (!keys)
    return fail(keys.error());
  auto gateways = prepare_gateway_domains(*config, threads, count);
  if (!gateways)
    return fail(gateways.error());
  threads.run();
  caf::actor_system_config actors;
  use_io_threads(actors, threads);
  auto started = std::make_shared<std::promise<start_report>>();
  auto future = started->get_future();
  auto once = std::make_shared<std::once_flag>();
  auto parts = std::make_shared<node_parts>(node_parts{config, source, threads,
    count, *database, *offline, kept, std::move(plan), *certificates,
    std::move(*gateways), *keys, [started, once](start_report x) {
      std::call_once(*once, [&] { started->set_value(std::move(x)); });
    }});
  auto code = cannot_run;
  {
    caf::actor_system system{actors};
    caf::scoped_actor self{system};
    auto root = self->spawn<caf::monitored>(node, parts);
    threads.on_signal([root = root.address()](int signal) {
      if (signal == SIGHUP) {
        log_event(log_level::warn, "reload_not_supported",
          {{"detail", "restart to use another configuration"}});
        return;
      }
      if (auto strong = caf::actor_cast<node_actor>(root))
        caf::anon_send(strong, stop_request{});
    });
    parts = nullptr;
    started = nullptr;
    auto report = wait_for_start(future);
    if (report)
      print_welcome(*config, *report);
    else
      fail(report.error());
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
  return code;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Causeway: XMPP over WebSocket with Stream Management"};
  std::string file;
  bool check = false;
  app.add_option("--config", file,
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

  auto loaded = load(file);
  if (!loaded)
    return report(loaded.error());
  auto config = std::make_shared<const config::configuration>(*loaded);
  if (check) {
    if (auto errors = check_tls_files(*config, file); !errors.empty())
      return report(errors);
    std::cout << (file.empty() ? "the default configuration" : file)
              << " is valid\n";
    return 0;
  }
  if (auto errors = check_tls_files(*config, file); !errors.empty())
    return report(errors);
  // A file that others can read must not come from us.
  umask(077);
  raise_file_limit();
  open_event_log(config->log.level, config->log.format);
  int code = cannot_run;
  try {
    protocol::xml_platform xml;
    code = run(config, file.empty() ? "defaults" : file);
  } catch (const std::exception& e) {
    std::cerr << "causewayd: " << e.what() << '\n';
  }
  close_event_log();
  return code;
}
