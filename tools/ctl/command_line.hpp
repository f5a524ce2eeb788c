#pragma once

#include "tools/ctl/job.hpp"
#include "tools/ctl/session_view.hpp"
#include "tools/ctl/top_screen.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace causeway::ctl {

/// What the command line fills in; `job` is what main then runs, unless
/// `instead` is set.
struct command_line {
  causeway::ctl::job job;
  std::function<int()> instead;
  std::string kind;
  std::string jid;
  std::string domain;
  std::string ip;
  std::string state;
  std::string resume;
  std::string text;
  std::string file;
  std::string key;
  std::string level;
  std::string component;
  std::string where;
  std::uint64_t generation = 0;
  std::string order;
  std::vector<std::string> columns = usual_session_columns();
  std::uint64_t depth = 16;
  std::uint64_t limit = 1'000;
  std::uint64_t id = 0;
  std::uint64_t seconds = 60;
  std::uint64_t bytes = 1024 * 1024;
  std::uint64_t most = 0;
  double watch = 0;
  bool all = false;
  bool flat = false;
  bool tree = false;
  bool bodies = false;
  bool follow = false;
  bool password_stdin = false;
  /// The command asks for a password first.
  bool needs_password = false;
  top_job top;
};

void add_watch(CLI::App& command, command_line& x);

// Each adds its commands to `app`.
void add_account(CLI::App& app, command_line& x);
void add_config(CLI::App& app, command_line& x);
void add_log(CLI::App& app, command_line& x);
void add_actors(CLI::App& app, command_line& x);
void add_top(CLI::App& app, command_line& x);
void add_sessions(CLI::App& app, command_line& x);
void add_trace(CLI::App& app, command_line& x);

} // namespace causeway::ctl
