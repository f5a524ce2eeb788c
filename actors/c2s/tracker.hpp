#pragma once

#include "actors/c2s/held_credit.hpp"
#include "actors/c2s/stream_environment.hpp"
#include "actors/c2s/tracker_relay.hpp"
#include "actors/c2s/write_ahead.hpp"
#include "actors/inspect/gauge_share.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/step_queue.hpp"
#include "protocol/overload.hpp"
#include "protocol/poison_watch.hpp"
#include "protocol/resend_queue.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace causeway {

/// Of no connection: that of a client that is gone.
inline constexpr connection_epoch no_epoch = ~connection_epoch{0};

/// Before bind. The session sees one element at a time, so that bind, and what
/// a client sends behind it without waiting, cannot overtake each other.
struct tracker_negotiating {
  step_queue<std::variant<element_in, element_refused>> steps;
};

/// The stream is about to end with an error: what comes from the client is
/// dropped, what comes for it is kept to be given back in order.
struct tracker_failed {};

struct tracker_state {
  static inline const char* name = "tracker";
  explicit tracker_state(tracker_actor::pointer self) : self{self} {}
  ~tracker_state();

  void receive(element_in& x);
  void receive_refusal(element_refused& x);
  void send_to_client(delivery_ptr x);
  void go_on();
  void drain(drain_marker x);
  void detach(detach_client x);
  caf::result<resume_verdict> attach(attach_client& x);
  void establish(stream_established& x);
  void probe();
  void change_policy(policy_changed& x);
  void handle_acks_due();
  void stop();

  // Sessions that outlive their process: tracker_journal.cpp.
  caf::result<state_saved> save(save_state x);
  void committed(journal_committed x);
  actor_snapshot snapshot(bool detailed) const;

  // Sessions in an upstream server: tracker_relay.cpp.
  void establish_relay(relay_established& x);
  void receive_upstream(upstream_element& x);
  void timer_due(lockstep_due x);
  /// Nothing goes to that server any more.
  void lose_link(upstream_link_ended& x);
  void handle_down(const caf::down_msg& x);
  /// The session ends: says what becomes of what its client did not get.
  void end_hold();

  tracker_actor::pointer self;
  session_actor owner;
  connection_actor connection;
  std::shared_ptr<client_line> line;
  stream_environment_ptr environment;
  protocol::stream_management management{{}};
  protocol::resend_queue<delivery_ptr> unacked;
  std::variant<tracker_negotiating, stream_established, tracker_relay,
    tracker_failed>
    phase;
  std::uint64_t stanzas_in = 0;
  std::uint64_t stanzas_out = 0;
  std::uint64_t probes = 0;
  /// Set while senders are slowed down.
  std::shared_ptr<held_credit> held;
  protocol::poison_watch poison;
  /// Settled when the present connection has written the first stanza that was
  /// sent again there.
  delivery_ptr first_again;
  /// What comes from other connections is too late.
  connection_epoch epoch = 0;
  /// Names the session in the journal.
  session_key key;
  /// The last presence without addressee; null while not available.
  protocol::element_ptr presence;
  /// Changes that the journal was asked to tell of.
  std::uint64_t last_write = 0;
  /// Set while the whole state is being written.
  struct pending_save {
    std::uint64_t number = 0;
    /// Counter of the last stanza that is part of it.
    std::uint32_t sent = 0;
    caf::typed_response_promise<state_saved> answer;
  };
  std::unique_ptr<pending_save> saving;
  /// Null while nothing waits.
  std::unique_ptr<write_ahead> ahead;
  /// Null unless the client of an upstream server may resume here.
  std::unique_ptr<edge_hold> edge;
  /// What `unacked` holds, for all to see.
  gauge_share queued;
  gauge_share queued_bytes;
  /// Of the first `<r/>` that the client has not answered; the epoch if none.
  std::chrono::steady_clock::time_point asked_at;
  vitals life;

