#pragma once

#include "protocol/resend_queue.hpp"

#include <cstdint>

namespace causeway::protocol {

/// The counters of a resend queue without the stanzas: those are kept by
/// another (XEP-0198 section 4, modulo 2^32).
class ack_window {
 public:
  /// Both counters begin with `start`: what came before is acknowledged.
  explicit ack_window(std::uint32_t start = 0)
    : acked_{start}, sent_{start}, total_acked_{start} {}

  void push() { ++sent_; }

  /// Says what `h` means, without changing anything.
  ack_verdict judge(std::uint32_t h) const {
    if (h - acked_ <= size())
      return ack_verdict::progress;
    auto behind = acked_ - h;
    return behind <= total_acked_ && behind < (1u << 31)
             ? ack_verdict::stale
             : ack_verdict::too_high;
  }

  /// Anything but progress changes nothing.
  ack_verdict acknowledge(std::uint32_t h) {
    auto verdict = judge(h);
    if (verdict == ack_verdict::progress) {
      total_acked_ += h - acked_;
      acked_ = h;
    }
    return verdict;
  }

  /// Whether the stanza that was number `count` is acknowledged.
  bool covers(std::uint32_t count) const {
    auto ahead = count - acked_;
    return ahead == 0 || ahead > size();
  }

  std::uint32_t sent() const { return sent_; }
  std::uint32_t acked() const { return acked_; }
  /// How many are not acknowledged.
  std::uint32_t size() const { return sent_ - acked_; }

 private:
  std::uint32_t acked_;
  std::uint32_t sent_;
  std::uint64_t total_acked_;
};

} // namespace causeway::protocol
