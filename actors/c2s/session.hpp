#pragma once

#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/gauge_share.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/transport/transport.hpp"
#include "protocol/overload.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace causeway {

struct session_state {
  static inline const char* name = "session";
  explicit session_state(session_actor::pointer self) : self{self} {}

  void start(transport_ptr socket, stream_environment_ptr shared);
  void negotiate(element_in& x);
  void refuse(const protocol::xml_error& x);
  /// Feeds the machine and does what it says; asks for the next element
  /// unless an answer has to come first or the stream has ended.
  void step(const protocol::stream_event& event);
  void fail(protocol::stream_error condition, std::string text,
    std::string application = {});
  /// Of tracker or connection.
  void handle_failure(stream_failed& x);
  /// The same for a stream that an upstream server serves.
  void relay_step(const protocol::gateway_event& event);
  void take_upstream(
    const protocol::gateway_event& event, read_credit held = nullptr);
  void handle_silence(silence_noticed x);
  void handle_end(const connection_ended& x);
  void handle_down(const caf::down_msg& x);
  void change_policy(const policy_changed& x);

  // Resumption (XEP-0198 section 5): session_resume.cpp.
  /// The client may come back within this time.
  void allow_resumption(session_resumable x);
  /// This session's client has been paused, since it wants another session.
  void handle_drained(drained& x);
  /// Another connection of our client wants to go on here.
  caf::result<resume_verdict> resume(resume_request& x);
  void expire(park_expired x);
  /// In a gateway domain: our client wants to go on over another link.
  yield_answer yield(const yield_request& x);

  // The end of the process, and the next one: session_rest.cpp.
  caf::result<rest_answer> rest();
  void save();
  caf::result<restore_answer> restore(restore_request& x);
  /// The present connection has sent what is being handled.
  bool is_from_connection() const;
  bool is_established() const;
  // What operators do: session_orders.cpp.
  order_outcome obey(const session_order& x);
  /// Registry or node want it to end.
  void end_for(end_session& x);
  /// Its server keeps it while the client is away.
  bool is_kept_upstream() const { return gateway && !held_at_edge; }
  /// Where its client may resume it, for inspection.
  std::string resume_name() const;
  actor_snapshot snapshot(bool detailed) const;

  session_actor::pointer self;
  stream_environment_ptr environment;
  std::optional<protocol::stream> stream;
  /// Takes over from `stream` in a gateway domain.
  std::unique_ptr<protocol::gateway_stream> gateway;
  /// What the configuration calls that domain, and its link.
  std::string pattern;
  upstream_link_actor upstream;
  connection_actor connection;
  /// What is written to the client. Of that connection, like its counters: who
  /// looks at thousands of sessions need not ask their connections as well.
  std::shared_ptr<client_line> line;
  parser_actor parser;
  tracker_actor tracker;
  link_actor link;
  peer_facts peer;
  std::string stream_id;
  std::string jid;
  std::string mechanism;
  /// The id of a resumed session with its server, as operators may see it.
  std::string upstream_sm_id;
  route_id route = 0;
  std::uint32_t parsers_lost = 0;
  /// Set while the client may come back for this session.
  std::optional<std::chrono::seconds> window;
  /// In a gateway domain: the session is here, not with its server.
  bool held_at_edge = false;
  /// Why there is no connection any more, while what came over it is handled.
  std::optional<std::string> parking;
  /// Set while there is no connection and the session waits for its client.
  /// The timer refers to it, and not to the session, whose memory it would
  /// keep.
  struct parked_wait {
    caf::actor_addr session;
    connection_epoch number = 0;
    journal_time since;
  };
  std::shared_ptr<const parked_wait> parked;
  /// Set if the journal has a record of this session.
  session_key recorded;
  /// The process ends: whoever wants to know when this session rests. One that
  /// rests takes no client.
  bool resting = false;
  std::vector<caf::typed_response_promise<rest_answer>> rest_waiters;
  /// Resumptions that the tracker judges; what is overdue meanwhile.
  std::uint32_t attaching = 0;
  std::optional<park_expired> overdue;
  /// Of the present connection; the last one given out.
  connection_epoch epoch = 0;
  connection_epoch last_epoch = 0;
  /// Which session our client wants in place of this one.
  struct wanted_session {
    session_actor session;
    resume_request request;
    /// The last pause of the connection, and whether all that came before it
    /// has been handled.
    std::uint32_t pause = 0;
    bool is_drained = false;
  };
  std::unique_ptr<wanted_session> wanted;
  /// In a gateway domain: the link of the session that our client wants back
  /// has to end before its server is asked.
  struct awaited_link {
    upstream_link_actor link;
    std::string resume;
  };
  std::unique_ptr<awaited_link> awaited;
  /// Of the element that is being handled: goes on with what passes of it.
  read_credit credit;
  /// The tracker waits until it may show the next element.
  bool client_waits = false;
  /// The stream is over; link and tracker are about to end.
  bool ending = false;
  /// Counts it among those of its state.
  gauge_share place;
  vitals life;

