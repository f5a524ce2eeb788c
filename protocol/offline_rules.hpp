#pragma once

#include "protocol/stream_element.hpp"

#include <cstdint>

namespace causeway::protocol {

/// What becomes of a message for an account none of whose sessions takes it.
enum class offline_rule : std::uint8_t {
  /// Kept until a session of the account takes messages.
  store,
  /// Ends without a word: it is of the moment, or nobody may answer it.
  drop,
  /// The sender gets `<service-unavailable/>`.
  refuse,
};

/// Messages of type chat and normal, and of any unknown type, are stored if
/// they say something; a chat state alone (XEP-0085), a headline and an error
/// are dropped, a groupchat and what is empty is refused.
offline_rule offline_rule_of(const stream_element& message);

} // namespace causeway::protocol
