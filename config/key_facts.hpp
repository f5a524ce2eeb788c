#pragma once

#include <cstdint>
#include <string_view>

namespace causeway::config {

/// When a changed key takes effect in a running server.
enum class key_scope : std::uint8_t {
  /// With the reload, for running streams as well where it concerns them.
  live,
  /// For streams that begin after the reload; others keep what they have.
  new_streams,
  /// At the next start; until then the old value is in force.
  restart,
};

/// "live", "new streams", "restart".
std::string_view to_string(key_scope x);

/// What the schema says of a key besides its name, field and range. Texts are
/// Markdown, a line at most.
struct key_facts {
  key_scope scope = key_scope::live;
  std::string_view meaning;
  /// In place of what the type and range say.
  std::string_view values = {};
  /// In place of the default of the field.
  std::string_view standard = {};
};

constexpr key_facts live(std::string_view meaning, std::string_view values = {},
  std::string_view standard = {}) {
  return {key_scope::live, meaning, values, standard};
}

constexpr key_facts new_streams(std::string_view meaning,
  std::string_view values = {}, std::string_view standard = {}) {
  return {key_scope::new_streams, meaning, values, standard};
}

constexpr key_facts restart(std::string_view meaning,
  std::string_view values = {}, std::string_view standard = {}) {
  return {key_scope::restart, meaning, values, standard};
}

} // namespace causeway::config
