/// RFC 7395 sections 3.4 to 3.6: what all streams of clients have in common,
/// whoever serves them.
#include "protocol/stream_replies.hpp"

#include "protocol/namespaces.hpp"
#include "protocol/stream_management.hpp"

#include <algorithm>
#include <optional>

namespace causeway::protocol {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

// RFC 6120 section 4.7.5. Clients that leave the version out are let in.
bool is_supported_version(const element& open) {
  auto* version = open.find("version");
  if (!version)
    return true;
  std::string_view text = *version;
  auto dot = text.find('.');
  auto major = text.substr(0, dot);
  auto minor = dot == text.npos ? "0" : text.substr(dot + 1);
  if (!is_number(major) || !is_number(minor))
    return false;
  auto first = std::min(major.find_first_not_of('0'), major.size());
  return major.substr(first) == "1";
}

// W33: TLS belongs to the WebSocket layer; such a client cannot go on.
stream_reply refuse_starttls() {
  stream_reply reply{send_text{to_xml(element{"failure", ns::tls})}};
  append(reply, finish_reply("starttls on a WebSocket"));
  return reply;
}

stream_reply refuse_compression() {
  element failure{"failure", ns::compress};
  failure.add(element{"setup-failed", ns::compress});
  return {send_text{to_xml(failure)}};
}

stream_reply refuse_management(std::string_view name) {
  if (name == "r" || name == "a")
    return {};
  return {send_text{sm_failed(stanza_error::unexpected_request)}};
}

// The client's own end of a stream, if `x` is that.
std::optional<stream_reply> farewell_reply(const element& x) {
  if (x.is("close", ns::framing))
    return finish_reply("closed by the client");
  if (x.is("error", ns::streams))
    return finish_reply("stream error from the client");
  return std::nullopt;
}

} // namespace

bool ends_stream(const stream_reply& x) {
  return !x.empty() && std::holds_alternative<close_stream>(x.back());
}

stream_reply finish_reply(std::string_view reason, std::uint16_t code) {
  return {send_text{std::string{close_element}},
    close_stream{std::string{reason}, code}};
}

stream_reply stream_error_reply(stream_error condition, std::string_view text,
  std::string_view application, std::uint16_t code) {
  stream_reply reply{send_text{to_xml(condition, text, application)}};
  append(reply, finish_reply(to_string(condition), code));
  return reply;
}

stream_reply opening_error_reply(const stream_header& header,
  stream_error condition, std::string_view text, std::uint16_t code) {
  stream_reply reply{send_text{open_element(header)}};
  append(reply, stream_error_reply(condition, text, {}, code));
  return reply;
}

stream_reply refuse_opening(
  const element& x, bool is_stanza, const stream_header& header) {
  if (auto reply = farewell_reply(x))
    return std::move(*reply);
  if (x.is("open", ns::framing)) {
    if (is_supported_version(x))
      return {};
    return opening_error_reply(header, stream_error::unsupported_version);
  }
  if (is_stanza)
    return opening_error_reply(header, stream_error::not_authorized);
  if (x.ns != ns::framing)
    return opening_error_reply(header, stream_error::invalid_namespace);
  return opening_error_reply(header, stream_error::unsupported_stanza_type);
}

stream_reply misplaced_reply(const element& x, bool is_stanza) {
  if (auto reply = farewell_reply(x))
    return std::move(*reply);
  if (x.is("open", ns::framing))
    return {};
  if (x.ns == ns::tls)
    return refuse_starttls();
  if (x.ns == ns::compress)
    return refuse_compression();
  if (x.ns == ns::stream_management)
    return refuse_management(x.name);
  if (is_stanza)
    return stream_error_reply(stream_error::not_authorized,
      "Do not send stanzas before authentication and resource binding.");
  // RFC 7395 section 3.3.3: each message declares its namespaces itself.
  if (x.ns.empty())
    return stream_error_reply(stream_error::invalid_namespace);
  return stream_error_reply(stream_error::unsupported_stanza_type);
}

stream_reply interruption_reply(const element& x, bool is_stanza) {
  if (x.ns == ns::framing || x.is("error", ns::streams))
    return misplaced_reply(x, is_stanza);
  return stream_error_reply(
    stream_error::policy_violation, "Wait for the answer.");
}

std::string sasl_failed(sasl_error condition) {
  element failure{"failure", ns::sasl};
  failure.add(element{to_string(condition), ns::sasl});
  return to_xml(failure);
}

} // namespace causeway::protocol
