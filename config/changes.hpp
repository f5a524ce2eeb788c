#pragma once

#include "config/config.hpp"
#include "config/key_facts.hpp"

#include <string>
#include <vector>

namespace causeway::config {

/// A key and its value, as a file has it. Items of lists go by what they are:
/// `listeners[127.0.0.1:7070].insecure`.
struct setting {
  std::string path;
  std::string value;
  key_scope scope = key_scope::live;
  bool is_default = false;
};

/// Every key of a configuration, in the order of the schema.
std::vector<setting> settings_of(const configuration& x);

/// What differs between two configurations.
struct key_change {
  /// Of a key, or of an item or domain that only one of them has.
  std::string path;
  /// Empty: there was, or is, no such item.
  std::string before;
  std::string after;
  key_scope scope = key_scope::live;

  bool operator==(const key_change&) const = default;
};

/// Those of the second one first, in the order of the schema, then what it has
/// no more.
std::vector<key_change> changes_between(
  const configuration& from, const configuration& to);

/// Gives `x` the values of `running` for the keys that can only change with a
/// restart.
void keep_restart_keys(const configuration& running, configuration& x);

/// The text of a file that means this configuration, in any folder.
std::string to_yaml(const configuration& x);

} // namespace causeway::config
