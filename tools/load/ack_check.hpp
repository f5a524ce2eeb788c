#pragma once

#include <cstdint>

namespace causeway::load {

/// The client's counters of Stream Management (XEP-0198 section 4) on one
/// stream, and whether the server's acks make sense.
class ack_check {
 public:
  /// `<enable/>` was sent: from here on our stanzas count.
  void start() { *this = {}, counting_ = true; }
  bool counting() const { return counting_; }

  void stanza_sent() { sent_ += counting_; }
  /// A stanza came after `<enabled/>`.
  void stanza_received() { ++received_; }
  /// False if `h` goes back, or is beyond what we sent.
  bool acknowledge(std::uint32_t h) {
    if (h - acked_ > sent_ - acked_)
      return false;
    acked_ = h;
    return true;
  }

  /// Our `h`.
  std::uint32_t received() const { return received_; }
  std::uint32_t sent() const { return sent_; }
  std::uint32_t unacked() const { return sent_ - acked_; }

 private:
  bool counting_ = false;
  std::uint32_t sent_ = 0;
  std::uint32_t acked_ = 0;
  std::uint32_t received_ = 0;
};

} // namespace causeway::load
