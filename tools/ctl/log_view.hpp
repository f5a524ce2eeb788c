#pragma once

#include "tools/ctl/job.hpp"

#include <boost/json/object.hpp>

#include <string>

/// The log of the server, live.
namespace causeway::ctl {

/// A line per event as the server writes it, and one for events that are no
/// longer there.
std::string show_events(const boost::json::object& answer);

/// A line per component with its level.
std::string show_log_levels(const boost::json::object& answer);

/// Shows the events that `x.request` asks for, then those that come, until the
/// process is stopped or the server is gone. As JSON: one event per line.
exit_code follow_log(job x);

} // namespace causeway::ctl
