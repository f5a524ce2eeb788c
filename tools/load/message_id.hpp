#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::load {

/// What the id of a message says: it survives delivery and error replies, so
/// nothing else of a message has to be read.
struct message_id {
  /// Tells messages of this run from ones that an earlier run left behind.
  std::uint32_t run = 0;
  /// Index of the sending client.
  std::uint32_t sender = 0;
  std::uint64_t number = 0;
  /// When it was sent, in nanoseconds of the steady clock.
  std::int64_t stamp = 0;
};

/// Appends "RUN-SENDER-NUMBER-STAMP".
void append_id(std::string& out, const message_id& x);
std::optional<message_id> parse_id(std::string_view text);

} // namespace causeway::load
