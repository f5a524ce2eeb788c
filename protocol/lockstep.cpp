/// XEP-0198 section 4 on the two legs of a gateway; G-10 to
/// G-16.
#include "protocol/lockstep.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

using std::chrono::milliseconds;

/// XEP-0198 section 4 lets an answer wait for a timeout alone; this is it.
constexpr milliseconds answer_within{1000};
/// Servers end or cut sessions with 100 (MongooseIM) to 500 (Prosody) of them:
/// the client is asked early, whatever the configuration says.
constexpr std::uint32_t drain_at = 50;

/// An ack of so many stanzas may be what keeps the server's queue from being
/// full: it does not wait for company.
constexpr std::uint32_t much = drain_at / 2;
constexpr std::string_view request = "<r xmlns='urn:xmpp:sm:3'/>";

std::string ack(std::uint32_t h) {
  return "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(h) + "'/>";
}

std::string too_high(std::uint32_t h, std::uint32_t sent) {
  return "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='" + std::to_string(h)
         + "' send-count='" + std::to_string(sent) + "'/>";
}

sm_fail_stream fail(std::string text, std::string application = {}) {
  return {
    stream_error::undefined_condition, std::move(text), std::move(application)};
}

refuse_upstream refuse(std::string detail, std::string application = {}) {
  return {stream_error::undefined_condition, std::move(application),
    std::move(detail)};
}

} // namespace

lockstep::lockstep(const lockstep_settings& settings) : settings_{settings} {}

lockstep::lockstep(const lockstep_settings& settings, resumed_counters counters)
  : settings_{settings}, state_{on{}}, to_upstream_{counters.upstream},
    to_client_{counters.client}, client_asked_at_{counters.client} {}

bool lockstep::is_counting() const {
  return !std::holds_alternative<off>(state_)
         && !std::holds_alternative<at_edge>(state_);
}

lockstep_actions lockstep::apply(const sm_settings& policy) {
  auto active = settings_.policy.active;
  auto room = settings_.policy.max_unacked + more_unacked_;
  settings_.policy = policy;
  settings_.policy.active = active;
  // Never more room than there was.
  more_unacked_ = is_crowded() && room > policy.max_unacked
                    ? std::min(room - policy.max_unacked, to_client_.size())
                    : 0;
  lockstep_actions actions;
  if (std::holds_alternative<on>(state_) && to_client_.size() > 0
      && client_asked_at_ != to_client_.sent())
    start(lockstep_timer::request, actions);
  return actions;
}

// -- stanzas ------------------------------------------------------------------

lockstep_actions lockstep::client_stanza() {
  if (!is_counting())
    return {};
  to_upstream_.push();
  lockstep_actions actions;
  auto n = settings_.policy.unsolicited_ack_frequency;
  if (std::holds_alternative<on>(state_) && n > 0
      && to_upstream_.sent() % static_cast<std::uint32_t>(n) == 0) {
    wanted_ = to_upstream_.sent();
    ask_upstream(actions);
  }
  return actions;
}

lockstep_actions lockstep::upstream_stanza() {
  if (!std::holds_alternative<on>(state_))
    return {};
  to_client_.push();
  auto unacked = to_client_.size();
  if (unacked > settings_.policy.max_unacked + more_unacked_)
    return {sm_fail_stream{stream_error::policy_violation,
      "Too many stanzas are not acknowledged.", {}}};
  lockstep_actions actions;
  auto n = settings_.policy.request_frequency;
  if ((n != 0 && unacked % n == 0) || unacked % drain_at == 0)
    ask_client(actions);
  else
    start(lockstep_timer::request, actions);
  return actions;
}

// -- nonzas -------------------------------------------------------------------

lockstep_actions lockstep::client_nonza(const stream_element& x) {
  if (std::holds_alternative<at_edge>(state_))
    return {};
  lockstep_actions actions;
  if (x.name == "r") {
    if (auto* waiting = std::get_if<enabling>(&state_))
      waiting->asked = true;
    else if (std::holds_alternative<on>(state_))
      answer_when_known(actions);
  } else if (x.name == "a") {
    return std::holds_alternative<on>(state_) ? client_acked(x)
                                              : lockstep_actions{};
  } else if (x.name == "enable" && std::holds_alternative<off>(state_)) {
    return enable(x);
  } else {
    // After bind, `<resume/>` and everything unknown come at the wrong time.
    actions.emplace_back(
      tell_client{sm_failed(stanza_error::unexpected_request)});
  }
  return actions;
}

lockstep_actions lockstep::upstream_nonza(const stream_element& x) {
  if (auto* waiting = std::get_if<enabling>(&state_)) {
    if (x.name == "enabled")
      return enabled(*waiting, x);
    return x.name == "failed" ? fall_back(*waiting, false) : lockstep_actions{};
  }
  if (auto* edge = std::get_if<at_edge>(&state_); edge && edge->handled)
    return x.name == "r"
             ? lockstep_actions{tell_upstream{ack(*edge->handled), true}}
             : lockstep_actions{};
  if (!std::holds_alternative<on>(state_))
    return {};
  // Whatever the client has acknowledged: a server drops those that are silent
  // (G-14).
  if (x.name == "r")
    return {tell_upstream{ack(to_client_.acked()), true}};
  return x.name == "a" ? upstream_acked(x) : lockstep_actions{};
}

