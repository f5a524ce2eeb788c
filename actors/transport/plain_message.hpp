#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace causeway {

/// Takes a message off the front of `bytes` if all of it is there as what
/// nearly every stanza is: one final text frame of a client, masked, of ASCII,
/// at most `limit` long and not empty (RFC 6455 section 5.2). Unmasks it in
/// place. Whatever else comes, and whatever is wrong with it, stays.
std::optional<std::string_view> take_plain_message(
  std::span<char>& bytes, std::size_t limit);

/// Finds the ends of messages in frames (RFC 6455 sections 5.2 and 5.4).
/// Whether they are in order is for others to say.
class message_end {
 public:
  /// How many of these bytes come before the end of the message under way:
  /// all of them if it does not end here. Control frames are no messages.
  std::size_t find(std::string_view bytes);

 private:
  std::size_t header_size() const;
  std::uint64_t payload_size() const;
  bool is_last() const;

  /// Of the frame under way; its mask does not matter.
  std::array<unsigned char, 14> header_{};
  std::size_t have_ = 0;
  std::uint64_t payload_left_ = 0;
};

} // namespace causeway
