#include "actors/stream_settings.hpp"

#include <algorithm>
#include <chrono>

namespace causeway {

namespace {

// Who names no domain, or no domain of ours, is answered in this name.
std::string default_domain_of(const config::configuration& x) {
  auto is_name = [](auto& y) { return y.first.front() != '*'; };
  auto i = std::find_if(x.domains.begin(), x.domains.end(), is_name);
  return i == x.domains.end() ? std::string{} : i->first;
}

std::uint32_t in_seconds(std::chrono::milliseconds x) {
  return static_cast<std::uint32_t>(
    std::chrono::ceil<std::chrono::seconds>(x).count());
}

} // namespace

std::map<std::string, config::domain> local_domains(
  const config::configuration& x) {
  std::map<std::string, config::domain> out;
  for (auto& [name, domain] : x.domains)
    if (domain.upstream.empty())
      out.emplace(name, domain);
  return out;
}

std::vector<std::string> gateway_domains(const config::configuration& x) {
  std::vector<std::string> out;
  for (auto& [name, domain] : x.domains)
    if (!domain.upstream.empty())
      out.push_back(name);
  return out;
}

std::set<std::string> edge_resume_domains(const config::configuration& x) {
  std::set<std::string> out;
  for (auto& [name, domain] : x.domains)
    if (!domain.upstream.empty() && domain.edge_resume)
      out.insert(name);
  return out;
}

std::map<std::string, std::uint32_t, std::less<>> resume_seconds_of(
  const config::configuration& x) {
  std::map<std::string, std::uint32_t, std::less<>> out;
  auto& other = x.stream.management.resume_timeout;
  for (auto& [name, domain] : x.domains)
    out.emplace(name, in_seconds(domain.resume_timeout.value_or(other)));
  return out;
}

protocol::sm_settings management_of(const config::stream_management& x) {
  return {x.active, x.unsolicited_ack_frequency, x.request_frequency,
    x.max_unacked, x.max_unacked_bytes, in_seconds(x.resume_timeout),
    x.unsolicited_ack_bytes,
    {x.unsolicited_ack_interval, x.request_idle, x.request_age}};
}

protocol::stream_settings negotiation_of(const config::configuration& x) {
  protocol::stream_settings y;
  for (auto& [name, domain] : local_domains(x))
    y.domains[name] = domain.auth;
  for (auto& name : gateway_domains(x))
    y.upstream.insert(name);
  y.validate_host = x.stream.validate_host;
  y.default_domain = default_domain_of(x);
  y.offer_sm = x.stream.management.active;
  // A domain without has no session that could be found.
  y.offer_resume = std::ranges::any_of(
    resume_seconds_of(x), [](auto& domain) { return domain.second > 0; });
  y.max_auth_failures = x.stream.max_auth_failures;
  y.limits_before_auth.max_bytes = x.websocket.max_message_before_auth;
  y.limits.max_bytes = x.websocket.max_message;
  y.limits.idle_seconds =
    static_cast<std::uint32_t>(x.websocket.idle_timeout.count() / 1000);
  return y;
}

protocol::xml_limits client_limits_of(const config::configuration& x) {
  protocol::xml_limits y;
  y.max_bytes = x.websocket.max_message;
  y.max_depth = x.stream.limits.max_depth;
  y.max_attributes = x.stream.limits.max_attributes;
  y.max_tags = x.stream.limits.max_tags;
  return y;
}

protocol::xml_limits server_limits_of(const config::configuration& x) {
  constexpr std::uint32_t more = 8;
  auto y = client_limits_of(x);
  y.max_bytes = x.gateway.max_stanza;
  y.max_tags *= more;
  y.max_namespaces *= more;
  return y;
}

} // namespace causeway
