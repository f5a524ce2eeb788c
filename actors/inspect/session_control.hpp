#pragma once

#include "actors/inspect/admin.hpp"
#include "actors/inspect/control_command.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <functional>
#include <memory>

/// The commands of the admin that act on sessions, and those that look at them
/// for longer. `done` is called once, in the context of `self`.
namespace causeway {

using admin_pointer = admin_actor::stateful_pointer<admin_state>;
using report_taker = std::function<void(const boost::json::object&)>;

/// Has a session do what an operator wants.
void order_session(
  admin_pointer self, const session_order_command& x, report_taker done);

/// Begins or ends the trace of a session into the log.
boost::json::object trace_session(
  admin_pointer self, const session_trace_command& x);

/// Writes what waits of that trace.
void log_trace(admin_pointer self, std::uint64_t session);

/// Hands a new trace to `stream`, or says why there is none.
boost::json::object begin_trace(admin_pointer self, const trace_order& order,
  const std::function<void(std::shared_ptr<line_feed>)>& stream);

/// The figures of one moment, and the busiest actors.
void report_top(admin_pointer self, std::size_t actors, report_taker done);

} // namespace causeway
