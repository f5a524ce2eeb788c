/// RFC 6120 sections 4.3.2, 6.4.1 and 7.4; XEP-0478.
#include "protocol/stream_features.hpp"

#include "protocol/namespaces.hpp"

#include <utility>

namespace causeway::protocol {

namespace {

void add_limits(element& features, const stream_limits& limits) {
  if (auto x = limits_element(limits))
    features.add(std::move(*x));
}

} // namespace

std::optional<element> limits_element(const stream_limits& limits) {
  element x{"limits", ns::stream_limits};
  auto add = [&x](std::string_view name, std::uint32_t value) {
    if (value > 0)
      x.add(element{name, ns::stream_limits}.with_text(std::to_string(value)));
  };
  add("max-bytes", limits.max_bytes);
  add("idle-seconds", limits.idle_seconds);
  return x.children.empty() ? std::nullopt : std::optional{std::move(x)};
}

std::string features_before_auth(
  std::span<const std::string> mechanisms, const stream_limits& limits) {
  element features{"features", ns::streams};
  element offered{"mechanisms", ns::sasl};
  for (auto& name : mechanisms)
    offered.add(element{"mechanism", ns::sasl}.with_text(name));
  // RFC 6120 section 6.4.1 has no empty list.
  if (!offered.children.empty())
    features.add(std::move(offered));
  add_limits(features, limits);
  return to_xml(features);
}

std::string features_after_auth(bool offer_sm, const stream_limits& limits) {
  element features{"features", ns::streams};
  features.add(element{"bind", ns::bind});
  // RFC 3921 clients look for it; RFC 6121 made it a no-op.
  element session{"session", ns::session};
  session.add(element{"optional", ns::session});
  features.add(std::move(session));
  if (offer_sm)
    features.add(element{"sm", ns::stream_management});
  add_limits(features, limits);
  return to_xml(features);
}

} // namespace causeway::protocol
