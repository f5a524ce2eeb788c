/// XEP-0198, sections 3 (enable), 4 (acks), 5 (resumption) and 6 (errors).
#include "protocol/stream_management.hpp"

#include "protocol/element.hpp"
#include "protocol/namespaces.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace causeway::protocol {

namespace {

constexpr std::string_view request = "<r xmlns='urn:xmpp:sm:3'/>";
constexpr std::string_view not_resumable = "<enabled xmlns='urn:xmpp:sm:3'/>";

std::string ack(std::uint32_t h) {
  return "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(h) + "'/>";
}

sm_actions fail(std::string text, std::string application = {}) {
  return {sm_fail_stream{stream_error::undefined_condition, std::move(text),
    std::move(application)}};
}

// S04: the values of xs:boolean; what is none of them is no wish.
bool wants_resumption(const stream_element& enable) {
  auto* wish = enable.find("resume");
  return wish && (*wish == "true" || *wish == "1");
}

// The window that the client asks for; what is no positive number is no wish.
std::uint32_t wanted_seconds(const stream_element& enable) {
  constexpr auto any = std::numeric_limits<std::uint32_t>::max();
  auto* text = enable.find("max");
  auto seconds = text ? parse_counter(*text) : std::nullopt;
  return seconds.value_or(0) > 0 ? *seconds : any;
}

std::string attribute_text(std::string_view name, std::string_view value) {
  auto out = ' ' + std::string{name} + "='";
  append_escaped(out, value);
  return out += '\'';
}

} // namespace

std::string sm_failed(stanza_error condition, std::optional<std::uint32_t> h) {
  std::string out = "<failed xmlns='urn:xmpp:sm:3'";
  if (h)
    out += attribute_text("h", std::to_string(*h));
  out += "><";
  out += to_string(condition);
  out += " xmlns='";
  out += ns::stanza_errors;
  out += "'/></failed>";
  return out;
}