// -- XEP-0198 section 4: acks -------------------------------------------------

// G-11.
void lockstep::answer_when_known(lockstep_actions& to) {
  if (to_upstream_.size() == 0) {
    answer_client(to);
    return;
  }
  wanted_ = to_upstream_.sent();
  answer_due_ = true;
  start(lockstep_timer::answer, to);
  ask_upstream(to);
}

void lockstep::answer_client(lockstep_actions& to) {
  answer_due_ = false;
  to.emplace_back(tell_client{ack(to_upstream_.acked())});
}

void lockstep::ask_upstream(lockstep_actions& to) {
  if (std::exchange(upstream_asked_, true))
    return;
  to.emplace_back(tell_upstream{std::string{request}});
}

void lockstep::ask_client(lockstep_actions& to) {
  client_asked_at_ = to_client_.sent();
  to.emplace_back(tell_client{std::string{request}});
}

lockstep_actions lockstep::client_acked(const stream_element& x) {
  auto h = stream_management::parse_h(x);
  if (!h)
    // No `h` at all is ignored, as on a stream that ends here.
    return x.find("h") ? lockstep_actions{fail(
             "The h attribute is not an unsigned integer.")}
                       : lockstep_actions{};
  auto before = to_client_.acked();
  switch (to_client_.acknowledge(*h)) {
  case ack_verdict::stale: return {};
  case ack_verdict::too_high:
    return {fail("You acknowledged stanzas that were not sent to you.",
      too_high(*h, to_client_.sent()))};
  case ack_verdict::progress: break;
  }
  more_unacked_ = std::min(more_unacked_, to_client_.size());
  lockstep_actions actions;
  // The server has less to keep, asked or not (G-15).
  if (*h != before)
    actions.emplace_back(tell_upstream{ack(*h), *h - before < much});
  if (to_client_.size() > 0)
    start(lockstep_timer::request, actions);
  return actions;
}

lockstep_actions lockstep::edge_handled(std::uint32_t n) {
  auto* edge = std::get_if<at_edge>(&state_);
  if (!edge || !edge->handled || n == 0)
    return {};
  *edge->handled += n;
  return {tell_upstream{ack(*edge->handled), n < much}};
}

lockstep_actions lockstep::upstream_acked(const stream_element& x) {
  auto h = stream_management::parse_h(x);
  if (!h)
    return {refuse("an ack without a number")};
  upstream_asked_ = false;
  auto before = to_upstream_.acked();
  switch (to_upstream_.acknowledge(*h)) {
  case ack_verdict::stale: return {};
  case ack_verdict::too_high:
    return {refuse("acknowledged " + std::to_string(*h) + " of "
                     + std::to_string(to_upstream_.sent()) + " stanzas",
      too_high(*h, to_upstream_.sent()))};
  case ack_verdict::progress: break;
  }
  if (!wanted_)
    return {};
  lockstep_actions actions;
  auto progress = *h != before;
  if (progress || answer_due_)
    answer_client(actions);
  if (to_upstream_.covers(*wanted_))
    wanted_.reset();
  else if (progress)
    ask_upstream(actions);
  else
    // It knows no more than before: no haste.
    start(lockstep_timer::answer, actions);
  return actions;
}

// -- timers -------------------------------------------------------------------

bool& lockstep::is_running(lockstep_timer which) {
  return which == lockstep_timer::answer ? answer_timer_ : request_timer_;
}

milliseconds lockstep::delay_of(lockstep_timer which) const {
  auto& delays = settings_.policy.delays;
  if (which == lockstep_timer::answer)
    return answer_within;
  return delays.request_age.count() > 0 ? delays.request_age
                                        : delays.request_idle;
}

void lockstep::start(lockstep_timer which, lockstep_actions& to) {
  auto after = delay_of(which);
  if (after.count() > 0 && !std::exchange(is_running(which), true))
    to.emplace_back(start_timer{which, after});
}

lockstep_actions lockstep::timer_due(lockstep_timer which) {
  is_running(which) = false;
  lockstep_actions actions;
  if (!std::holds_alternative<on>(state_))
    return actions;
  if (which == lockstep_timer::request) {
    if (to_client_.size() > 0 && client_asked_at_ != to_client_.sent())
      ask_client(actions);
    return actions;
  }
  if (answer_due_)
    answer_client(actions);
  if (wanted_)
    ask_upstream(actions);
  return actions;
}

lockstep_actions lockstep::probe() const {
  if (!std::holds_alternative<on>(state_))
    return {};
  return {tell_client{std::string{request}}};
}

} // namespace causeway::protocol
