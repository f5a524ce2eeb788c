#pragma once

#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "config/yaml_document.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::config {

/// A text as YAML has it: in double quotes unless it needs none.
std::string to_yaml_text(std::string_view text);

/// The base of visitors of the schema for which a key is its value as text,
/// whatever its type. They say themselves what a section, a list, a mapping of
/// domains and `tls` are.
class leaf_visitor {
 public:
  void text(std::string_view key, std::string& x, const key_facts& facts) {
    leaf(key, to_yaml_text(x), "text", facts);
  }
  void path(std::string_view key, std::string& x, const key_facts& facts) {
    leaf(key, to_yaml_text(x), "path", facts);
  }
  void flag(std::string_view key, bool& x, const key_facts& facts) {
    leaf(key, x ? "true" : "false", "flag", facts);
  }
  void texts(
    std::string_view key, std::vector<std::string>& x, const key_facts& facts);
  void paths(
    std::string_view key, std::vector<std::string>& x, const key_facts& facts) {
    texts(key, x, facts);
  }
  void duration(std::string_view key, milliseconds& x, milliseconds min,
    milliseconds max, const key_facts& facts);
  /// One that may be left to another key.
  void duration(std::string_view key, std::optional<milliseconds>& x,
    milliseconds min, milliseconds max, const key_facts& facts);
  void word(std::string_view key, std::string& x,
    std::span<const std::string_view> words, const key_facts& facts);

  template <class T>
  void number(std::string_view key, T& x, std::int64_t min, std::int64_t max,
    const key_facts& facts) {
    leaf(key, std::to_string(x),
      std::to_string(min) + " to " + std::to_string(max), facts);
  }

  template <class T>
  void size(std::string_view key, T& x, std::int64_t min, std::int64_t max,
    const key_facts& facts) {
    leaf(key, short_size(x), short_size(min) + " to " + short_size(max), facts);
  }

  template <class T, std::size_t Size>
  void choice(std::string_view key, T& x,
    const std::pair<std::string_view, T> (&choices)[Size],
    const key_facts& facts) {
    std::vector<std::string_view> words;
    std::string chosen;
    for (const auto& [name, value] : choices) {
      words.push_back(name);
      if (value == x)
        chosen = name;
    }
    leaf(key, std::move(chosen), list_words(words), facts);
  }

  void later(std::string_view) {}
  void excludes(std::string_view, std::initializer_list<std::string_view>) {}

 protected:
  ~leaf_visitor() = default;

  /// A key with its value and the values that its type allows.
  virtual void leaf(std::string_view key, std::string value, std::string range,
    const key_facts& facts) = 0;

 private:
  /// Bytes without a unit where they are no multiple of one.
  static std::string short_size(std::int64_t bytes);
  static std::string list_words(std::span<const std::string_view> words);
};

} // namespace causeway::config
