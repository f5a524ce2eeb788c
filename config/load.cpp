#include "config/load.hpp"

#include "config/reader.hpp"
#include "config/validate.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <tuple>

namespace causeway::config {

namespace {

/// Visitor of the schema that collects the names.
class key_collector {
 public:
  template <class... Ts>
  void text(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void path(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void flag(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void texts(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void paths(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void number(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void size(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void duration(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void word(std::string_view key, Ts&&...) {
    add(key);
  }
  template <class... Ts>
  void choice(std::string_view key, Ts&&...) {
    add(key);
  }
  void later(std::string_view) {}
  void excludes(std::string_view, std::initializer_list<std::string_view>) {}

  template <class T>
  void section(std::string_view key, T& x) {
    enter(join_key(path_, key), x);
  }
  void tls(std::string_view key, listener& x) { section(key, x.tls); }
  template <class T>
  void list(std::string_view key, std::vector<T>&) {
    T any;
    enter(join_key(path_, key) + "[]", any);
  }
  void named(std::string_view key, std::map<std::string, domain>&) {
    domain any;
    enter(join_key(path_, key) + ".*", any);
  }

  std::vector<std::string> keys;

 private:
  void add(std::string_view key) { keys.push_back(join_key(path_, key)); }

  template <class T>
  void enter(std::string path, T& x) {
    auto outer = std::exchange(path_, std::move(path));
    describe(*this, x);
    path_ = std::move(outer);
  }

  std::string path_;
};

/// Adds the rules that the configuration breaks, except those that looked at
/// a key that is wrong already.
void add_broken_rules(const reader& values, const configuration& config,
  const std::string& file, std::vector<config_error>& errors) {
  for (auto& rule : validate(config)) {
    auto wrong = [&](const std::string& key) { return values.is_wrong(key); };
    if (wrong(rule.key) || std::ranges::any_of(rule.others, wrong))
      continue;
    auto at = values.locate(rule.key);
    errors.push_back(
      {file, at.line, at.column, std::move(rule.key), std::move(rule.reason)});
  }
}

void sort_and_bound(std::vector<config_error>& errors) {
  std::ranges::stable_sort(errors, {}, [](const config_error& x) {
    return std::tuple{x.line, x.column};
  });
  if (errors.size() <= max_errors)
    return;
  auto left = errors.size() - max_errors;
  errors.resize(max_errors);
  errors.push_back({errors.front().file, 0, 0, {},
    "and " + std::to_string(left) + " more errors"});
}

load_result fail(const std::string& file, std::string reason) {
  return std::vector<config_error>{{file, 0, 0, {}, std::move(reason)}};
}

} // namespace

load_result load_text(std::string_view text, const std::string& name) {
  auto document = parse_yaml(text, name);
  if (!document.complete) {
    sort_and_bound(document.errors);
    return std::move(document.errors);
  }
  configuration config;
  reader values{name, std::filesystem::path{name}.parent_path()};
  values.read(document.root, config);
  auto errors = std::move(document.errors);
  errors.insert(errors.end(), values.errors().begin(), values.errors().end());
  add_broken_rules(values, config, name, errors);
  if (errors.empty())
    return config;
  sort_and_bound(errors);
  return errors;
}

load_result load_file(const std::filesystem::path& file) {
  auto name = file.string();
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    return fail(name, "is a folder, not a file");
  errno = 0;
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    return fail(name, std::string{"cannot open: "} + std::strerror(errno));
  // One byte more than allowed is enough for the error.
  std::string text(max_file_size + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad())
    return fail(name, std::string{"cannot read: "} + std::strerror(errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return load_text(text, name);
}

std::vector<std::string> known_keys() {
  key_collector collector;
  configuration config;
  describe(collector, config);
  return std::move(collector.keys);
}

} // namespace causeway::config
