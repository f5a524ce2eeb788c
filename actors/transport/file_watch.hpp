#pragma once

#include "protocol/result.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

class io_threads;

/// Notices that files may have changed, whatever is done to them: written in
/// place, replaced by a rename, or reached over another symbolic link, as
/// Kubernetes swaps a folder. Members may be called from any thread.
class file_watch {
 public:
  /// `changed` is called on an io thread, once things have been quiet for 300
  /// ms, or 2 s after the first change; it may be called without a change. The
  /// error names the reason.
  static protocol::result<std::shared_ptr<file_watch>, std::string> open(
    io_threads& threads, std::function<void()> changed);

  file_watch() = default;
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;
  /// Calls `close`.
  virtual ~file_watch() = default;

  /// Watches these in place of those before; they need not exist.
  virtual void watch(std::vector<std::string> files) = 0;

  /// Calls back no more, except from a call that has begun.
  virtual void close() = 0;
};

/// A name in a folder.
struct watched_name {
  std::string folder;
  std::string name;

  auto operator<=>(const watched_name&) const = default;
};

/// Where something has to change for a path to lead to another file: the file
/// itself, and every symbolic link on the way; or the first name that is
/// missing.
std::vector<watched_name> names_on_the_way(const std::string& path);

} // namespace causeway
