#pragma once

#include "config/config.hpp"

#include <string>
#include <vector>

namespace causeway::config {

/// A rule that a configuration breaks.
struct broken_rule {
  /// Where to report it, such as `listeners[0].address`.
  std::string key;
  std::string reason;
  /// Other keys that the rule looked at.
  std::vector<std::string> others{};
};

/// Checks what one key alone cannot tell: syntax of texts, rules across keys,
/// and files that must be there. Empty if all is well.
std::vector<broken_rule> validate(const configuration& config);

} // namespace causeway::config
