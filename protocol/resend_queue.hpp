#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace causeway::protocol {

/// What an `h` of the peer says about our queue.
enum class ack_verdict : std::uint8_t {
  /// Covers so many more stanzas, perhaps none.
  progress,
  /// Lower than an `h` seen before: late, and harmless.
  stale,
  /// Covers stanzas that were never sent (XEP-0198 section 6).
  too_high,
};

/// Stanzas sent and not yet acknowledged, in order, and the arithmetic of `h`
/// (XEP-0198 section 4): counters are modulo 2^32, compared by subtraction.
template <class T>
class resend_queue {
 public:
  /// `start` is the counter's first value; tests begin near 2^32.
  explicit resend_queue(std::uint32_t start = 0) : acked_{start} {}

  /// Adds the next stanza sent. `bytes` counts towards `bytes()`.
  void push(T x, std::size_t bytes) {
    if (size_ == ring_.size())
      resize(ring_.empty() ? 4 : ring_.size() * 2);
    ring_[(head_ + size_) & (ring_.size() - 1)] = {std::move(x), bytes};
    ++size_;
    bytes_ += bytes;
  }

  /// Says what `h` means, without changing anything.
  ack_verdict judge(std::uint32_t h) const {
    auto step = h - acked_;
    if (step <= size_)
      return ack_verdict::progress;
    auto behind = acked_ - h;
    return behind <= total_acked_ && behind < (1u << 31)
             ? ack_verdict::stale
             : ack_verdict::too_high;
  }

  /// Forgets every stanza that `h` covers, oldest first, each passed to
  /// `forget`. Anything but progress changes nothing.
  template <class F>
  ack_verdict acknowledge(std::uint32_t h, F&& forget) {
    auto verdict = judge(h);
    if (verdict == ack_verdict::progress)
      for (auto step = h - acked_; step > 0; --step) {
        ++acked_;
        ++total_acked_;
        forget(pop());
      }
    return verdict;
  }

  /// Takes out the oldest, which the peer has not counted: those behind it move
  /// up. Only while all of them are about to be sent again. Not empty.
  T remove_oldest() { return pop(); }

  /// Lets go of memory that nothing needs now.
  void shrink() {
    if (empty())
      resize(0);
  }

  /// Passes all of them to `look`, oldest first.
  template <class F>
  void for_each(F&& look) const {
    for (std::size_t i = 0; i < size_; ++i)
      look(ring_[(head_ + i) & (ring_.size() - 1)].value);
  }

  /// The one that waits longest; null if there is none.
  const T* oldest() const { return empty() ? nullptr : &ring_[head_].value; }

  /// Counter of stanzas sent, modulo 2^32.
  std::uint32_t sent() const {
    return acked_ + static_cast<std::uint32_t>(size_);
  }
  /// The last `h` that made progress.
  std::uint32_t acked() const { return acked_; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return size_ == 0; }
  /// Entries that fit without more memory.
  std::size_t capacity() const { return ring_.size(); }

 private:
  struct entry {
    T value{};
    std::size_t bytes = 0;
  };

  T pop() {
    auto x = std::move(ring_[head_]);
    ring_[head_] = {};
    head_ = (head_ + 1) & (ring_.size() - 1);
    --size_;
    bytes_ -= x.bytes;
    // A burst must not pin its memory for the rest of a session.
    if (ring_.size() > keep && size_ <= ring_.size() / 4)
      resize(ring_.size() / 2);
    return std::move(x.value);
  }

  void resize(std::size_t capacity) {
    std::vector<entry> other(capacity);
    for (std::size_t i = 0; i < size_; ++i)
      other[i] = std::move(ring_[(head_ + i) & (ring_.size() - 1)]);
    ring_.swap(other);
    head_ = 0;
  }

  static constexpr std::size_t keep = 16;

  // A ring whose size is a power of two; std::deque costs 0.6 KiB when empty.
  std::vector<entry> ring_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t total_acked_ = 0;
  std::uint32_t acked_;
};

} // namespace causeway::protocol
