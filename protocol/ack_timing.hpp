#pragma once

#include <chrono>
#include <optional>

namespace causeway::protocol {

/// How long acks and requests for them may wait for something else that draws
/// them; 0: for ever.
struct ack_delays {
  using milliseconds = std::chrono::milliseconds;

  /// `<a/>` so long after a stanza that none has told of.
  milliseconds acknowledge{0};
  /// `<r/>` once nothing was sent for so long, or twice that, if the last
  /// stanza is not acknowledged and was not asked for.
  milliseconds request_idle{1'000};
  /// `<r/>` so long after a stanza that was not asked for, whatever was sent
  /// since.
  milliseconds request_age{5'000};
};

/// What Stream Management has to say because of time alone (XEP-0198 section
/// 4), with one timer that runs only while something waits. Pure: the owner of
/// the timer calls `due` when it fires. Stanzas that come while it runs wait
/// for the next one, so that none waits for less than its time.
class ack_timing {
 public:
  using milliseconds = ack_delays::milliseconds;

  explicit ack_timing(const ack_delays& delays) : delays_{delays} {}

  /// Holds for what waits already, too, from the next timer on.
  void apply(const ack_delays& delays) { delays_ = delays; }

  /// A stanza came that no `<a/>` has told of.
  void received();
  /// An `<a/>` tells of all that came.
  void acknowledged() { untold_.reset(); }
  /// A stanza went that no `<r/>` covers.
  void sent();
  /// An `<r/>` covers all that went, or all is acknowledged.
  void requested() { unasked_.reset(); }

  /// After what time to call `due`; nothing if a timer runs, or none has to.
  std::optional<milliseconds> start();

  struct verdict {
    bool acknowledge = false;
    bool request = false;
  };
  /// The timer has fired: what is to be said now. Call `acknowledged`,
  /// `requested` accordingly, then `start`.
  verdict due();

 private:
  milliseconds shortest() const;

  ack_delays delays_;
  /// Of the timer that runs; 0: none does.
  milliseconds running_{0};
  /// How long the oldest of them waits, and for how long nothing was sent, at
  /// the start of that timer; less than 0 if it came later.
  std::optional<milliseconds> untold_;
  std::optional<milliseconds> unasked_;
  milliseconds quiet_{0};
};

} // namespace causeway::protocol
