#pragma once

#include <chrono>
#include <cstdint>

namespace causeway {

/// What the clock makes a transport do.
enum class liveness_event : std::uint8_t {
  nothing,
  /// Nothing was heard for the ping interval: send a WebSocket ping.
  ping_due,
  /// Nothing was heard since the ping.
  pong_missing,
  /// No text message for half of the idle timeout, for all of it.
  half_silent,
  all_silent,
  /// The time of `transport::set_deadline` is over.
  deadline_over,
  /// The closing handshake takes too long.
  close_overdue,
};

/// All times of one WebSocket behind one timer. The caller brings the time;
/// traffic only moves time stamps, so that nothing is re-armed per message.
class liveness {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  /// Zero turns a limit off.
  struct limits {
    milliseconds ping_interval;
    milliseconds pong_timeout;
    milliseconds idle_timeout;
  };

  liveness(const limits& x, time_point now);

  /// Other limits; silence counts anew, so that nobody is late by them.
  void set_limits(const limits& x, time_point now);
  /// A part of a message, or a pong, came.
  void heard(time_point now);
  /// A whole text message came.
  void text_came(time_point now);
  /// Reading stops, goes on: while it stops, silence is not the peer's fault.
  void pause() { paused_ = true; }
  void resume(time_point now);
  /// Zero cancels.
  void set_deadline(time_point now, milliseconds after);
  /// The closing handshake begins; from now on only its limit counts. The
  /// first call counts.
  void start_closing(time_point now, milliseconds limit);

  /// When to call `take_due` next; `time_point::max()` if never.
  time_point next() const;

  /// The first thing that is due; call until it is `nothing`.
  liveness_event take_due(time_point now);

 private:
  time_point ping_at() const;
  time_point pong_at() const;
  time_point half_silent_at() const;
  time_point all_silent_at() const;

  limits limits_;
  time_point heard_;
  time_point text_;
  time_point deadline_ = time_point::max();
  time_point close_limit_ = time_point::max();
  bool paused_ = false;
  bool ping_sent_ = false;
  bool half_told_ = false;
  bool all_told_ = false;
  /// The connection is given up; nothing more is due.
  bool over_ = false;
};

} // namespace causeway
