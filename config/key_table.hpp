#pragma once

#include "config/key_facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace causeway::config {

/// One key of the schema in words. Default, values and meaning are Markdown.
struct key_row {
  /// With `[]` for any item of a list and `*` for any domain:
  /// `listeners[].address`, `domains.*.auth`.
  std::string path;
  std::string standard;
  std::string values;
  key_scope scope = key_scope::live;
  std::string meaning;
  /// Holds other keys.
  bool is_group = false;
};

/// Every key, in the order of `example.yaml`.
std::vector<key_row> key_table();

/// `| key | default | values | scope | meaning |`, with the last part of the
/// path.
std::string to_markdown(const key_row& x);

/// The keys that a text means: one by its path, also with the index of an item
/// or the name of a domain in it; all below a path; or all with that last part.
/// Empty if there is none.
std::vector<key_row> find_keys(std::string_view text);

/// "; did you mean PATH?" for a text that means none, or nothing.
std::string suggest_key(std::string_view text);

} // namespace causeway::config
