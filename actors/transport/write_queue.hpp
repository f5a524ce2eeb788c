#pragma once

#include "actors/messages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <sys/uio.h>
#include <vector>

namespace causeway {

/// Told when bytes that it waits for are written, or never will be.
class write_waiter {
 public:
  virtual ~write_waiter() = default;
  virtual void written(bool success) = 0;
};

/// What a queued message counts for: also a flood of tiny ones is bounded.
inline std::size_t queue_cost(const outgoing_message& x) {
  return x.text.size() + frame::overhead;
}

/// How messages are told apart on the wire.
enum class framing : std::uint8_t {
  /// Each is an unmasked, unfragmented text frame (RFC 6455 section 5.2).
  websocket,
  /// Not at all: an XMPP stream over TCP (RFC 6120 section 4).
  none,
};

/// What one socket has to write, in order: messages, and raw bytes (control
/// frames, HTTP replies). Several entries leave in one system call, and the
/// payload is not copied on its way there.
class write_queue {
 public:
  bool empty() const { return head_ == entries_.size(); }

  /// Appends one message.
  void push(outgoing_message x, framing how = framing::websocket);

  /// Appends bytes as they are; tells `waiter`, if any, when they are gone.
  void push_raw(std::string_view bytes, std::unique_ptr<write_waiter> waiter);

  /// Fills `out` with what comes next; returns how many of it are in use.
  std::size_t gather(std::span<iovec> out) const;

  /// Copies what comes next; returns how many bytes that is.
  std::size_t copy(std::span<char> out) const;

  /// These many bytes went to the kernel: settles the guards of all messages
  /// that are wholly written, and lets go of their read credit. Returns the
  /// `queue_cost` of those.
  std::size_t consume(std::size_t bytes);

  /// Nothing will be written any more: lets go of everything. Guards stay
  /// unsettled, so that their stanzas are given back.
  void fail();

 private:
  struct entry {
    outgoing_message message;
    std::unique_ptr<write_waiter> waiter;
    std::array<char, 10> header;
    std::uint8_t header_size = 0;
    /// A message, whose cost is accounted for.
    bool counted = false;

    std::size_t size() const { return header_size + message.text.size(); }
  };

  class spare_room;

  entry& add();

  /// Has room only while something is queued.
  std::vector<entry> entries_;
  std::size_t head_ = 0;
  /// Bytes of the first entry that are written.
  std::size_t offset_ = 0;
};

} // namespace causeway
