#include "actors/sm_keys.hpp"

#include "actors/secret_file.hpp"

#include <utility>
#include <vector>

namespace causeway {

namespace {

using key_result = protocol::result<protocol::sm_key, std::string>;

key_result read_key(const std::string& file) {
  auto text = read_secret(file);
  if (!text)
    return text.error();
  auto key = protocol::parse_sm_key(*text);
  if (!key)
    return file + ": " + key.error();
  return *key;
}

} // namespace

protocol::result<std::shared_ptr<const protocol::sm_key_ring>, std::string>
load_sm_keys(const config::configuration& x) {
  auto files = x.stream.management.keys;
  if (files.empty()) {
    files.push_back(x.node.data + "/sm.key");
    // A key that was lost would strand every session.
    if (auto problem = make_secret_if_missing(files.front()); !problem.empty())
      return problem;
  }
  std::vector<protocol::sm_key> keys;
  for (auto& file : files) {
    auto key = read_key(file);
    if (!key)
      return key.error();
    keys.push_back(*key);
  }
  return std::make_shared<const protocol::sm_key_ring>(std::move(keys));
}

} // namespace causeway
