#pragma once

#include "protocol/stream_element.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Copies a message or presence that comes late with `<delay/>` as its last
/// child (XEP-0203): `domain` says that it was sent at `sent`. All other bytes
/// stay as they were. An iq, and what carries a delay of that domain already,
/// is copied as it is.
stream_element add_delay(const stream_element& x, std::string_view domain,
  std::chrono::system_clock::time_point sent);

/// A stanza of the client `sender` without each `<delay/>` that claims to be of
/// the domain of sender or addressee, which alone may say so (XEP-0203 section
/// 4); nothing where it has none. All other bytes stay as they were.
std::optional<stream_element> strip_delay(
  const stream_element& x, std::string_view sender);

/// XEP-0082: "2026-11-25T01:13:20.005Z", of the years 0 to 9999.
std::string date_time(std::chrono::system_clock::time_point x);

} // namespace causeway::protocol
