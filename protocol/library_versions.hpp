#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace causeway::protocol {

/// Name and version of the libraries that this folder stands on.
std::vector<std::pair<std::string_view, std::string_view>> library_versions();

} // namespace causeway::protocol
