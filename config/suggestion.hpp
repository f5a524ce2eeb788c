#pragma once

#include <span>
#include <string>
#include <string_view>

namespace causeway::config {

/// "; did you mean NAME?" for the candidate nearest to a misspelt name, or
/// nothing if none is near. Spelling with other case, `_` or `-` counts as
/// nearest.
std::string suggest(
  std::string_view name, std::span<const std::string_view> candidates);

/// Fewest insertions, removals and replacements of a byte, and swaps of two
/// adjacent ones, that lead from one text to the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

} // namespace causeway::config
