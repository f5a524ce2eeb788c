#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

/// Sessions and what passes over their wires, as text for people.
namespace causeway::ctl {

/// The names of all columns that `show_sessions` knows, in their usual order.
std::vector<std::string> session_columns();

/// Those that are shown unless others are chosen.
std::vector<std::string> usual_session_columns();

/// A row per session. Unknown columns are left out.
std::string show_sessions(const boost::json::object& answer,
  const std::vector<std::string>& columns = usual_session_columns());

/// All that is known of one session.
std::string show_session(const boost::json::object& answer);

/// What was done with a session.
std::string show_order(const boost::json::object& answer);

/// One line of a trace.
std::string show_traced(const boost::json::object& line);

} // namespace causeway::ctl
