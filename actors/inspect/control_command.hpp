#pragma once

#include "actors/inspect/recent_events.hpp"
#include "actors/inspect/session_filter.hpp"
#include "actors/inspect/wire_trace.hpp"
#include "actors/messages.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The commands that causewayctl sends, one line of JSON each: an object with
/// `command` and the keys of that command.
namespace causeway {

/// {"command":"version"}
struct version_command {};

/// {"command":"status"}
struct status_command {};

/// {"command":"actors","kind":"","depth":16,"limit":1000}
struct actors_command {
  /// Empty: all kinds.
  std::string kind;
  /// Levels below the root.
  std::size_t depth = 16;
  /// Most children shown of one actor below the root.
  std::size_t limit = 1'000;
};

/// {"command":"actor","id":17}
struct actor_command {
  std::uint64_t id = 0;
};

/// {"command":"sessions","limit":1000}, and the keys of `session_filter`.
struct sessions_command {
  std::size_t limit = 1'000;
  session_filter wanted;
};

/// {"command":"session","id":17}
struct session_command {
  std::uint64_t id = 0;
};

/// {"command":"session","id":17,"verb":"kick","text":"..."}; the other verbs
/// are park, expire and resend.
struct session_order_command {
  std::uint64_t id = 0;
  session_order order;
};

/// {"command":"session","id":17,"verb":"trace","on":true,"bodies":false}:
/// what it says goes to the log.
struct session_trace_command {
  std::uint64_t id = 0;
  bool on = true;
  bool bodies = false;
};

/// {"command":"trace","jid":"a@b","seconds":60,"bytes":1048576,"bodies":false};
/// in place of `jid` it may have `ip` or `session`. Many lines answer.
struct trace_command {
  trace_order order;
};

/// {"command":"top","actors":20}
struct top_command {
  /// Most of the busiest actors shown.
  std::size_t actors = 20;
};

/// {"command":"account","verb":"add","jid":"a@b","password":"c"}; `passwd`
/// takes the same keys, `remove` takes `jid`, `list` may take `domain`.
struct accounts_command {
  /// The domain is empty for a list of all domains.
  account_command request;
};

/// {"command":"config","verb":"show"}; `check` may take `file`, `rollback` may
/// take `generation`; `reload` and `history` take nothing.
struct config_command {
  enum class verb : std::uint8_t { show, reload, check, history, rollback };
  verb what = verb::show;
  /// Empty: the server's own.
  std::string file;
  /// Nothing: the one before that in force.
  std::optional<std::uint64_t> generation;
};

/// {"command":"log","after":17,"limit":100,"level":"warn","component":"c2s",
/// "where":"sid=7f"}
struct log_command {
  /// An answer's `last`, to go on from there; nothing: the newest events.
  std::optional<std::uint64_t> after;
  std::size_t limit = 100;
  log_filter filter;
};

/// {"command":"log_level","component":"c2s","level":"debug"}; without
/// component: all; level `configured`: as the configuration says; without
/// level: tells them only.
struct log_level_command {
  std::optional<log_component> component;
  std::optional<log_level> level;
  bool read_only = false;
};

/// {"command":"metrics"}
struct metrics_command {};

/// {"command":"health"}
struct health_command {};

/// {"command":"kill","kind":"parser"} or {"command":"kill","id":17}; only
/// builds with test hooks know it.
struct kill_command {
  std::string kind;
  /// 0: any actor of that kind.
  std::uint64_t id = 0;
};

/// {"command":"hang","kind":"tracker","seconds":10}, or with an id; only
/// builds with test hooks know it.
struct hang_command {
  kill_command target;
  std::chrono::seconds time{10};
};

using control_command = std::variant<version_command, status_command,
  actors_command, actor_command, sessions_command, session_command,
  session_order_command, session_trace_command, trace_command, top_command,
  accounts_command, config_command, log_command, log_level_command,
  metrics_command, health_command, kill_command, hang_command>;

/// Why a line is no command, for the operator.
struct command_error {
  std::string text;
};

/// Reads one line. JIDs come out normalised.
protocol::result<control_command, command_error> parse_control_command(
  std::string_view line);

} // namespace causeway
