#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/inspect/wire_trace.hpp"
#include "actors/step_queue.hpp"
#include "actors/upstream/endpoint_search.hpp"
#include "actors/upstream/resumption_watch.hpp"
#include "actors/upstream/upstream_environment.hpp"
#include "protocol/stanza_translation.hpp"
#include "protocol/upstream_stream.hpp"
#include "protocol/xml_framer.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace causeway {

/// Before bind. The session sees one step at a time, so that the bind result
/// and what the server sends behind it cannot overtake each other.
struct link_negotiating {
  using step =
    std::variant<upstream_stream_opened, upstream_element, upstream_link_ended>;
  step_queue<step> steps;
};

/// What comes from the server goes to the tracker.
struct link_bound {};

struct upstream_link_state : protocol::xml_framer::sink {
  static inline const char* name = "upstream_link";
  explicit upstream_link_state(upstream_link_actor::pointer self)
    : self{self} {}
  ~upstream_link_state() override;

  void start(upstream_order x);
  void down(const caf::down_msg& x);
  void connected(connect_outcome& x);
  void receive(const chunk_received& x);
  void secured();
  void deadline();
  void closed(const transport_closed& how);
  void write(upstream_write& x);
  void take(stanza_in& x);
  void reopen(upstream_reopen& x);
  void go_on();
  void bound();
  void tell(nonza_in& x);
  void refuse_server(const protocol::refuse_upstream& x);
  void hibernate();
  void stop();
  actor_snapshot snapshot(bool detailed) const;

  // From the framer.
  bool on_header(std::string_view tag, std::string_view name) override;
  bool on_element(std::string_view bytes) override;
  bool on_close() override;

  upstream_link_actor::pointer self;
  session_actor owner;
  tracker_actor tracker;
  upstream_environment_ptr environment;
  upstream_order order;
  endpoint_search search;
  /// What the connect under way, or the next, may reach.
  std::vector<upstream_target> under_way;
  std::unique_ptr<upstream_attempt> attempt;
  upstream_transport_ptr socket;
  upstream_target target;
  std::string address;
  bool loopback = false;
  endpoint_load::lease lease;
  protocol::upstream_stream stream{{}, true};
  protocol::xml_framer framer{protocol::xml_framer::mode::stream};
  protocol::stream_context context;
  std::variant<link_negotiating, link_bound> phase;
  resumption_watch hearing;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  /// What the framer must not be interrupted for.
  std::optional<protocol::upstream_fail> failing;
  /// What the connection at hand has until the features.
  std::chrono::milliseconds given{0};
  /// The upstream actor owes an answer.
  bool asking = false;
  /// Where a redirection has led, not to an endpoint of ours.
  bool away = false;
  /// The server has shown its first features.
  bool opened = false;
  /// An aborted connection has its last word still to say.
  bool reconnecting = false;
  bool challenge_seen = false;
  bool ended = false;
  bool stopping = false;
  wire_probe probe;
  vitals life;

 private:
  using failure = protocol::upstream_failure;

  // Looking for an endpoint: upstream_link_connect.cpp.
  void ask_for_targets();
  void connect(std::vector<upstream_target> targets);
  void begin_stream(bool secure);
  /// The server's name is the client's choice, and so is whether its
  /// certificate fits.
  bool is_chosen_by_client(const upstream_target& x) const;
  /// Before the first features another endpoint may do better.
  bool try_next(failure cause, const std::string& detail);
  bool try_rest();
  void reconnect(std::vector<upstream_target> targets);
  /// If not followed, `x` says why.
  bool redirect(protocol::upstream_fail& x);
  void blame(
    const std::string& endpoint, const std::string& detail, bool counts);
  void report(std::string endpoint, bool success, std::string detail);

  // The stream: upstream_link.cpp.
  bool is_reading() const;
  void show(wire_way way, std::string_view text);
  void act(const protocol::upstream_event& event);
  void settle_failure();
  void refuse(const protocol::xml_error& x);
  void perform(protocol::upstream_send& x);
  void perform(protocol::upstream_expect_header&);
  void perform(protocol::upstream_start_tls&);
  void perform(protocol::upstream_features& x);
  void perform(protocol::upstream_pass& x);
  void perform(protocol::upstream_fail& x);
  void inspect_challenge(const protocol::stream_element& x);
  void warn(std::vector<std::string> texts);
  void pass(protocol::element_ptr x);
  void watch(const protocol::stream_element& x);
  void check_hearing();
  void hand_to_tracker(protocol::element_ptr x, read_credit credit);
  void queue(link_negotiating::step x);
  void hand_next_to_session(link_negotiating& x);
  void lose(
    failure cause, std::string detail, protocol::element_ptr error = nullptr);
  void leave(std::string farewell);
  read_credit charge(std::size_t bytes);
};

/// The end of one session in an upstream server: connects, secures and opens
/// the TCP stream, then passes elements both ways. Ends with `owner`.
upstream_link_actor::behavior_type upstream_link(
  upstream_link_actor::stateful_pointer<upstream_link_state> self,
  session_actor owner, tracker_actor tracker,
  upstream_environment_ptr environment, upstream_order order);

} // namespace causeway
