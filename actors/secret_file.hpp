#pragma once

#include "protocol/result.hpp"

#include <string>

/// Files whose content only this server and its administrators may know.
namespace causeway {

/// Content of a file that no other user can read or change: what is ours is
/// for us alone, what an administrator has given to our group is not for all,
/// as ssh has it. The error names the file and what is wrong with it.
protocol::result<std::string, std::string> read_secret(const std::string& file);

/// Writes 64 random hexadecimal digits to a file that does not exist, for us
/// alone. It appears whole or not at all, and is there after a loss of power.
/// Returns what went wrong.
std::string make_secret(const std::string& file);

/// `make_secret` unless there is such a file.
std::string make_secret_if_missing(const std::string& file);

} // namespace causeway
