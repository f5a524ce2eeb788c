#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace causeway {

/// Copies of a T that all threads add to, on cache lines of their own. Threads
/// are dealt out among the copies, so that few wait for the line of another; T
/// must bear several threads. What all of them have is the sum.
template <class T>
class thread_shards {
 public:
  /// That of the calling thread.
  T& mine() noexcept { return shards_[own_place()].value; }

  /// Passes each to `look`.
  template <class F>
  void for_each(F&& look) const {
    for (auto& x : shards_)
      look(x.value);
  }

 private:
  static constexpr std::size_t count = 8;
  /// Two lines: processors fetch the neighbour of a line with it.
  static constexpr std::size_t apart = 128;

  struct alignas(apart) shard {
    T value;
  };

  // In turns, as each thread comes here for the first time: the io threads do
  // so one behind the other.
  static std::size_t own_place() noexcept {
    static std::atomic<std::size_t> threads{0};
    static thread_local const std::size_t place =
      threads.fetch_add(1, std::memory_order_relaxed) % count;
    return place;
  }

  std::array<shard, count> shards_{};
};

} // namespace causeway
