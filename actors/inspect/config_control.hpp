#pragma once

#include "actors/inspect/admin.hpp"
#include "actors/inspect/control_command.hpp"

#include <boost/json/object.hpp>

#include <functional>

namespace causeway {

/// Carries out one command on the configuration and hands the answer to `done`
/// in the context of `self`.
void control_config(admin_actor::pointer self, const admin_environment& x,
  const config_command& request,
  const std::function<void(boost::json::object)>& done);

/// Which configuration is in force, in short: part of `status`.
boost::json::object config_summary(const active_config& x);

} // namespace causeway
