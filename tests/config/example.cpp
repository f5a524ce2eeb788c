#define CAF_SUITE config_example

#include "config/load.hpp"
#include "config/yaml_document.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

using namespace causeway::config;

namespace {

std::string example() {
  std::ifstream file{CAUSEWAY_SOURCE_DIR "/config/example.yaml"};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Collects the key paths of all scalars and of lists of scalars, as
/// `known_keys` writes them.
void collect(const yaml_node& node, const std::string& path,
  std::vector<std::string>& keys) {
  auto is_scalar = [](const yaml_entry& entry) {
    return entry.value.type == yaml_node::kind::scalar;
  };
  if (node.type == yaml_node::kind::mapping)
    for (const auto& entry : node.entries)
      collect(
        entry.value, join_key(path, path == "domains" ? "*" : entry.key), keys);
  else if (node.type == yaml_node::kind::list
           && !std::ranges::all_of(node.entries, is_scalar))
    for (const auto& entry : node.entries)
      collect(entry.value, path + "[]", keys);
  else
    keys.push_back(path);
}

std::vector<std::string> keys_of(const std::string& text) {
  std::vector<std::string> keys;
  collect(parse_yaml(text, "example.yaml").root, {}, keys);
  return keys;
}

/// The text with the examples in comments, which are no defaults, in force.
std::string with_comments(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n  # ", at)) != text.npos; ++at) {
    auto begin = at + 5;
    auto line = text.substr(begin, text.find('\n', begin) - begin);
    auto is_key = line.ends_with(':') && line.find(' ') == line.npos;
    if (line.starts_with("- ") || line.starts_with("  ") || is_key)
      text.erase(at + 3, 2);
  }
  return text;
}

/// Loads a text that may hold anything; true if what comes back is sound.
bool is_survived(const std::string& text) {
  auto config = load_text(text, "example.yaml");
  if (config.has_value())
    return true;
  return !config.error().empty() && config.error().size() <= max_errors + 1
         && std::ranges::none_of(config.error(), [](const auto& error) {
              return error.reason.empty()
                     || to_string(error).find('\n') != std::string::npos;
            });
}

} // namespace

CAF_TEST(the example equals the defaults) {
  auto config = load_text(example(), "example.yaml");
  if (config.has_error())
    CAF_FAIL(to_string(config.error().front()));
  CAF_CHECK(*config == configuration{});
}

CAF_TEST(every known key stands in the example) {
  auto keys = keys_of(with_comments(example()));
  auto known = known_keys();
  CAF_CHECK(known.size() > 45);
  for (const auto& key : known)
    if (std::ranges::find(keys, key) == keys.end())
      CAF_ERROR("missing in example.yaml: " << key);
}

CAF_TEST(the examples in comments lack only their files) {
  auto config = load_text(with_comments(example()), "example.yaml");
  CAF_REQUIRE(config.has_error());
  CAF_CHECK_EQUAL(config.error().size(), 3u);
  for (const auto& error : config.error())
    if (!error.reason.starts_with("cannot find the file"))
      CAF_ERROR(to_string(error));
}

CAF_TEST(every known key stands in the README) {
  std::ifstream file{CAUSEWAY_SOURCE_DIR "/config/README.md"};
  std::ostringstream text;
  text << file.rdbuf();
  CAF_CHECK(!text.str().empty());
  for (const auto& key : known_keys()) {
    auto name = "`" + key.substr(key.find_last_of('.') + 1) + "`";
    if (text.str().find(name) == std::string::npos)
      CAF_ERROR("missing in README.md: " << key);
  }
}

CAF_TEST(every value of the example is read) {
  // Each line with a value, damaged, must give an error in that line.
  std::istringstream lines{example()};
  std::string line, before;
  std::size_t number = 0, damaged = 0;
  auto text = example();
  while (std::getline(lines, line)) {
    ++number;
    auto end = before.size() + line.size();
    before += line + "\n";
    auto colon = line.find(": ");
    auto first = line.find_first_not_of(' ');
    if (colon == line.npos || line[first] == '#')
      continue;
    auto key = line.substr(first, colon - first);
    // Any text is a name, a folder or a socket.
    if (key == "name" || key == "data" || key == "socket" || key == "file")
      continue;
    auto copy = text;
    copy.replace(end - (line.size() - colon - 2), line.size() - colon - 2,
      "\"no such value\"");
    auto config = load_text(copy, "example.yaml");
    if (!config.has_error() || config.error().size() != 1
        || config.error()[0].line != number)
      CAF_ERROR("not noticed: " << line);
    ++damaged;
  }
  CAF_CHECK(damaged > 42);
}

CAF_TEST(a truncated example never throws) {
  auto text = example();
  CAF_REQUIRE(!text.empty());
  for (std::size_t size = 0; size < text.size(); size += 3)
    if (!is_survived(text.substr(0, size)))
      CAF_ERROR("truncated to " << size);
}

CAF_TEST(a mutated example never throws) {
  constexpr std::string_view bytes =
    "{}[]:,-#&*!|>'\"%@`?~ \n\t\r0a\x7f\xc3\xff";
  const auto text = example();
  CAF_REQUIRE(!text.empty());
  std::mt19937 random{198};
  auto below = [&](std::size_t n) { return random() % n; };
  for (int round = 0; round < 2'000; ++round) {
    auto copy = text;
    for (auto changes = 1 + below(4); changes > 0; --changes) {
      auto at = below(copy.size());
      switch (below(4)) {
      case 0: copy[at] = bytes[below(bytes.size())]; break;
      case 1: copy.insert(at, 1, bytes[below(bytes.size())]); break;
      case 2: copy.erase(at, 1 + below(20)); break;
      case 3: copy.insert(at, copy.substr(below(copy.size()), 40)); break;
      }
    }
    if (!is_survived(copy))
      CAF_ERROR("round " << round);
  }
}

CAF_TEST(a bomb of nesting or length ends in errors) {
  auto repeat = [](std::string_view part) {
    std::string text;
    while (text.size() + part.size() < max_file_size)
      text += part;
    return text;
  };
  for (auto part : {"[", "{a: ", "- ", "? ", "a: b\n", "[a, ", "a:", "!a ",
         "\"", "&a [*a, ", "- - \n", "{a,"})
    CAF_CHECK(load_text(repeat(part), "c.yaml").has_error());
  CAF_CHECK(load_text(
    "websocket: {origins: [" + repeat("a,").substr(9'999) + "]}", "c.yaml")
              .has_error());
}