 private:
  void hand_next_to_session(tracker_negotiating& x);
  template <class Phase>
  void leave_negotiation(Phase next);
  void handle(stream_established& x, element_in& received);
  delivery_ptr take_over(const stream_established& x, element_in& received);
  bool is_probe_answer(const protocol::stream_element& x) const;
  void perform(protocol::sm_actions actions);
  /// The same, for what a client has asked for.
  void answer(
    const protocol::stream_element& asked, protocol::sm_actions actions);
  void answer(
    const protocol::stream_element& asked, protocol::lockstep_actions actions);
  void note_refusal(std::string_view asked);
  protocol::sm_settings policy_of(const stream_established& x) const;
  void start_timer(protocol::sm_start_timer x);
  /// To the client; the read credit of a stanza may go then.
  void write(outgoing_message x, bool is_again = false);
  /// The queue has changed.
  void note_queue();
  void note_stanza(const delivery& x);
  void note_ack();
  /// Counts it, too.
  void write_nonza(std::string x);
  void probe_by_iq(const std::string& full);
  void grant_resumption(const protocol::sm_grant& x);
  /// The id of a session of this node, sealed; empty if there must be none.
  std::string seal_own() const;
  void grant(const write_ahead::granted& x);
  /// What both kinds of sessions put into an id.
  protocol::sm_id identify(const std::string& full) const;
  void send_again(const delivery_ptr& x);
  void send_all_again();
  // tracker_limits.cpp
  bool is_crowded() const;
  /// Its sender shall wait with the next one where this client owes many acks.
  void hold(const read_credit& x, bool is_stored);
  void release_if_roomy();
  void acknowledge(std::uint32_t h);
  void refuse_poison();
  void refuse_poison(const stream_established& x, delivery& bad);
  void note_presence(const protocol::element_ptr& x);
  void restore(const stream_established& x);
  stanza_written describe(delivery& x, std::uint32_t seq) const;
  session_saved describe_session(const stream_established& x,
    std::chrono::seconds window, std::optional<journal_time> parked) const;
  resume_verdict attach_now(attach_client& x);
  void hand_to_link(delivery_ptr x);
  void pass_to_client(delivery_ptr x, bool is_stored);
  /// Without sending it.
  void keep(delivery_ptr x);
  // tracker_write_ahead.cpp
  bool is_writing_ahead() const;
  write_ahead& waiting();
  /// The journal tells when it is done.
  void write(journal_change x, std::uint64_t number);
  void write_received(delivery_ptr x, std::size_t bytes);
  bool hold_back(element_in& x);
  void write_outgoing(delivery_ptr x);
  void write_grant(const stream_established& x, write_ahead::granted granted);
  /// The session is not to be found by the next process.
  void drop_grant();
  void write_numbers(const stream_established& x);
  void write_parked(std::optional<journal_time> since);
  void take(write_ahead::received& x);
  void go_on_to(std::uint64_t number);
  void give_up_waiting();
  void leave_waiting();
  void relay(tracker_relay& x, element_in& received);
  void perform(
    protocol::lockstep_actions actions, const read_credit& credit = nullptr);
  void seal(const protocol::seal_upstream_id& x);
  void count_here(const protocol::count_at_edge& x);
  void hold_at_edge(std::uint32_t seconds);
  /// True if its sender is told.
  bool bounce(const edge_hold& hold, const protocol::stream_element& x,
    protocol::stanza_error condition);
  void report_unacked(
    const edge_hold& hold, std::size_t unheard, std::size_t bounced);
  /// The client, or its server in its place, has so many more stanzas.
  void tell_handled(std::uint32_t n);
};

template <class Phase>
void tracker_state::leave_negotiation(Phase next) {
  auto* before = std::get_if<tracker_negotiating>(&phase);
  if (!before)
    return;
  auto waiting = before->steps.take_all();
  phase = std::move(next);
  for (auto& y : waiting)
    std::visit(protocol::overload{
                 [this](element_in& z) { receive(z); },
                 [this](element_refused& z) { receive_refusal(z); },
               },
      y);
}

/// Stream Management of one stream (XEP-0198): counts, acknowledges, keeps
/// what the client has not acknowledged. Ends with `owner`; its queue then
/// goes back to the router.
tracker_actor::behavior_type tracker(
  tracker_actor::stateful_pointer<tracker_state> self, session_actor owner,
  connection_actor connection, std::shared_ptr<client_line> line,
  stream_environment_ptr environment);

} // namespace causeway
