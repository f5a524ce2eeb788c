#pragma once

#include "actors/inspect/actor_tree.hpp"
#include "actors/inspect/control_command.hpp"

#include <boost/json/object.hpp>

namespace causeway {

/// Makes an actor end at once, as a fault of its own would: the one with the
/// given id, or any of the given kind. Says which one. For tests of the
/// supervision; only builds with test hooks read the command.
boost::json::object kill_actor(const actor_tree& tree, const kill_command& x);

/// The same, but it takes so long over one message, as one that hangs does.
boost::json::object hang_actor(const actor_tree& tree, const hang_command& x);

} // namespace causeway
