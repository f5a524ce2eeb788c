#pragma once

#include "config/config_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::config {

/// Largest configuration file in bytes.
constexpr std::size_t max_file_size = 1024 * 1024;

/// Deepest nesting of lists and mappings.
constexpr std::size_t max_file_depth = 16;

/// Where something stands; both count from 1.
struct position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct yaml_entry;

/// A YAML value with its place in the file.
struct yaml_node {
  enum class kind : std::uint8_t { nothing, scalar, list, mapping };

  kind type = kind::nothing;
  position at;
  /// Of a scalar.
  std::string text;
  /// Whether a scalar stood in quotes, and is a text for sure.
  bool quoted = false;
  /// Of a list or mapping, in the order of the file.
  std::vector<yaml_entry> entries;

  /// The value of a key, or null.
  const yaml_entry* find(std::string_view key) const;
};

/// An item of a list (without key) or of a mapping.
struct yaml_entry {
  std::string key;
  position key_at;
  yaml_node value;
};

/// What a text says, as far as it is YAML.
struct yaml_document {
  yaml_node root;
  /// Syntax errors, duplicate keys, and what we do not take from YAML:
  /// anchors, aliases, tags, keys that are no scalars, second documents.
  std::vector<config_error> errors;
  /// False if a syntax error hides the rest; `root` is then empty.
  bool complete = true;
};

/// Reads one YAML document of UTF-8 text. An empty text is an empty document.
yaml_document parse_yaml(std::string_view text, const std::string& file);

/// Where a key path leads, or else the nearest key above it that is there.
position locate_key(const yaml_node& root, std::string_view key_path);

/// Key path of a key or an item below another key path.
std::string join_key(std::string_view parent, std::string_view key);
std::string join_index(std::string_view parent, std::size_t index);

} // namespace causeway::config
