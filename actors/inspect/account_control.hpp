#pragma once

#include "actors/inspect/admin.hpp"
#include "actors/inspect/control_command.hpp"

#include <boost/json/object.hpp>

#include <functional>

namespace causeway {

/// Carries out one command on accounts and hands the answer to `done` in the
/// context of `self`. Removal also ends the sessions of the account.
void control_accounts(admin_actor::pointer self, const admin_environment& x,
  const account_command& request,
  const std::function<void(boost::json::object)>& done);

} // namespace causeway
