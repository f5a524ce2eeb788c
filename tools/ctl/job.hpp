#pragma once

#include "tools/ctl/control_client.hpp"

#include <functional>
#include <optional>
#include <string>

namespace causeway::ctl {

/// One request of the operator, and how to show its answer.
struct job {
  std::string socket;
  boost::json::object request;
  /// The answer as JSON, a line each, in place of text.
  bool as_json = false;
  /// Ask again every so many seconds until the process is stopped.
  std::optional<double> watch;
  /// Look a second time, a second later, and show that: for rates.
  bool twice = false;
  /// Many lines answer: each is shown as it comes.
  bool follow = false;
  std::function<std::string(const boost::json::object& answer)> show;
};

/// Exit codes of causewayctl.
enum exit_code {
  done = 0,
  refused_by_server = 1,
  bad_usage = 2,
  no_connection = 3,
};

/// Asks, prints, and says how it went.
exit_code run(const job& x);

} // namespace causeway::ctl
