#include "actors/secret_file.hpp"

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

namespace causeway {

namespace {

// Empty if it is good.
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

// Its name is in there, and must be there after a loss of power, too.
bool sync_folder_of(const std::string& file) {
  auto slash = file.rfind('/');
  auto folder = slash == file.npos ? std::string{"."} : file.substr(0, slash);
  auto descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  auto good = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return good;
}

} // namespace

protocol::result<std::string, std::string> read_secret(
  const std::string& file) {
  using outcome = protocol::result<std::string, std::string>;
  auto failed = [](std::string why) {
    return outcome{boost::system::in_place_error, std::move(why)};
  };
  if (auto problem = find_exposure(file); !problem.empty())
    return failed(std::move(problem));
  std::ifstream in{file};
  if (!in)
    return failed(file + ": " + std::strerror(errno));
  return outcome{boost::system::in_place_value,
    std::string{std::istreambuf_iterator<char>{in}, {}}};
}

std::string make_secret(const std::string& file) {
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

std::string make_secret_if_missing(const std::string& file) {
  if (::access(file.c_str(), F_OK) == 0 || errno != ENOENT)
    return {};
  return make_secret(file);
}

} // namespace causeway
