#pragma once

#include "tools/ctl/job.hpp"
#include "tools/ctl/top_view.hpp"

#include <cstddef>
#include <string>

namespace causeway::ctl {

/// What `causewayctl top` was asked for.
struct top_job {
  std::string socket;
  double interval = 2;
  std::size_t actors = 100;
  top_order order = top_order::busy;
  /// One view as text, as without a terminal.
  bool once = false;
  bool as_json = false;
};

/// Redraws the view until `q` is pressed.
exit_code run_top(const top_job& x);

} // namespace causeway::ctl
