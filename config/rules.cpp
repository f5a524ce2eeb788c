#include "config/rules.hpp"

#include "config/config_error.hpp"

#include <filesystem>
#include <fstream>

namespace causeway::config {

void check(rules& broken, std::string key, std::optional<std::string> reason) {
  if (reason)
    broken.push_back({std::move(key), std::move(*reason)});
}

std::optional<std::string> check_readable(const std::string& file) {
  std::error_code error;
  auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status))
    return "cannot find the file " + in_quotes(file);
  if (!std::filesystem::is_regular_file(status))
    return in_quotes(file) + " is not a file";
  if (!std::ifstream{file})
    return "cannot read the file " + in_quotes(file);
  return std::nullopt;
}

} // namespace causeway::config
