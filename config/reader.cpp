#include "config/reader.hpp"

#include "config/suggestion.hpp"

#include <algorithm>

namespace causeway::config {

namespace {

std::string kind_name(const yaml_node& node) {
  switch (node.type) {
  case yaml_node::kind::nothing: return "nothing";
  case yaml_node::kind::scalar: return in_quotes(node.text);
  case yaml_node::kind::list: return "a list";
  case yaml_node::kind::mapping: return "a mapping";
  }
  return {};
}

/// What a mis-typed value should have been.
std::string expected(std::string_view what, const yaml_node& node) {
  return "expected " + std::string{what} + ", not " + kind_name(node);
}

std::string outside(
  const std::string& min, const std::string& max, const std::string& value) {
  return "must be between " + min + " and " + max + ", not " + in_quotes(value);
}

/// The key path without its last part.
std::string_view parent_of(std::string_view key_path) {
  auto end = key_path.find_last_of(".[");
  return key_path.substr(0, end == key_path.npos ? 0 : end);
}

} // namespace

void reader::read(const yaml_node& root, configuration& x) {
  if (root.type != yaml_node::kind::mapping
      && root.type != yaml_node::kind::nothing)
    fail(root.at, {}, expected("a mapping of sections", root));
  else
    enter(root, {}, x);
}

void reader::text(std::string_view key, std::string& x, const key_facts&) {
  if (auto value = scalar(key, false))
    x = *value;
}

void reader::path(
  std::string_view key, std::string& x, const key_facts& facts) {
  text(key, x, facts);
  // A default is relative to the file as well: writing it changes nothing.
  resolve(x);
}

void reader::flag(std::string_view key, bool& x, const key_facts&) {
  auto value = scalar(key, true);
  if (!value)
    return;
  if (auto flag = parse_flag(*value))
    x = *flag;
  else
    refuse(key, flag.error());
}

void reader::paths(
  std::string_view key, std::vector<std::string>& x, const key_facts& facts) {
  texts(key, x, facts);
  for (auto& path : x)
    resolve(path);
}

void reader::texts(
  std::string_view key, std::vector<std::string>& x, const key_facts&) {
  auto entry = find(key);
  if (!entry)
    return;
  if (entry->value.type != yaml_node::kind::list)
    return refuse(key, expected("a list, as in [one, two]", entry->value));
  std::vector<std::string> items;
  auto good = true;
  auto path = join_key(path_, key);
  for (const auto& item : entry->value.entries) {
    auto item_path = join_index(path, items.size());
    places_.emplace(item_path, item.value.at);
    if (item.value.type != yaml_node::kind::scalar) {
      good = false;
      fail(item.value.at, item_path, expected("a text", item.value));
    }
    items.push_back(item.value.text);
  }
  if (good)
    x = std::move(items);
}

void reader::duration(std::string_view key, milliseconds& x, milliseconds min,
  milliseconds max, const key_facts&) {
  auto value = scalar(key, false);
  if (!value)
    return;
  auto duration = parse_duration(*value);
  if (!duration)
    refuse(key, duration.error());
  else if (*duration < min || *duration > max)
    refuse(key, outside(format_duration(min), format_duration(max), *value));
  else
    x = *duration;
}

void reader::duration(std::string_view key, std::optional<milliseconds>& x,
  milliseconds min, milliseconds max, const key_facts& facts) {
  auto unset = min - milliseconds{1};
  auto value = unset;
  duration(key, value, min, max, facts);
  if (value != unset)
    x = value;
}

void reader::word(std::string_view key, std::string& x,
  std::span<const std::string_view> words, const key_facts&) {
  if (auto index = chosen(key, words))
    x = words[*index];
}

void reader::tls(std::string_view key, listener& x, const key_facts&) {
  auto entry = find(key);
  if (!entry)
    return;
  const auto& value = entry->value;
  x.secure = true;
  if (value.type == yaml_node::kind::mapping && !value.entries.empty())
    enter(value, join_key(path_, key), x.tls.emplace_back());
  else if (value.type == yaml_node::kind::list && !value.entries.empty())
    items(*entry, key, x.tls);
  else if (value.type != yaml_node::kind::scalar || value.text != "development")
    refuse(key, "expected development or {certificate: FILE, key: FILE}, or "
                "no tls at all for plain ws");
}

void reader::named(
  std::string_view key, std::map<std::string, domain>& x, const key_facts&) {
  auto entry = find(key);
  if (!entry || !is_mapping(*entry, key))
    return;
  x.clear();
  for (const auto& item : entry->value.entries) {
    auto path = join_key(join_key(path_, key), item.key);
    places_.emplace(path, item.key_at);
    auto& value = x[item.key];
    if (item.value.type == yaml_node::kind::mapping)
      enter(item.value, std::move(path), value);
    else if (item.value.type != yaml_node::kind::nothing)
      fail(item.value.at, std::move(path),
        expected("a mapping, as in {}", item.value));
  }
}

void reader::later(std::string_view key) {
  auto entry = node_->find(key);
  if (!entry)
    return;
  known_.push_back(key);
  fail(entry->key_at, join_key(path_, key), "not supported by this version");
}

void reader::excludes(
  std::string_view key, std::initializer_list<std::string_view> others) {
  if (!node_->find(key))
    return;
  for (auto other : others)
    if (auto entry = node_->find(other))
      fail(entry->key_at, join_key(path_, other),
        "means nothing beside " + std::string{key});
}

position reader::locate(std::string_view key_path) const {
  for (; !key_path.empty(); key_path = parent_of(key_path))
    if (auto i = places_.find(key_path); i != places_.end())
      return i->second;
  return {};
}

bool reader::is_wrong(std::string_view key_path) const {
  for (; !key_path.empty(); key_path = parent_of(key_path))
    if (wrong_.contains(key_path))
      return true;
  return false;
}

const yaml_entry* reader::find(std::string_view key) {
  known_.push_back(key);
  auto entry = node_->find(key);
  if (entry)
    places_.emplace(join_key(path_, key), entry->value.at);
  return entry;
}

const std::string* reader::scalar(std::string_view key, bool plain) {
  auto entry = find(key);
  if (!entry)
    return nullptr;
  const auto& value = entry->value;
  if (value.type == yaml_node::kind::nothing)
    refuse(key, "has no value; leave the key out for the default");
  else if (value.type == yaml_node::kind::list && !plain)
    refuse(key, "expected a text, not a list; quote what begins with [");
  else if (value.type != yaml_node::kind::scalar)
    refuse(key, expected("a single value", value));
  else if (plain && value.quoted)
    refuse(key, expected("a value without quotes", value));
  else
    return &value.text;
  return nullptr;
}

std::optional<std::int64_t> reader::integer(
  std::string_view key, std::int64_t min, std::int64_t max) {
  auto value = scalar(key, true);
  if (!value)
    return std::nullopt;
  auto number = parse_integer(*value);
  if (number && *number >= min && *number <= max)
    return *number;
  refuse(key, number ? outside(std::to_string(min), std::to_string(max), *value)
                     : number.error());
  return std::nullopt;
}

std::optional<std::int64_t> reader::bytes(
  std::string_view key, std::int64_t min, std::int64_t max) {
  auto value = scalar(key, false);
  if (!value)
    return std::nullopt;
  auto size = parse_size(*value);
  if (size && *size >= min && *size <= max)
    return *size;
  refuse(key,
    size ? outside(format_size(min), format_size(max), *value) : size.error());
  return std::nullopt;
}

std::optional<std::size_t> reader::chosen(
  std::string_view key, std::span<const std::string_view> words) {
  auto value = scalar(key, false);
  if (!value)
    return std::nullopt;
  auto found = std::ranges::find(words, *value);
  if (found != words.end())
    return found - words.begin();
  std::string list;
  for (auto word : words)
    list += (list.empty() ? "" : ", ") + std::string{word};
  refuse(key, "must be one of " + list + ", not " + in_quotes(*value)
                + suggest(*value, words));
  return std::nullopt;
}

bool reader::is_mapping(const yaml_entry& entry, std::string_view key) {
  // A section whose keys are all commented out holds nothing.
  if (entry.value.type == yaml_node::kind::mapping
      || entry.value.type == yaml_node::kind::nothing)
    return true;
  refuse(key, expected("a mapping of keys", entry.value));
  return false;
}

bool reader::is_list(const yaml_entry& entry, std::string_view key) {
  const auto& value = entry.value;
  if (value.type != yaml_node::kind::list)
    refuse(key, expected("a list (lines that begin with \"- \")", value));
  else if (value.entries.empty())
    refuse(key, "has no items; leave the key out for the default");
  else
    return true;
  return false;
}

bool reader::is_item(const yaml_entry& item, const std::string& path) {
  places_.emplace(path, item.value.at);
  if (item.value.type == yaml_node::kind::mapping)
    return true;
  fail(item.value.at, path,
    expected("a mapping, as in {address: 127.0.0.1:7070}", item.value));
  return false;
}

void reader::refuse_unknown() {
  for (const auto& entry : node_->entries)
    if (std::ranges::find(known_, entry.key) == known_.end())
      fail(entry.key_at, join_key(path_, entry.key),
        "unknown key" + suggest(entry.key, known_));
}

void reader::fail(position at, std::string key_path, std::string reason) {
  wrong_.insert(key_path);
  errors_.push_back(
    {file_, at.line, at.column, std::move(key_path), std::move(reason)});
}

void reader::refuse(std::string_view key, std::string reason) {
  auto path = join_key(path_, key);
  auto at = locate(path);
  fail(at, std::move(path), std::move(reason));
}

void reader::resolve(std::string& x) const {
  if (x.empty() || folder_.empty())
    return;
  auto file = std::filesystem::path{x};
  if (file.is_relative())
    x = (folder_ / file).lexically_normal().string();
}

} // namespace causeway::config
