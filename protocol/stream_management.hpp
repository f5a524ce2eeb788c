#pragma once

#include "protocol/resend_queue.hpp"
#include "protocol/stanza_error.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/stream_error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace causeway::protocol {

/// The ack policy of one stream; may be replaced while it runs.
struct sm_settings {
  /// If false the feature is not offered and `<enable/>` fails.
  bool active = true;
  /// `<a/>` after every so many stanzas received; 0 or less: never.
  std::int32_t unsolicited_ack_frequency = 0;
  /// `<r/>` whenever the number of unacked stanzas is a multiple; 0: never.
  std::uint32_t request_frequency = 5;
  /// Most unacked stanzas, and most bytes of them.
  std::uint32_t max_unacked = 10'000;
  std::uint32_t max_unacked_bytes = 16 * 1024 * 1024;
};

/// What the owner of the machine has to do, in this order.
struct sm_send {
  std::string nonza;
};
/// From here on stanzas count, in both directions.
struct sm_enabled {};
/// The client's `h`: forget what it covers.
struct sm_acknowledge {
  std::uint32_t h;
};
/// End the stream with this error.
struct sm_fail_stream {
  stream_error condition;
  std::string text;
  std::string application;
};
using sm_action =
  std::variant<sm_send, sm_enabled, sm_acknowledge, sm_fail_stream>;
using sm_actions = std::vector<sm_action>;

/// Stream Management of one stream, XEP-0198 sections 3 and 4, from bind on.
/// Pure: no I/O, no clock. The queue of stanzas stays with the owner, who
/// passes its state in; the machine keeps what was received.
class stream_management {
 public:
  explicit stream_management(const sm_settings& settings)
    : settings_{settings} {}

  bool is_enabled() const { return std::holds_alternative<enabled>(state_); }
  /// Stanzas received since `<enable/>`, modulo 2^32: the `h` that we send.
  std::uint32_t received() const;

  /// A stanza of the client was handed to its next holder.
  sm_actions stanza_received();
  /// A stanza for the client was added to the queue, which now holds so much.
  sm_actions stanza_sent(std::size_t unacked, std::size_t unacked_bytes);
  /// A nonza in the Stream Management namespace came. `verdict` judges an
  /// `h` against the queue; `sent` is the queue's counter.
  template <class T>
  sm_actions nonza_received(
    const stream_element& x, const resend_queue<T>& queue) {
    auto h = parse_h(x);
    return handle_nonza(
      x, h, h ? queue.judge(*h) : ack_verdict::progress, queue.sent());
  }
  /// The client is silent: `<r/>` if that would draw an answer (W29).
  sm_actions probe() const;

  /// Replaces the ack policy; takes effect with the next stanza.
  void apply(const sm_settings& settings) { settings_ = settings; }

  /// Starts with another counter; for tests of the wrap.
  void enable_at(std::uint32_t received);

  /// The `h` attribute as xs:unsignedInt; nullopt where absent or not one.
  static std::optional<std::uint32_t> parse_h(const stream_element& x);

 private:
  struct disabled {};
  struct enabled {
    std::uint32_t received = 0;
  };

  sm_actions handle_nonza(const stream_element& x,
    std::optional<std::uint32_t> h, ack_verdict verdict, std::uint32_t sent);
  sm_actions handle_ack(const stream_element& x, std::optional<std::uint32_t> h,
    ack_verdict verdict, std::uint32_t sent) const;
  sm_actions handle_enable();

  sm_settings settings_;
  std::variant<disabled, enabled> state_;
};

/// `<failed xmlns='urn:xmpp:sm:3'><CONDITION/></failed>`.
std::string sm_failed(stanza_error condition);

} // namespace causeway::protocol