 private:
  // Each returns true where the machine waits for an answer from elsewhere.
  bool perform(protocol::send_text& x);
  bool perform(protocol::find_credentials& x);
  bool perform(protocol::check_password& x);
  bool perform(protocol::authenticated& x);
  bool perform(protocol::authentication_failed& x);
  bool perform(protocol::bind_resource& x);
  bool perform(protocol::establish& x);
  bool perform(protocol::resume_session& x);
  bool perform(protocol::relay_stream& x);
  bool perform(protocol::open_upstream& x);
  bool perform(protocol::reopen_upstream& x);
  bool perform(protocol::send_upstream& x);
  bool perform(protocol::send_client& x);
  bool perform(protocol::resume_upstream& x);
  bool perform(protocol::gateway_bound& x);
  bool perform(protocol::resumption_failed& x);
  void leave_upstream(std::string_view reason);
  void note_kept();
  void ask_to_yield(session_actor old);
  void await_link();
  void ask_upstream_to_resume();

  /// What came of a list of actions.
  enum class performed { going_on, waiting, ended };
  template <class Actions>
  performed perform_all(Actions actions);

  const std::string& domain() const;
  std::string_view state_name() const;
  void let_client_go_on();
  /// Counts what Stream Management refuses at a moment that is not its own.
  void note_misplaced(const protocol::element& x, std::string_view state);
  void count_refusal(std::string_view condition);
  void note_login();
  void close(
    const protocol::close_stream& x, std::vector<std::string> farewell);
  void bound(bind_answer& x);
  void replace_parser(const caf::error& reason);
  void write(outgoing_message x);
  void cut(std::uint16_t code, std::string_view reason);
  void cut_connection(std::uint16_t code, std::string_view reason);
  void pause_client();
  void hand_over();
  void refuse_resumption(const resume_verdict& x);
  template <class Event>
  void judge_resumption(const Event& event);
  bool is_wanted_by(const resume_request& x) const;
  session_actor find_wanted(const protocol::sm_id& id) const;
  void adopt(const resume_request& x, connection_epoch number);

  bool may_park() const;
  void start_parking(std::string_view reason);
  void finish_parking();
  void park(std::string_view reason);
  void expire_late();
  void wait_for_client(std::chrono::milliseconds left, journal_time since);
  void go_to_rest();
  void answer_rest(const link_actor& x);
  void go_on(const saved_session_ptr& saved, bind_answer& x);
  void drop_record();
  void drop_connection();
  void forget_connection();
  /// Tells a client that another connection has taken its session.
  void close_for_another();
  void describe_wait(actor_snapshot& x) const;
  std::string cut_for_operator(std::uint16_t code, std::string_view reason);
  std::string expire_for_operator();
  /// Ends parser, tracker and link, then this actor.
  void finish(std::string_view reason);
  void stop_children();
};

// The last words go with the end, so that no stanza gets in between.
template <class Actions>
session_state::performed session_state::perform_all(Actions actions) {
  auto* end = actions.empty()
                ? nullptr
                : std::get_if<protocol::close_stream>(&actions.back());
  std::vector<std::string> farewell;
  auto waits = false;
  for (auto& action : actions)
    std::visit(protocol::overload{
                 [&](protocol::send_text& x) {
                   if (end)
                     farewell.push_back(std::move(x.xml));
                   else
                     waits |= perform(x);
                 },
                 [&](protocol::send_client& x) {
                   if (end)
                     farewell.push_back(x.element->bytes);
                   else
                     waits |= perform(x);
                 },
                 [](protocol::close_stream&) {},
                 [&](protocol::cut_stream& x) {
                   cut(x.code, x.reason);
                   waits = true;
                 },
                 [&](auto& x) { waits |= perform(x); },
               },
      action);
  if (end)
    close(*end, std::move(farewell));
  if (ending)
    return performed::ended;
  return waits ? performed::waiting : performed::going_on;
}

/// One client stream (RFC 7395): negotiates, owns connection, parser, tracker
/// and link, and says what the end of each means. Its own death ends this
/// stream alone.
session_actor::behavior_type session(
  session_actor::stateful_pointer<session_state> self, transport_ptr socket,
  stream_environment_ptr environment);

/// One that began in an earlier process: first it gets a `restore_request`.
session_actor::behavior_type earlier_session(
  session_actor::stateful_pointer<session_state> self,
  stream_environment_ptr environment);

} // namespace causeway
