#include "config/load.hpp"

#include "config/key_table.hpp"
#include "config/reader.hpp"
#include "config/validate.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <tuple>

namespace causeway::config {

namespace {

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

} // namespace

load_result load_text(
  std::string_view text, const std::string& name, configuration* draft) {
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
  if (draft)
    *draft = std::move(config);
  sort_and_bound(errors);
  return errors;
}

boost::system::result<std::string, std::vector<config_error>> read_text(
  const std::filesystem::path& file) {
  auto name = file.string();
  auto fail = [&](std::string reason) {
    return std::vector<config_error>{{name, 0, 0, {}, std::move(reason)}};
  };
  std::error_code error;
  auto type = std::filesystem::status(file, error).type();
  if (type == std::filesystem::file_type::directory)
    return fail("is a folder, not a file");
  // To open a pipe waits for whoever writes into it.
  if (type != std::filesystem::file_type::regular
      && type != std::filesystem::file_type::not_found)
    return fail("is no regular file");
  errno = 0;
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    return fail(std::string{"cannot open: "} + std::strerror(errno));
  // One byte more than allowed is enough for the error.
  std::string text(max_file_size + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad())
    return fail(std::string{"cannot read: "} + std::strerror(errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  // An editor that found no room leaves it so: nobody wants the defaults.
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    return fail("is empty; {} asks for the defaults");
  return text;
}

load_result load_file(const std::filesystem::path& file) {
  auto text = read_text(file);
  return text ? load_text(*text, file.string()) : load_result{text.error()};
}

void locate(std::vector<config_error>& errors, std::string_view text,
  const std::string& name) {
  auto document = parse_yaml(text, name);
  for (auto& error : errors) {
    error.file = name;
    auto at = locate_key(document.root, error.key);
    error.line = at.line;
    error.column = at.column;
  }
}

std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (auto& row : key_table())
    if (!row.is_group)
      keys.push_back(std::move(row.path));
  return keys;
}

} // namespace causeway::config
