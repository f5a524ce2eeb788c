#pragma once

#include <boost/json/object.hpp>

#include <string>

/// The answers of the server as text for people.
namespace causeway::ctl {

std::string show_version(const boost::json::object& answer);

/// With `all`, counters that are 0 as well.
std::string show_status(const boost::json::object& answer, bool all = false);

/// A line that says what was done, or a line per account.
std::string show_accounts(const boost::json::object& answer);

/// Says which actor was killed, or hangs.
std::string show_killed(const boost::json::object& answer);

} // namespace causeway::ctl
