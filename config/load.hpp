#pragma once

#include "config/config.hpp"
#include "config/config_error.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::config {

/// A valid configuration, or everything that is wrong, in the order of the
/// file and never empty.
using load_result =
  boost::system::result<configuration, std::vector<config_error>>;

/// Most errors that are reported at once; one more says how many are left out.
constexpr std::size_t max_errors = 100;

/// Reads a YAML file. Paths in it, and the defaults of paths, are relative to
/// its folder. Never throws on what the file holds.
load_result load_file(const std::filesystem::path& file);

/// The text of a file, or why there is none: one error without a place.
boost::system::result<std::string, std::vector<config_error>> read_text(
  const std::filesystem::path& file);

/// Gives errors that were found later the place of their keys in the text.
void locate(std::vector<config_error>& errors, std::string_view text,
  const std::string& name);

/// Reads YAML text as though it stood in the file `name`, which need not
/// exist. Where that fails, `draft` has what was right, unless the YAML itself
/// is wrong.
load_result load_text(std::string_view text, const std::string& name,
  configuration* draft = nullptr);

/// Every key of the schema as a key path, with `[]` for any item of a list and
/// `*` for any domain: `listeners[].address`, `domains.*.auth`.
std::vector<std::string> known_keys();

} // namespace causeway::config
