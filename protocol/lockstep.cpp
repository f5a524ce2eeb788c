/// XEP-0198 sections 3 and 4 on the two legs of a gateway; requirements.md
/// G-01 to G-16.
#include "protocol/lockstep.hpp"

#include "protocol/namespaces.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

using std::chrono::milliseconds;

/// XEP-0198 section 4 lets an answer wait for a timeout alone; this is it.
constexpr milliseconds answer_within{1000};
/// How long the client may have unacknowledged stanzas and not be asked.
constexpr milliseconds request_after{5000};
/// Servers end or cut sessions with 100 (MongooseIM) to 500 (Prosody) of them:
/// the client is asked early, whatever the configuration says.
constexpr std::uint32_t drain_at = 50;
/// The server counts its time from when it notices the loss, the client from
/// when it does.
constexpr std::uint32_t margin_seconds = 10;

constexpr std::string_view request = "<r xmlns='urn:xmpp:sm:3'/>";

std::string ack(std::uint32_t h) {
  return "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(h) + "'/>";
}

bool is_true(const std::string* x) {
  return x && (*x == "true" || *x == "1");
}

// Nothing where absent or no positive number.
std::uint32_t seconds_in(const stream_element& x) {
  auto* text = x.find("max");
  return text ? parse_counter(*text).value_or(0) : 0;
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
  if (unacked > settings_.policy.max_unacked)
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

// -- XEP-0198 section 3: enabling ---------------------------------------------

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

lockstep_actions lockstep::enable(const stream_element& x) {
  auto& policy = settings_.policy;
  if (!policy.active)
    return {tell_client{sm_failed(stanza_error::feature_not_implemented)}};
  if (!settings_.upstream_offers)
    return fall_back();
  enabling next;
  next.wants_resumption =
    is_true(x.find("resume")) && policy.resumable && policy.resume_seconds > 0;
  next.max_seconds = policy.resume_seconds;
  if (auto wish = seconds_in(x))
    next.max_seconds = std::min(next.max_seconds, wish);
  element out{"enable", ns::stream_management};
  if (next.wants_resumption)
    out.set("resume", "true").set("max", std::to_string(next.max_seconds));
  state_ = next;
  return {tell_upstream{to_xml(out)}};
}

lockstep_actions lockstep::upstream_nonza(const stream_element& x) {
  if (auto* waiting = std::get_if<enabling>(&state_)) {
    if (x.name == "enabled")
      return enabled(*waiting, x);
    return x.name == "failed" ? fall_back() : lockstep_actions{};
  }
  if (!std::holds_alternative<on>(state_))
    return {};
  // At once, whatever the client does: a server drops those that are silent
  // (G-14).
  if (x.name == "r")
    return {tell_upstream{ack(to_client_.acked())}};
  return x.name == "a" ? upstream_acked(x) : lockstep_actions{};
}

lockstep_actions lockstep::enabled(
  const enabling& state, const stream_element& x) {
  auto* id = x.find("id");
  if (!state.wants_resumption || !is_true(x.find("resume")) || !id
      || id->empty())
    return begin(state.asked, element{"enabled", ns::stream_management}, 0);
  auto seconds = state.max_seconds;
  if (auto theirs = seconds_in(x))
    seconds = std::min(
      seconds, theirs > margin_seconds ? theirs - margin_seconds : theirs);
  auto* location = x.find("location");
  seal_upstream_id action{*id, location ? *location : std::string{}};
  state_ = sealing{state, seconds};
  return {std::move(action)};
}

lockstep_actions lockstep::id_sealed(std::string_view id) {
  auto* now = std::get_if<sealing>(&state_);
  if (!now)
    return {};
  element out{"enabled", ns::stream_management};
  if (id.empty())
    return begin(now->before.asked, out, 0);
  out.set("id", id).set("resume", "true");
  out.set("max", std::to_string(now->max_seconds));
  return begin(now->before.asked, out, now->max_seconds);
}

lockstep_actions lockstep::begin(
  bool asked, const element& enabled, std::uint32_t max_seconds) {
  state_ = on{};
  lockstep_actions actions{
    lockstep_begun{max_seconds}, tell_client{to_xml(enabled)}};
  if (asked)
    answer_when_known(actions);
  return actions;
}

lockstep_actions lockstep::fall_back() {
  auto* waiting = std::get_if<enabling>(&state_);
  auto asked = waiting && waiting->asked;
  state_ = at_edge{};
  auto received = to_upstream_.sent();
  lockstep_actions actions{count_at_edge{received},
    tell_client{to_xml(element{"enabled", ns::stream_management})}};
  if (asked)
    actions.emplace_back(tell_client{ack(received)});
  return actions;
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
  lockstep_actions actions;
  // The server has less to keep, asked or not (G-15).
  if (*h != before)
    actions.emplace_back(tell_upstream{ack(*h)});
  if (to_client_.size() > 0)
    start(lockstep_timer::request, actions);
  return actions;
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

void lockstep::start(lockstep_timer which, lockstep_actions& to) {
  if (std::exchange(is_running(which), true))
    return;
  to.emplace_back(start_timer{
    which, which == lockstep_timer::answer ? answer_within : request_after});
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
