#pragma once

#include "protocol/ack_timing.hpp"
#include "protocol/resend_queue.hpp"
#include "protocol/stanza_error.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/stream_error.hpp"

#include <chrono>
#include <cstddef>
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
  /// `<r/>` whenever the number of unacked stanzas is a multiple; 0: only when
  /// half of what may be unacked is.
  std::uint32_t request_frequency = 5;
  /// Most unacked stanzas, and most bytes of them.
  std::uint32_t max_unacked = 10'000;
  std::uint32_t max_unacked_bytes = 16 * 1024 * 1024;
  /// For how many seconds from the loss of the connection `<enable
  /// resume='true'/>` is granted at most; 0: not at all.
  std::uint32_t resume_seconds = 0;
  /// `<a/>` after so many bytes of stanzas received since the last; 0: never.
  std::uint32_t unsolicited_ack_bytes = 0;
  /// What is said because of time alone.
  ack_delays delays{};
};

/// What the owner of the machine has to do, in this order.
struct sm_send {
  std::string nonza;
};
/// The client wants to be able to resume: make an id and call `grant`, or
/// `refuse_resumption`. What it sends until then counts.
struct sm_grant {
  /// The smaller one of what it asks for and what is allowed.
  std::uint32_t max_seconds;
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
/// Call `timer_due` after this time; one runs at most.
struct sm_start_timer {
  std::chrono::milliseconds after{0};
};
using sm_action = std::variant<sm_send, sm_grant, sm_enabled, sm_acknowledge,
  sm_fail_stream, sm_start_timer>;
using sm_actions = std::vector<sm_action>;

/// Stream Management of one session, XEP-0198 sections 3 to 5, from bind on.
/// Pure: no I/O, no clock. The queue of stanzas stays with the owner, who
/// passes its state in; the machine keeps what was received.
///
///     disabled -> granting -> attached <-> detached
///     disabled -> attached
///
/// `granting` waits for `grant` or `refuse_resumption`. A session that has lost
/// its connection is detached: it counts on, and says nothing.
///
/// The owner resumes a session in this order: `check_resume`, `resumed`,
/// forget what `h` covers, send the rest of the queue again, `probe`.
class stream_management {
 public:
  explicit stream_management(const sm_settings& settings)
    : settings_{settings}, timing_{settings.delays} {}

  bool is_enabled() const { return std::holds_alternative<enabled>(state_); }
  bool is_attached() const;
  /// Waits for `grant` or `refuse_resumption`.
  bool is_granting() const { return std::holds_alternative<granting>(state_); }
  /// Whether the client was given an id.
  bool is_resumable() const;
  /// Seconds that a detached session waits, as granted; 0 if not resumable.
  std::uint32_t window() const;
  /// Stanzas received since `<enable/>`, modulo 2^32: the `h` that we send.
  std::uint32_t received() const;

  /// A stanza of the client, of so many bytes, was handed to its next holder.
  sm_actions stanza_received(std::size_t bytes);
  /// A stanza for the client was added to the queue, which now holds so much.
  sm_actions stanza_sent(std::size_t unacked, std::size_t unacked_bytes);
  /// Whether more than half of what may be unacked is: time to slow down those
  /// who send.
  bool is_crowded(std::size_t unacked, std::size_t unacked_bytes) const {
    return unacked > settings_.max_unacked / 2
           || unacked_bytes > settings_.max_unacked_bytes / 2;
  }
  /// A nonza in the Stream Management namespace came. `queue` judges an `h`.
  template <class Queue>
  sm_actions nonza_received(const stream_element& x, const Queue& queue) {
    auto h = parse_h(x);
    return handle_nonza(
      x, h, h ? queue.judge(*h) : ack_verdict::progress, queue.sent());
  }
  /// The client is silent, or has just resumed: `<r/>` if that would draw an
  /// answer (W29).
  sm_actions probe();
  /// The timer of `sm_start_timer` has fired.
  sm_actions timer_due();

