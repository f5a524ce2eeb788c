/// XEP-0198, sections 3 (enable), 4 (acks) and 6 (errors).
#include "protocol/stream_management.hpp"

#include "protocol/namespaces.hpp"

#include <charconv>

namespace causeway::protocol {

namespace {

constexpr std::string_view request = "<r xmlns='urn:xmpp:sm:3'/>";

std::string ack(std::uint32_t h) {
  return "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(h) + "'/>";
}

sm_actions fail(std::string text, std::string application = {}) {
  return {sm_fail_stream{stream_error::undefined_condition, std::move(text),
    std::move(application)}};
}

} // namespace

std::string sm_failed(stanza_error condition) {
  std::string out = "<failed xmlns='urn:xmpp:sm:3'><";
  out += to_string(condition);
  out += " xmlns='";
  out += ns::stanza_errors;
  out += "'/></failed>";
  return out;
}

std::optional<std::uint32_t> stream_management::parse_h(
  const stream_element& x) {
  auto* text = x.find("h");
  if (!text)
    return std::nullopt;
  std::string_view digits = *text;
  if (digits.starts_with('+'))
    digits.remove_prefix(1);
  std::uint32_t value = 0;
  auto end = digits.data() + digits.size();
  auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

std::uint32_t stream_management::received() const {
  auto* on = std::get_if<enabled>(&state_);
  return on ? on->received : 0;
}

void stream_management::enable_at(std::uint32_t received) {
  state_ = enabled{received};
}

sm_actions stream_management::stanza_received() {
  auto* on = std::get_if<enabled>(&state_);
  if (!on)
    return {};
  ++on->received;
  auto n = settings_.unsolicited_ack_frequency;
  if (n <= 0 || on->received % static_cast<std::uint32_t>(n) != 0)
    return {};
  return {sm_send{ack(on->received)}};
}

sm_actions stream_management::stanza_sent(
  std::size_t unacked, std::size_t unacked_bytes) {
  if (!is_enabled())
    return {};
  if (unacked > settings_.max_unacked
      || unacked_bytes > settings_.max_unacked_bytes)
    return {sm_fail_stream{stream_error::policy_violation,
      "Too many stanzas are not acknowledged.", {}}};
  auto n = settings_.request_frequency;
  if (n == 0 || unacked % n != 0)
    return {};
  return {sm_send{std::string{request}}};
}

sm_actions stream_management::probe() const {
  if (!is_enabled())
    return {};
  return {sm_send{std::string{request}}};
}

sm_actions stream_management::handle_nonza(const stream_element& x,
  std::optional<std::uint32_t> h, ack_verdict verdict, std::uint32_t sent) {
  if (x.name == "r")
    return is_enabled() ? sm_actions{sm_send{ack(received())}} : sm_actions{};
  if (x.name == "a")
    return is_enabled() ? handle_ack(x, h, verdict, sent) : sm_actions{};
  if (x.name == "enable")
    return handle_enable();
  // After bind, `<resume/>` and everything unknown come at the wrong time.
  return {sm_send{sm_failed(stanza_error::unexpected_request)}};
}

sm_actions stream_management::handle_enable() {
  if (!settings_.active)
    return {sm_send{sm_failed(stanza_error::feature_not_implemented)}};
  if (is_enabled())
    return {sm_send{sm_failed(stanza_error::unexpected_request)}};
  state_ = enabled{};
  return {sm_enabled{}, sm_send{"<enabled xmlns='urn:xmpp:sm:3'/>"}};
}

sm_actions stream_management::handle_ack(const stream_element& x,
  std::optional<std::uint32_t> h, ack_verdict verdict,
  std::uint32_t sent) const {
  if (!h)
    // No `h` at all is ignored, as Openfire does; a bad one is misuse.
    return x.find("h") ? fail("The h attribute is not an unsigned integer.")
                       : sm_actions{};
  switch (verdict) {
  case ack_verdict::stale: return {};
  case ack_verdict::progress: return {sm_acknowledge{*h}};
  case ack_verdict::too_high: break;
  }
  return fail("You acknowledged stanzas that were not sent to you.",
    "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='" + std::to_string(*h)
      + "' send-count='" + std::to_string(sent) + "'/>");
}

} // namespace causeway::protocol
