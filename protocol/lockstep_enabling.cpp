/// XEP-0198 section 3 on the two legs of a gateway; G-01 to
/// G-05.
#include "protocol/lockstep.hpp"
#include "protocol/namespaces.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

/// The server counts its time from when it notices the loss, the client from
/// when it does.
constexpr std::uint32_t margin_seconds = 10;

bool is_true(const std::string* x) {
  return x && (*x == "true" || *x == "1");
}

// Nothing where absent or no positive number.
std::uint32_t seconds_in(const stream_element& x) {
  auto* text = x.find("max");
  return text ? parse_counter(*text).value_or(0) : 0;
}

} // namespace

lockstep_actions lockstep::enable(const stream_element& x) {
  auto& policy = settings_.policy;
  if (!policy.active)
    return {tell_client{sm_failed(stanza_error::feature_not_implemented)}};
  enabling next;
  next.wants_resumption =
    is_true(x.find("resume")) && policy.resume_seconds > 0;
  next.max_seconds = policy.resume_seconds;
  if (auto wish = seconds_in(x))
    next.max_seconds = std::min(next.max_seconds, wish);
  if (!settings_.upstream_offers)
    return fall_back(next, false);
  element out{"enable", ns::stream_management};
  if (next.wants_resumption)
    out.set("resume", "true").set("max", std::to_string(next.max_seconds));
  state_ = next;
  return {tell_upstream{to_xml(out)}};
}

lockstep_actions lockstep::enabled(
  const enabling& state, const stream_element& x) {
  auto* id = x.find("id");
  if (!state.wants_resumption || !is_true(x.find("resume")) || !id
      || id->empty())
    return state.wants_resumption && settings_.edge_resume
             ? fall_back(state, true)
             : begin(state.asked, element{"enabled", ns::stream_management}, 0);
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

// `state` may be the present one.
lockstep_actions lockstep::fall_back(
  const enabling& state, bool upstream_counts) {
  auto received = to_upstream_.sent();
  to_upstream_.acknowledge(received);
  auto is_held = state.wants_resumption && settings_.edge_resume;
  count_at_edge action{
    received, state.asked, is_held ? state.max_seconds : 0, upstream_counts};
  at_edge next;
  if (upstream_counts)
    next.handled = 0;
  state_ = next;
  return {action};
}

} // namespace causeway::protocol
