#pragma once

#include "config/validate.hpp"

#include <optional>
#include <string>
#include <vector>

/// What the files that hold rules share.
namespace causeway::config {

using rules = std::vector<broken_rule>;

/// Adds a broken rule if a check found a reason.
void check(rules& broken, std::string key, std::optional<std::string> reason);

/// Why a file cannot be read, if so.
std::optional<std::string> check_readable(const std::string& file);

} // namespace causeway::config
