#define CAF_SUITE config_readers

#include "config/load.hpp"

#include <caf/test/dsl.hpp>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>

using namespace causeway::config;

namespace {

namespace fs = std::filesystem;

/// All of actors/, without comments.
std::string actor_sources() {
  std::string text;
  for (const auto& entry :
    fs::recursive_directory_iterator{CAUSEWAY_SOURCE_DIR "/actors"}) {
    auto kind = entry.path().extension();
    if (kind != ".cpp" && kind != ".hpp")
      continue;
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);)
      text += line.substr(0, line.find("//")) + '\n';
  }
  return text;
}

/// `maxWriteQueue`, the last part of a key path, is the field
/// `max_write_queue`.
std::string field_of(std::string_view key_path) {
  std::string field;
  for (auto c : key_path.substr(key_path.find_last_of('.') + 1)) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte))
      field += '_';
    field += static_cast<char>(std::tolower(byte));
  }
  return field;
}

bool goes_on(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '(';
}

/// Whether the field is read of some object: `x.field` or `x->field`.
bool is_read(const std::string& sources, const std::string& field) {
  for (std::string access : {"." + field, "->" + field})
    for (std::size_t at = 0; (at = sources.find(access, at)) != sources.npos;
         at += access.size())
      if (!goes_on(sources[at + access.size()]))
        return true;
  return false;
}

} // namespace

// Says nothing of what is done with a value, nor of fields that share a name;
// but a key that is checked and then forgotten is found.
CAF_TEST(every key has a reader among the actors) {
  auto sources = actor_sources();
  CAF_REQUIRE(sources.find("config::") != sources.npos);
  CAF_CHECK(!is_read(sources, "no_such_field"));
  for (const auto& key : known_keys()) {
    // Only permits what `validate` would refuse.
    if (key == "listeners[].insecure")
      continue;
    if (!is_read(sources, field_of(key)))
      CAF_ERROR("nobody reads " << key);
  }
}
