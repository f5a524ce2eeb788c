#pragma once

#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "config/yaml_document.hpp"

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace causeway::config {

/// Visitor of the schema that sets fields from a YAML tree. A field whose key
/// is missing or wrong keeps its default; what is wrong is recorded.
class reader {
 public:
  /// Relative paths in the file are below `folder`.
  reader(std::string file, std::filesystem::path folder)
    : file_{std::move(file)}, folder_{std::move(folder)} {}

  /// Sets the whole configuration.
  void read(const yaml_node& root, configuration& x);

  void text(std::string_view key, std::string& x, const key_facts&);
  void path(std::string_view key, std::string& x, const key_facts& facts);
  void flag(std::string_view key, bool& x, const key_facts&);
  void texts(
    std::string_view key, std::vector<std::string>& x, const key_facts&);
  void paths(
    std::string_view key, std::vector<std::string>& x, const key_facts& facts);
  void duration(std::string_view key, milliseconds& x, milliseconds min,
    milliseconds max, const key_facts&);
  void duration(std::string_view key, std::optional<milliseconds>& x,
    milliseconds min, milliseconds max, const key_facts& facts);
  void word(std::string_view key, std::string& x,
    std::span<const std::string_view> words, const key_facts&);
  void tls(std::string_view key, listener& x, const key_facts&);
  void named(
    std::string_view key, std::map<std::string, domain>& x, const key_facts&);
  /// A key that belongs to the design but not to this version.
  void later(std::string_view key);
  /// Keys that mean nothing beside `key`.
  void excludes(
    std::string_view key, std::initializer_list<std::string_view> others);

  template <class T>
  void number(std::string_view key, T& x, std::int64_t min, std::int64_t max,
    const key_facts&) {
    if (auto value = integer(key, min, max))
      x = static_cast<T>(*value);
  }

  template <class T>
  void size(std::string_view key, T& x, std::int64_t min, std::int64_t max,
    const key_facts&) {
    if (auto value = bytes(key, min, max))
      x = static_cast<T>(*value);
  }

  template <class T, std::size_t Size>
  void choice(std::string_view key, T& x,
    const std::pair<std::string_view, T> (&choices)[Size], const key_facts&) {
    std::vector<std::string_view> words;
    for (const auto& [name, _] : choices)
      words.push_back(name);
    if (auto index = chosen(key, words))
      x = choices[*index].second;
  }

  template <class T>
  void list(std::string_view key, std::vector<T>& x, const key_facts&) {
    auto entry = find(key);
    if (entry && is_list(*entry, key))
      items(*entry, key, x);
  }

  template <class T>
  void section(std::string_view key, T& x) {
    static const yaml_node nothing;
    auto entry = find(key);
    auto usable = entry && is_mapping(*entry, key);
    enter(usable ? entry->value : nothing, join_key(path_, key), x);
  }

  const std::vector<config_error>& errors() const { return errors_; }

  /// Where a key stands, or else the nearest key above it that does.
  position locate(std::string_view key_path) const;

  /// Whether the key, or one above it, was recorded as wrong.
  bool is_wrong(std::string_view key_path) const;

 private:
  /// Visits the fields of `x` with the entries of `node`, then refuses the
  /// entries that no field asked for.
  template <class T>
  void enter(const yaml_node& node, std::string path, T& x) {
    auto outer = std::move(path_);
    auto outer_node = std::exchange(node_, &node);
    auto outer_known = std::exchange(known_, {});
    path_ = std::move(path);
    describe(*this, x);
    refuse_unknown();
    known_ = std::move(outer_known);
    node_ = outer_node;
    path_ = std::move(outer);
  }

  template <class T>
  void items(const yaml_entry& entry, std::string_view key, std::vector<T>& x) {
    x.clear();
    for (const auto& item : entry.value.entries) {
      auto path = join_index(join_key(path_, key), x.size());
      x.emplace_back();
      if (is_item(item, path))
        enter(item.value, std::move(path), x.back());
    }
  }

  const yaml_entry* find(std::string_view key);
  /// Text of a scalar; plain only if `plain`, since a quoted one is a text.
  const std::string* scalar(std::string_view key, bool plain);
  std::optional<std::int64_t> integer(
    std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<std::int64_t> bytes(
    std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<std::size_t> chosen(
    std::string_view key, std::span<const std::string_view> words);
  bool is_mapping(const yaml_entry& entry, std::string_view key);
  bool is_list(const yaml_entry& entry, std::string_view key);
  /// Whether an item of a list, at a key path, is a mapping.
  bool is_item(const yaml_entry& item, const std::string& path);
  void refuse_unknown();
  void fail(position at, std::string key_path, std::string reason);
  /// Records what is wrong with the value of a key of this section.
  void refuse(std::string_view key, std::string reason);
  void resolve(std::string& x) const;

  std::string file_;
  std::filesystem::path folder_;
  std::vector<config_error> errors_;
  std::map<std::string, position, std::less<>> places_;
  std::set<std::string, std::less<>> wrong_;
  const yaml_node* node_ = nullptr;
  std::string path_;
  std::vector<std::string_view> known_;
};

} // namespace causeway::config
