#include "config/changes.hpp"

#include "config/item_values.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace causeway::config {

namespace {

/// An item of a list, or a domain.
struct item {
  std::string path;
  key_scope scope = key_scope::live;
};

struct found_setting {
  config::setting setting;
  /// Those that it is part of, from the outside in.
  std::vector<item> items;
};

/// Visitor of the schema that lists every key with its value.
class setting_collector final : public leaf_visitor {
 public:
  template <class T>
  void section(std::string_view key, T& x) {
    enter(join_key(path_, key), x);
  }
  void tls(std::string_view key, listener& x, const key_facts& facts) {
    leaf(key, tls_value(x), {}, facts);
  }
  template <class T>
  void list(std::string_view key, std::vector<T>& x, const key_facts& facts) {
    std::map<std::string, int> seen;
    for (auto& y : x) {
      auto name = identity_of(y);
      // Of those with port 0 there may be several.
      if (auto number = ++seen[identity_of(y)]; number > 1)
        name += '#' + std::to_string(number);
      enter_item(join_key(path_, key) + '[' + name + ']', y, facts);
    }
  }
  void named(std::string_view key, std::map<std::string, domain>& x,
    const key_facts& facts) {
    for (auto& [name, y] : x)
      enter_item(join_key(join_key(path_, key), name), y, facts);
  }

  std::vector<found_setting> found;

 private:
  void leaf(std::string_view key, std::string value, std::string,
    const key_facts& facts) override {
    auto is_default = standard_->has(key, value);
    found.push_back(
      {{join_key(path_, key), std::move(value), facts.scope, is_default},
        items_});
  }

  template <class T>
  void enter(std::string path, T& x) {
    auto outer = std::exchange(path_, std::move(path));
    item_values standard{T{}};
    auto outer_standard = std::exchange(standard_, &standard);
    describe(*this, x);
    standard_ = outer_standard;
    path_ = std::move(outer);
  }

  template <class T>
  void enter_item(std::string path, T& x, const key_facts& facts) {
    items_.push_back({path, facts.scope});
    enter(std::move(path), x);
    items_.pop_back();
  }

  std::string path_;
  const item_values* standard_ = nullptr;
  std::vector<item> items_;
};

std::vector<found_setting> collect(configuration x) {
  setting_collector collector;
  describe(collector, x);
  return std::move(collector.found);
}

using by_path = std::map<std::string, const found_setting*>;

by_path index(const std::vector<found_setting>& x) {
  by_path out;
  for (auto& y : x)
    out.emplace(y.setting.path, &y);
  return out;
}

/// What a file says of an item besides its defaults.
std::string show_item(
  const std::string& path, const std::vector<found_setting>& all) {
  std::string out;
  for (auto& [x, items] : all) {
    auto is_part =
      std::ranges::any_of(items, [&](auto& y) { return y.path == path; });
    if (is_part && !x.is_default)
      out += (out.empty() ? "" : ", ") + x.path.substr(path.size() + 1) + ": "
             + x.value;
  }
  return '{' + out + '}';
}

/// The outermost item that a setting is part of and the other side lacks.
std::optional<item> find_missing(
  const found_setting& x, const std::vector<found_setting>& other) {
  for (auto& y : x.items) {
    auto has_it = std::ranges::any_of(other, [&](auto& z) {
      return std::ranges::any_of(
        z.items, [&](auto& u) { return u.path == y.path; });
    });
    if (!has_it)
      return y;
  }
  return std::nullopt;
}

/// Visitor of the schema that copies fields by their key path.
class restart_keeper {
 public:
  template <class T, class... Ts>
  void text(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void path(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void flag(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void texts(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void paths(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void number(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void size(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void duration(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void word(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  template <class T, class... Ts>
  void choice(std::string_view key, T& x, Ts&&... rest) {
    take(key, x, rest...);
  }
  void later(std::string_view) {}
  void excludes(std::string_view, std::initializer_list<std::string_view>) {}

  template <class T>
  void section(std::string_view key, T& x) {
    auto outer = std::exchange(path_, join_key(path_, key));
    describe(*this, x);
    path_ = std::move(outer);
  }
  // What belongs to an item changes with the item.
  void tls(std::string_view, listener&, const key_facts&) {}
  template <class T>
  void list(std::string_view, std::vector<T>&, const key_facts&) {}
  void named(
    std::string_view, std::map<std::string, domain>&, const key_facts&) {}

  /// From now on fields are set, not remembered.
  void start_setting() { is_setting_ = true; }

 private:
  template <class T, class... Ts>
  void take(std::string_view key, T& x, Ts&&... rest) {
    // The facts stand last.
    const key_facts& facts =
      std::get<sizeof...(Ts) - 1>(std::forward_as_tuple(rest...));
    if (facts.scope != key_scope::restart)
      return;
    auto path = join_key(path_, key);
    if (is_setting_)
      x = *static_cast<const T*>(fields_.at(path));
    else
      fields_[path] = &x;
  }

  std::string path_;
  std::map<std::string, const void*> fields_;
  bool is_setting_ = false;
};

} // namespace

std::string tls_value(const listener& x) {
  if (!x.secure)
    return "plain ws";
  if (x.tls.empty())
    return "development";
  std::string list;
  for (auto& y : x.tls)
    list += (list.empty() ? "{certificate: " : ", {certificate: ")
            + to_yaml_text(y.certificate) + ", key: " + to_yaml_text(y.key)
            + '}';
  return x.tls.size() == 1 ? list : '[' + list + ']';
}

std::vector<setting> settings_of(const configuration& x) {
  std::vector<setting> out;
  for (auto& y : collect(x))
    out.push_back(std::move(y.setting));
  return out;
}

std::vector<key_change> changes_between(
  const configuration& from, const configuration& to) {
  auto old_settings = collect(from);
  auto new_settings = collect(to);
  auto before = index(old_settings);
  auto after = index(new_settings);
  std::vector<key_change> out;
  auto is_told = [&out](const std::string& path) {
    return std::ranges::any_of(out, [&](auto& x) { return x.path == path; });
  };
  for (auto& x : new_settings) {
    auto& now = x.setting;
    if (auto old = before.find(now.path); old != before.end()) {
      auto& was = old->second->setting.value;
      if (was != now.value)
        out.push_back({now.path, was, now.value, now.scope});
    } else if (auto item = find_missing(x, old_settings);
               item && !is_told(item->path)) {
      out.push_back(
        {item->path, {}, show_item(item->path, new_settings), item->scope});
    }
  }
  for (auto& x : old_settings)
    if (!after.contains(x.setting.path))
      if (auto item = find_missing(x, new_settings);
          item && !is_told(item->path))
        out.push_back(
          {item->path, show_item(item->path, old_settings), {}, item->scope});
  return out;
}

void keep_restart_keys(const configuration& running, configuration& x) {
  // The visitor takes what it could change, and does not.
  auto source = running;
  restart_keeper keeper;
  describe(keeper, source);
  keeper.start_setting();
  describe(keeper, x);
}

} // namespace causeway::config
