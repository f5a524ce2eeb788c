#include "actors/sm_keys.hpp"

#include "actors/random_text.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace causeway {

namespace {

using key_result = protocol::result<protocol::sm_key, std::string>;

key_result read_key(const std::string& file) {
  std::ifstream in{file};
  if (!in)
    return file + ": " + std::strerror(errno);
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto key = protocol::parse_sm_key(text);
  if (!key)
    return file + ": " + key.error();
  return *key;
}

/// Returns what went wrong. The file appears whole or not at all: a key that
/// was lost would strand every session.
std::string make_key(const std::string& file) {
  auto text = random_text() + random_text() + '\n';
  auto draft = file + ".new";
  // One that was left behind is nobody's key.
  ::unlink(draft.c_str());
  auto descriptor = ::open(
    draft.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return draft + ": " + std::strerror(errno);
  auto written = ::write(descriptor, text.data(), text.size());
  auto good =
    written == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!good || ::rename(draft.c_str(), file.c_str()) != 0)
    return file + ": " + std::strerror(errno);
  return {};
}

} // namespace

protocol::result<std::shared_ptr<const protocol::sm_key_ring>, std::string>
load_sm_keys(const config::configuration& x) {
  auto files = x.stream.management.keys;
  if (files.empty()) {
    files.push_back(x.node.data + "/sm.key");
    if (::access(files.front().c_str(), F_OK) != 0 && errno == ENOENT)
      if (auto problem = make_key(files.front()); !problem.empty())
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
