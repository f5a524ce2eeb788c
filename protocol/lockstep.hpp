#pragma once

#include "protocol/ack_window.hpp"
#include "protocol/element.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/stream_management.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace causeway::protocol {

/// What a stream with Stream Management on both legs needs to know.
struct lockstep_settings {
  sm_settings policy;
  /// The server has `urn:xmpp:sm:3` among its features after login.
  bool upstream_offers = false;
  /// Where the server has no resumption, the session may be held here.
  bool edge_resume = false;
};

/// The last `h` of both ends, as a resumption has told them.
struct resumed_counters {
  /// Stanzas of the server that the client has handled.
  std::uint32_t client = 0;
  /// Stanzas of the client that the server has handled.
  std::uint32_t upstream = 0;
};

/// Time is an event: one timer of each kind runs at most.
enum class lockstep_timer : std::uint8_t {
  /// The client waits for an answer to its `<r/>` (G-11).
  answer,
  /// The client has unacknowledged stanzas (G-15).
  request,
};

// -- actions ------------------------------------------------------------------
// Besides `sm_fail_stream` of stream_management.hpp.

/// Both keep their place among the stanzas of that leg (G-01).
struct tell_client {
  std::string nonza;
};
struct tell_upstream {
  std::string nonza;
  /// It may leave with what comes next, if that is soon (XEP-0198 section 4).
  bool may_wait = false;
};
/// The server lets its session be resumed: make an id for the client out of
/// its `id` and call `id_sealed`, with no text if there is none to be had.
struct seal_upstream_id {
  std::string id;
  /// Where the server wants to be resumed; may be empty.
  std::string location;
};
/// Stream Management is on, on both legs.
struct lockstep_begun {
  /// How long the client may stay away; 0: it cannot resume.
  std::uint32_t max_seconds = 0;
};
/// The server has no Stream Management, or cannot resume what shall be resumed:
/// the client's leg goes on with `stream_management::begin_at` (G-04).
struct count_at_edge {
  std::uint32_t received = 0;
  /// An `<r/>` of the client waits for its answer.
  bool asked = false;
  /// How long the client may stay away; 0: it cannot resume.
  std::uint32_t max_seconds = 0;
  /// The server counts, too: tell `edge_handled` of what the client handled.
  bool upstream_counts = false;
};
/// Call `timer_due` after this time.
struct start_timer {
  lockstep_timer which = lockstep_timer::answer;
  std::chrono::milliseconds after{0};
};
/// The server broke the protocol: tell it and drop the link.
struct refuse_upstream {
  stream_error condition = stream_error::undefined_condition;
  /// Raw XML of an application-specific condition.
  std::string application;
  std::string detail;
};
using lockstep_action =
  std::variant<tell_client, tell_upstream, seal_upstream_id, lockstep_begun,
    count_at_edge, start_timer, refuse_upstream, sm_fail_stream>;
using lockstep_actions = std::vector<lockstep_action>;

/// Stream Management of a bound session between a client and the server that
/// serves it (XEP-0198; G-01 to G-16). Both legs count the same stanzas, and
/// neither end is told that a stanza is handled before the other end has said
/// so: whatever dies in between, both ends still hold all that is in flight,
/// and no stanza is kept here. Pure: no I/O, no clock.
///
///     off -> enabling -> sealing -> on
///     off, enabling -> at_edge
///     enabling -> on
///
/// `at_edge` has nothing but the server's leg, and that only where the server
/// counts. `enabling` waits for the server's `<enabled/>`: what the client
/// sends from its `<enable/>` on counts already. `sealing` waits for
/// `id_sealed`.
class lockstep {
 public:
  explicit lockstep(const lockstep_settings& settings);
  /// Goes on where a session of the server was resumed.
  lockstep(const lockstep_settings& settings, resumed_counters counters);

  /// The client has begun to count: every stanza must pass.
  bool is_counting() const;
  /// Stanzas received from the client, and acknowledged by the server.
  const ack_window& to_upstream() const { return to_upstream_; }
  /// Stanzas sent to the client, and acknowledged by it.
  const ack_window& to_client() const { return to_client_; }

  /// Whether more than half of what may be unacked is: time to read less of the
  /// server (G-16).
  bool is_crowded() const {
    return is_counting()
           && to_client_.size() > settings_.policy.max_unacked / 2;
  }

  /// Replaces the ack policy, as `stream_management::apply` does.
  lockstep_actions apply(const sm_settings& policy);

  /// A stanza of the client was handed to the link.
  lockstep_actions client_stanza();
  /// A stanza of the server was handed to the connection.
  lockstep_actions upstream_stanza();
  /// An element in the Stream Management namespace came from either end.
  lockstep_actions client_nonza(const stream_element& x);
  lockstep_actions upstream_nonza(const stream_element& x);
  /// Answers `seal_upstream_id`.
  lockstep_actions id_sealed(std::string_view id);
  lockstep_actions timer_due(lockstep_timer which);
  /// At the edge, so many more stanzas of the server need not be kept: it may
  /// forget them, too.
  lockstep_actions edge_handled(std::uint32_t n);
  /// The client is silent: `<r/>` if that would draw an answer (W29).
  lockstep_actions probe() const;

 private:
  struct off {};
  struct enabling {
    bool wants_resumption = false;
    std::uint32_t max_seconds = 0;
    /// `<r/>` came before it could be answered.
    bool asked = false;
  };
  struct sealing {
    enabling before;
    std::uint32_t max_seconds = 0;
  };
  struct on {};
  struct at_edge {
    /// The `h` for a server that counts.
    std::optional<std::uint32_t> handled;
  };

  lockstep_actions enable(const stream_element& x);
  lockstep_actions enabled(const enabling& state, const stream_element& x);
  lockstep_actions begin(
    bool asked, const element& enabled, std::uint32_t max_seconds);
  lockstep_actions fall_back(const enabling& state, bool upstream_counts);
  void answer_client(lockstep_actions& to);
  void answer_when_known(lockstep_actions& to);
  void ask_upstream(lockstep_actions& to);
  void ask_client(lockstep_actions& to);
  void start(lockstep_timer which, lockstep_actions& to);
  bool& is_running(lockstep_timer which);
  std::chrono::milliseconds delay_of(lockstep_timer which) const;
  lockstep_actions client_acked(const stream_element& x);
  lockstep_actions upstream_acked(const stream_element& x);

  lockstep_settings settings_;
  std::variant<off, enabling, sealing, on, at_edge> state_;
  ack_window to_upstream_;
  ack_window to_client_;
  /// The client's last `<r/>` came when so much was sent, and the server has
  /// not acknowledged all of that.
  std::optional<std::uint32_t> wanted_;
  /// That `<r/>` has no answer yet.
  bool answer_due_ = false;
  /// An `<r/>` is on its way to the server.
  bool upstream_asked_ = false;
  /// How much was sent to the client at the last `<r/>`.
  std::uint32_t client_asked_at_ = 0;
  /// Room beyond the limit for what was sent before it was lowered.
  std::uint32_t more_unacked_ = 0;
  bool answer_timer_ = false;
  bool request_timer_ = false;
};

} // namespace causeway::protocol
