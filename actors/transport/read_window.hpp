#pragma once

#include <atomic>
#include <cstddef>

namespace causeway {

/// What a socket may still read while bytes that it has read are inside the
/// server. May fall below zero by the last piece read. Every member may be
/// called from any thread; only the reader calls `pause`.
class read_window {
 public:
  /// These bytes are inside the server from now on.
  void take(std::size_t bytes) noexcept {
    credit_ -= static_cast<std::ptrdiff_t>(bytes);
  }

  /// They have left it. True if the reader has paused, and has to go on.
  bool give(std::size_t bytes) noexcept {
    auto given = static_cast<std::ptrdiff_t>(bytes);
    return credit_.fetch_add(given) + given > 0 && paused_.exchange(false);
  }

  /// Whether there is any.
  bool is_open() const noexcept { return credit_ > 0; }

  /// True if nothing more may be read: the `give` that makes room says so.
  bool pause() noexcept {
    if (credit_ > 0)
      return false;
    paused_ = true;
    // The credit may have come back before `give` could see the flag.
    return credit_ <= 0 || !paused_.exchange(false);
  }

 private:
  std::atomic<std::ptrdiff_t> credit_{0};
  std::atomic<bool> paused_{false};
};

} // namespace causeway
