#pragma once

#include "config/config.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace causeway {

/// The files that a configuration names, to be read again with each reload:
/// certificates, keys, authorities.
std::vector<std::string> named_files(const config::configuration& x);

/// Tells one state of these files from another, by hashes of what they hold.
using file_stamps = std::map<std::string, std::size_t>;
file_stamps read_stamps(const std::vector<std::string>& files);

/// Those of the second one that are not as in the first.
std::vector<std::string> changed_files(
  const file_stamps& before, const file_stamps& now);

} // namespace causeway