std::optional<std::uint32_t> parse_counter(std::string_view digits) {
  if (digits.starts_with('+'))
    digits.remove_prefix(1);
  std::uint32_t value = 0;
  auto end = digits.data() + digits.size();
  auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

std::optional<std::uint32_t> stream_management::parse_h(
  const stream_element& x) {
  auto* text = x.find("h");
  return text ? parse_counter(*text) : std::nullopt;
}

bool stream_management::is_attached() const {
  auto* on = std::get_if<enabled>(&state_);
  return !on || on->attached;
}

bool stream_management::is_resumable() const {
  auto* on = std::get_if<enabled>(&state_);
  return on && on->window;
}

std::uint32_t stream_management::window() const {
  auto* on = std::get_if<enabled>(&state_);
  return on ? on->window.value_or(0) : 0;
}

std::uint32_t stream_management::received() const {
  if (auto* waiting = std::get_if<granting>(&state_))
    return waiting->received;
  auto* on = std::get_if<enabled>(&state_);
  return on ? on->received : 0;
}

void stream_management::enable_at(std::uint32_t received) {
  if (auto* waiting = std::get_if<granting>(&state_))
    waiting->received = received;
  else if (auto* on = std::get_if<enabled>(&state_))
    on->received = received;
  else
    state_ = enabled{received, std::nullopt, true};
}

// -- section 4: acks ----------------------------------------------------------

sm_actions stream_management::stanza_received(std::size_t bytes) {
  if (auto* waiting = std::get_if<granting>(&state_))
    ++waiting->received;
  auto* on = std::get_if<enabled>(&state_);
  if (!on)
    return {};
  ++on->received;
  if (!on->attached)
    return {};
  untold_bytes_ += bytes;
  if (is_ack_due(*on))
    return {tell()};
  timing_.received();
  return with_timer();
}

bool stream_management::is_ack_due(const enabled& on) const {
  auto n = settings_.unsolicited_ack_frequency;
  auto bytes = settings_.unsolicited_ack_bytes;
  return (n > 0 && on.received % static_cast<std::uint32_t>(n) == 0)
         || (bytes > 0 && untold_bytes_ >= bytes);
}

sm_send stream_management::tell() {
  untold_bytes_ = 0;
  timing_.acknowledged();
  return {ack(received())};
}

sm_send stream_management::ask() {
  timing_.requested();
  asked_ = true;
  return {std::string{request}};
}

sm_actions stream_management::with_timer(sm_actions actions) {
  if (auto after = timing_.start())
    actions.push_back(sm_start_timer{*after});
  return actions;
}

sm_actions stream_management::stanza_sent(
  std::size_t unacked, std::size_t unacked_bytes) {
  if (!is_enabled())
    return {};
  if (unacked > settings_.max_unacked + more_unacked_
      || unacked_bytes > settings_.max_unacked_bytes + more_unacked_bytes_)
    return {sm_fail_stream{stream_error::policy_violation,
      "Too many stanzas are not acknowledged.", {}}};
  if (!is_attached())
    return {};
  auto n = settings_.request_frequency;
  auto is_due = n != 0 && unacked % n == 0;
  if (is_due || (!asked_ && is_crowded(unacked, unacked_bytes)))
    return {ask()};
  timing_.sent();
  return with_timer();
}

sm_actions stream_management::apply(
  const sm_settings& settings, std::size_t unacked, std::size_t unacked_bytes) {
  auto active = settings_.active;
  auto before = std::exchange(settings_, settings);
  settings_.active = active;
  timing_.apply(settings.delays);
  auto is_much = is_crowded(unacked, unacked_bytes);
  // Never more room than there was.
  auto more = [is_much](auto was, auto now, auto owed) {
    return is_much && was > now ? std::min(was - now, owed) : 0;
  };
  more_unacked_ =
    more(before.max_unacked + more_unacked_, settings_.max_unacked, unacked);
  more_unacked_bytes_ = more(before.max_unacked_bytes + more_unacked_bytes_,
    settings_.max_unacked_bytes, unacked_bytes);
  return is_enabled() && is_attached() ? with_timer() : sm_actions{};
}

sm_actions stream_management::probe() {
  if (!is_enabled() || !is_attached())
    return {};
  return {ask()};
}

sm_actions stream_management::timer_due() {
  auto due = timing_.due();
  sm_actions actions;
  if (due.acknowledge)
    actions.push_back(tell());
  if (due.request)
    actions.push_back(ask());
  return with_timer(std::move(actions));
}

sm_actions stream_management::handle_nonza(const stream_element& x,
  std::optional<std::uint32_t> h, ack_verdict verdict, std::uint32_t sent) {
  if (x.name == "r")
    return handle_request();
  if (x.name == "a")
    return is_enabled() ? handle_ack(x, h, verdict, sent) : sm_actions{};
  if (x.name == "enable")
    return handle_enable(x);
  // After bind, `<resume/>` and everything unknown come at the wrong time.
  return {sm_send{sm_failed(stanza_error::unexpected_request)}};
}

sm_actions stream_management::handle_request() {
  if (auto* waiting = std::get_if<granting>(&state_))
    waiting->asked = true;
  return is_enabled() && is_attached() ? sm_actions{tell()} : sm_actions{};
}

sm_actions stream_management::handle_ack(const stream_element& x,
  std::optional<std::uint32_t> h, ack_verdict verdict, std::uint32_t sent) {
  if (!h)
    // No `h` at all is ignored, as Openfire does; a bad one is misuse.
    return x.find("h") ? fail("The h attribute is not an unsigned integer.")
                       : sm_actions{};
  asked_ = false;
  switch (verdict) {
  case ack_verdict::stale: return {};
  case ack_verdict::progress:
    more_unacked_ = std::min<std::size_t>(more_unacked_, sent - *h);
    if (*h == sent)
      more_unacked_bytes_ = 0;
    // Nothing is left to ask for.
    if (*h == sent)
      timing_.requested();
    return {sm_acknowledge{*h}};
  case ack_verdict::too_high: break;
  }
  return fail("You acknowledged stanzas that were not sent to you.",
    "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='" + std::to_string(*h)
      + "' send-count='" + std::to_string(sent) + "'/>");
}

// -- section 3: enabling ------------------------------------------------------

sm_actions stream_management::handle_enable(const stream_element& x) {
  if (!settings_.active)
    return {sm_send{sm_failed(stanza_error::feature_not_implemented)}};
  if (!std::holds_alternative<disabled>(state_))
    return {sm_send{sm_failed(stanza_error::unexpected_request)}};
  auto allowed = settings_.resume_seconds;
  if (allowed == 0 || !wants_resumption(x))
    return become_enabled(std::nullopt, std::string{not_resumable});
  state_ = granting{};
  return {sm_grant{std::min(allowed, wanted_seconds(x))}};
}

sm_actions stream_management::begin_at(
  std::uint32_t received, bool asked, std::uint32_t max_seconds) {
  if (!std::holds_alternative<disabled>(state_))
    return {};
  state_ = granting{received, asked};
  return max_seconds > 0 ? sm_actions{sm_grant{max_seconds}}
                         : refuse_resumption();
}

sm_actions stream_management::grant(
  std::string_view id, std::uint32_t max_seconds) {
  if (!std::holds_alternative<granting>(state_))
    return {};
  return become_enabled(
    max_seconds, "<enabled xmlns='urn:xmpp:sm:3'" + attribute_text("id", id)
                   + " resume='true'"
                   + attribute_text("max", std::to_string(max_seconds)) + "/>");
}

sm_actions stream_management::refuse_resumption() {
  if (!std::holds_alternative<granting>(state_))
    return {};
  return become_enabled(std::nullopt, std::string{not_resumable});
}

sm_actions stream_management::become_enabled(
  std::optional<std::uint32_t> window, std::string answer) {
  auto* waiting = std::get_if<granting>(&state_);
  auto before = waiting ? *waiting : granting{};
  state_ = enabled{before.received, window, true};
  sm_actions actions{sm_enabled{}, sm_send{std::move(answer)}};
  if (before.asked)
    actions.push_back(tell());
  else if (before.received > 0)
    timing_.received();
  return with_timer(std::move(actions));
}

// -- section 5: resumption ----------------------------------------------------

// Its client hears all of it when it comes back.
void stream_management::detach() {
  auto* on = std::get_if<enabled>(&state_);
  if (!on)
    return;
  on->attached = false;
  asked_ = false;
  untold_bytes_ = 0;
  timing_.acknowledged();
  timing_.requested();
}

void stream_management::attach() {
  if (auto* on = std::get_if<enabled>(&state_))
    on->attached = true;
}

sm_actions stream_management::resumed(std::string_view previd) {
  if (!is_resumable())
    return {};
  attach();
  return {
    sm_send{"<resumed xmlns='urn:xmpp:sm:3'" + attribute_text("previd", previd)
            + attribute_text("h", std::to_string(received())) + "/>"}};
}

} // namespace causeway::protocol
