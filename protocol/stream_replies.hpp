#pragma once

#include "protocol/element.hpp"
#include "protocol/framing.hpp"
#include "protocol/sasl.hpp"
#include "protocol/stream_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace causeway::protocol {

/// One message to the client.
struct send_text {
  std::string xml;
};
/// Everything is said: close the WebSocket (RFC 7395 section 3.6).
struct close_stream {
  std::string reason;
  /// RFC 6455 section 7.4.
  std::uint16_t code = 1000;
};

/// What a server says to its client by itself, in that order. A `close_stream`
/// is always the last.
using stream_reply = std::vector<std::variant<send_text, close_stream>>;

/// Whether the stream has come to its end with it.
bool ends_stream(const stream_reply& x);

/// Appends it to the actions of a machine.
template <class Action>
void append(std::vector<Action>& to, stream_reply from) {
  for (auto& x : from)
    std::visit([&to](auto& action) { to.emplace_back(std::move(action)); }, x);
}

/// `<close/>` and the end (RFC 7395 section 3.6).
stream_reply finish_reply(std::string_view reason, std::uint16_t code = 1000);

/// A stream error and the end (RFC 7395 section 3.5).
stream_reply stream_error_reply(stream_error condition,
  std::string_view text = {}, std::string_view application = {},
  std::uint16_t code = 1000);

/// The same where the client's `<open/>` is not answered yet: `<open/>` comes
/// first (RFC 7395 section 3.5).
stream_reply opening_error_reply(const stream_header& header,
  stream_error condition, std::string_view text = {},
  std::uint16_t code = 1000);

/// What an element hears where `<open/>` is due; empty if it is one, and of a
/// version that is supported. `header` is for the `<open/>` before an error.
stream_reply refuse_opening(
  const element& x, bool is_stanza, const stream_header& header);

/// What an element hears that has no place where it comes; empty if it is
/// ignored.
stream_reply misplaced_reply(const element& x, bool is_stanza);

/// What an element hears while an answer is awaited that it might change.
stream_reply interruption_reply(const element& x, bool is_stanza);

/// `<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><CONDITION/></failure>`.
std::string sasl_failed(sasl_error condition);

} // namespace causeway::protocol