  /// Answers `sm_grant`: the session can be resumed by `id` (at most 4000
  /// bytes), for `max_seconds` from the loss of its connection.
  sm_actions grant(std::string_view id, std::uint32_t max_seconds);
  /// Answers `sm_grant`: it cannot be resumed, and is enabled all the same.
  sm_actions refuse_resumption();

  /// The connection is gone.
  void detach();
  /// There is another one; part of `resumed`.
  void attach();
  /// Whether a client that has received `h` may go on: it must cover what was
  /// acknowledged before, and nothing that was never sent.
  template <class Queue>
  bool check_resume(std::uint32_t h, const Queue& queue) const {
    return is_resumable() && queue.judge(h) == ack_verdict::progress;
  }
  /// Attaches and greets a client that resumes; `previd` is what it sent.
  sm_actions resumed(std::string_view previd);

  /// Replaces the ack policy; takes effect with the next stanza, and for what
  /// waits already. Whether it is on at all stays as it is. What the client
  /// owes now, if it is too much by lower limits, comes on top of them until it
  /// is acknowledged: it was sent in good faith.
  sm_actions apply(const sm_settings& settings, std::size_t unacked,
    std::size_t unacked_bytes);

  /// In place of `<enable/>`, which another machine has seen, and everything
  /// since: so many stanzas were received, and `asked` tells of an `<r/>`. With
  /// a time, the client wants to be able to resume within that.
  sm_actions begin_at(
    std::uint32_t received, bool asked, std::uint32_t max_seconds);
  /// Goes on with another counter, enabled if it is not yet: for tests of the
  /// wrap.
  void enable_at(std::uint32_t received);
  /// Goes on detached with a session of an earlier process.
  void restore(std::uint32_t received, std::uint32_t window_seconds) {
    state_ = enabled{received, window_seconds, false};
  }

  /// The `h` attribute as xs:unsignedInt; nullopt where absent or not one.
  static std::optional<std::uint32_t> parse_h(const stream_element& x);

 private:
  struct disabled {};
  struct granting {
    std::uint32_t received = 0;
    /// `<r/>` came; it is answered behind `<enabled/>`.
    bool asked = false;
  };
  struct enabled {
    std::uint32_t received = 0;
    /// Seconds; nothing if it cannot be resumed.
    std::optional<std::uint32_t> window;
    bool attached = true;
  };

  sm_actions handle_nonza(const stream_element& x,
    std::optional<std::uint32_t> h, ack_verdict verdict, std::uint32_t sent);
  sm_actions handle_request();
  sm_actions handle_ack(const stream_element& x, std::optional<std::uint32_t> h,
    ack_verdict verdict, std::uint32_t sent);
  sm_actions handle_enable(const stream_element& x);
  sm_actions become_enabled(
    std::optional<std::uint32_t> window, std::string answer);
  bool is_ack_due(const enabled& on) const;
  sm_send tell();
  sm_send ask();
  sm_actions with_timer(sm_actions actions = {});

  sm_settings settings_;
  /// Room beyond the limits for what was sent before they were lowered.
  std::size_t more_unacked_ = 0;
  std::size_t more_unacked_bytes_ = 0;
  std::variant<disabled, granting, enabled> state_;
  ack_timing timing_;
  /// An `<r/>` has drawn no `<a/>` yet.
  bool asked_ = false;
  /// Received since the last `<a/>`.
  std::uint64_t untold_bytes_ = 0;
};

/// An `h` as xs:unsignedInt; nullopt where it is none.
std::optional<std::uint32_t> parse_counter(std::string_view text);

/// `<failed xmlns='urn:xmpp:sm:3'><CONDITION/></failed>`; `h` tells a client
/// that cannot resume what was received all the same (section 5).
std::string sm_failed(
  stanza_error condition, std::optional<std::uint32_t> h = {});

} // namespace causeway::protocol
