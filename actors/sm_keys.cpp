#include "actors/sm_keys.hpp"

#include "actors/random_text.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
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

// As ssh has it: a file of ours is for us alone; one that an administrator has
// given to our group is not for all. Empty if it is good.
std::string find_exposure(const std::string& file) {
  struct stat facts;
  if (::stat(file.c_str(), &facts) != 0)
    return file + ": " + std::strerror(errno);
  auto too_open = facts.st_uid == ::geteuid() ? 077u : 007u;
  if ((facts.st_mode & too_open) == 0)
    return {};
  std::array<char, 8> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", facts.st_mode & 07777u);
  return file + ": has mode " + mode.data()
         + ", so that others can read or change the key; use chmod 600";
}

key_result read_key(const std::string& file) {
  if (auto problem = find_exposure(file); !problem.empty())
    return problem;
  std::ifstream in{file};
  if (!in)
    return file + ": " + std::strerror(errno);
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto key = protocol::parse_sm_key(text);
  if (!key)
    return file + ": " + key.error();
  return *key;
}

// Its name is in there, and must be there after a loss of power, too.
bool sync_folder_of(const std::string& file) {
  auto folder = file.substr(0, file.rfind('/'));
  auto descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  auto good = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return good;
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
  if (!good || ::rename(draft.c_str(), file.c_str()) != 0
      || !sync_folder_of(file))
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
