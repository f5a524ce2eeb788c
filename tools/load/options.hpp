#pragma once

#include "tools/load/url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace causeway::load {

/// What the command line says; every default stands here.
struct options {
  websocket_url url;
  std::string url_text;
  std::string ca_file;
  std::string domain = "localhost";
  /// Clients, of which 2k and 2k + 1 make a pair unless `idle`.
  std::uint32_t sessions = 0;
  bool idle = false;
  std::string user_format = "load%d";
  std::uint32_t first_user = 0;
  /// Accounts that the clients share in turn; 0: one each.
  std::uint32_t accounts = 0;
  std::string password;
  std::string mechanism = "auto";
  bool presence = true;

  bool stream_management = false;
  /// Its sessions can be resumed.
  bool resumable = false;
  /// Our `<r/>` after so many stanzas; 0: never.
  std::uint32_t ack_every = 5;

  /// Messages per client; 0: until `duration` is over.
  std::uint64_t messages = 0;
  double duration = 10;
  double warmup = 0;
  /// Wait between the last login and the measured phase.
  double settle = 1;
  std::uint32_t body = 300;
  /// Open loop: messages go out at `rate`, whatever comes back.
  bool open_loop = false;
  /// Closed loop: messages on the way per pair.
  std::uint32_t window = 1;
  /// Messages per second over all pairs.
  double rate = 1'000;

  /// Logins begun per second; 0: no limit.
  double login_rate = 0;
  std::uint32_t login_parallel = 32;
  bool reconnect = false;
  std::uint64_t allow_loss = 0;
  double timeout = 30;

  std::vector<pid_t> server_pids;
  bool server_tree = false;
  bool json = false;

  std::string username(std::uint32_t client) const;
};

/// Reads the command line. If there is nothing to run, `exit_code` is set and
/// the reason or the help is already printed.
std::optional<options> parse_options(int argc, char** argv, int& exit_code);

} // namespace causeway::load
