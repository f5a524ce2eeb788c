#pragma once

#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/vitals.hpp"
#include "protocol/resend_queue.hpp"

#include <deque>
#include <variant>

namespace causeway {

/// Before bind. The session sees one element at a time, so that bind, and what
/// a client sends behind it without waiting, cannot overtake each other.
struct tracker_negotiating {
  /// Bounded by the read credit that each holds.
  std::deque<std::variant<element_in, element_refused>> waiting;
  bool session_busy = false;
};

/// The stream is about to end with an error: what comes from the client is
/// dropped, what comes for it is kept to be given back in order.
struct tracker_failed {};

struct tracker_state {
  static inline const char* name = "tracker";
  explicit tracker_state(tracker_actor::pointer self) : self{self} {}

  void receive(element_in& x);
  void receive_refusal(element_refused& x);
  void send_to_client(delivery_ptr x);
  void go_on();
  void establish(stream_established& x);
  void probe();
  actor_snapshot snapshot() const;

  tracker_actor::pointer self;
  session_actor owner;
  connection_actor connection;
  stream_environment_ptr environment;
  protocol::stream_management management{{}};
  protocol::resend_queue<delivery_ptr> unacked;
  std::variant<tracker_negotiating, stream_established, tracker_failed> phase;
  std::uint64_t stanzas_in = 0;
  std::uint64_t stanzas_out = 0;
  std::uint64_t probes = 0;
  vitals life;

 private:
  void hand_next_to_session(tracker_negotiating& x);
  void handle(stream_established& x, element_in& received);
  void hand_to_link(stream_established& x, element_in& received);
  bool is_probe_answer(const protocol::stream_element& x) const;
  void perform(protocol::sm_actions actions);
};

/// Stream Management of one stream (XEP-0198): counts, acknowledges, keeps
/// what the client has not acknowledged. Ends with `owner`; its queue then
/// goes back to the router.
tracker_actor::behavior_type tracker(
  tracker_actor::stateful_pointer<tracker_state> self, session_actor owner,
  connection_actor connection, stream_environment_ptr environment);

} // namespace causeway
