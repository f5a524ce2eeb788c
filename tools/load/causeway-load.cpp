/// Load generator for servers that speak XMPP over WebSocket (RFC 7395).
#include "tools/load/options.hpp"
#include "tools/load/report.hpp"
#include "tools/load/workload.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <sys/resource.h>

namespace {

using namespace causeway::load;

int fail(const std::string& reason) {
  std::cerr << "causeway-load: " << reason << '\n';
  return 2;
}

// One socket per client, and some for the program itself.
std::string raise_file_limit(std::uint32_t sessions) {
  rlimit limit{};
  auto wanted = rlim_t{sessions} + 64;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
    return {};
  limit.rlim_max = std::max(limit.rlim_max, wanted);
  limit.rlim_cur = wanted;
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
    return {};
  return "cannot open " + std::to_string(wanted)
         + " files: raise the limit (ulimit -n)";
}

int run(const options& opts) {
  std::string error = raise_file_limit(opts.sessions);
  if (!error.empty())
    return fail(error);
  auto server = resolve(opts.url, opts.ca_file, error);
  if (!server)
    return fail(error);
  if (auto pid = process_stats{opts.server_pids, false}.missing())
    return fail("--server-pid: no process " + std::to_string(pid));
  // One thread: no locks needed inside Asio.
  boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  workload load{io, opts, *server};
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](const boost::system::error_code& ec, int) {
    if (!ec)
      load.interrupt();
  });
  auto result = load.run();
  std::cout << (opts.json ? to_json(opts, result) : to_table(opts, result));
  if (opts.json && !result.failure.empty())
    return fail(result.failure);
  return exit_code(opts, result);
}

} // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  auto opts = parse_options(argc, argv, exit_code);
  if (!opts)
    return exit_code;
  return run(*opts);
}
