#include "config/suggestion.hpp"

#include <algorithm>
#include <vector>

namespace causeway::config {

namespace {

/// No known name is longer, and the distance costs the product of lengths.
constexpr std::size_t max_name = 64;

/// `max_message` and `max-message` become `maxmessage`, as `maxMessage` does.
std::string fold(std::string_view name) {
  std::string result;
  for (auto c : name)
    if (c >= 'A' && c <= 'Z')
      result += static_cast<char>(c - 'A' + 'a');
    else if (c != '_' && c != '-')
      result += c;
  return result;
}

} // namespace

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last, last, row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    before_last = std::move(last);
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      auto replace = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2]
          && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

std::string suggest(
  std::string_view name, std::span<const std::string_view> candidates) {
  if (name.size() > max_name)
    return {};
  auto wanted = fold(name);
  auto best = std::max<std::size_t>(wanted.size() / 3, 1) + 1;
  std::string_view nearest;
  for (auto candidate : candidates) {
    auto distance = edit_distance(wanted, fold(candidate));
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  if (nearest.empty())
    return {};
  return "; did you mean " + std::string{nearest} + "?";
}

} // namespace causeway::config
