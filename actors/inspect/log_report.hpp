#pragma once

#include "actors/inspect/control_command.hpp"

#include <boost/json/object.hpp>

/// The log as causewayctl sees it.
namespace causeway {

/// The last events that fit, or those since an earlier look. What people write
/// is for administrators.
boost::json::object log_report(const log_command& x, control_role role);

/// Carries the command out, if it names a level; tells the levels in force.
boost::json::object change_log_level(const log_level_command& x);

/// What the log has lost, for the status.
boost::json::object log_losses_report();

} // namespace causeway
