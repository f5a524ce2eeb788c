#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace causeway {

/// How an actor is stuck.
enum class stuck_how : std::uint8_t {
  /// It does not come back from a message: the cause.
  running,
  /// A message waits for it, most likely behind one of the others.
  waiting,
};

std::string_view to_string(stuck_how x);

/// The actors whose oldest message is too old, as the lookout finds them.
/// Every member may be called from any thread.
class stuck_actors {
 public:
  using clock = std::chrono::steady_clock;

  struct entry {
    std::uint64_t id = 0;
    std::string kind;
    stuck_how how = stuck_how::waiting;
    /// Since when at least.
    clock::time_point since;

    double seconds(clock::time_point now = clock::now()) const {
      return std::chrono::duration<double>{now - since}.count();
    }
  };

  /// What a round has changed: an episode begins once, and ends once.
  struct changes {
    std::vector<entry> begun;
    std::vector<entry> ended;
  };

  /// The lookout has found these, each once, and no others.
  changes update(const std::vector<entry>& found);

  /// All of them by id.
  std::map<std::uint64_t, entry> all() const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, entry> all_;
};

} // namespace causeway
