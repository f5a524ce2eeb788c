#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

/// The answers on the configuration as text for people.
namespace causeway::ctl {

/// What a reload or a rollback has done.
std::string show_reload(const boost::json::object& answer);

/// That a file is valid, and what a reload of it would do.
std::string show_check(const boost::json::object& answer);

/// The changes alone, or nothing.
std::string show_diff(const boost::json::object& answer);

/// Why a reload was refused, a line for each error.
std::vector<std::string> refusal_lines(const boost::json::object& refused);

/// The configuration in force, as YAML.
std::string show_config(const boost::json::object& answer);

std::string show_history(const boost::json::object& answer);

/// What a key, or a group of keys, means; of all keys if `key` is empty. Empty
/// if there is no such key.
std::string explain_keys(std::string_view key, bool as_json);

} // namespace causeway::ctl
