#include "actors/upstream/endpoint_search.hpp"

#include "actors/upstream/redirection.hpp"
#include "config/address.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

bool is_loopback_address(const std::string& host) {
  auto is_v6 = host.find(':') != std::string::npos;
  auto address = config::parse_host(is_v6 ? '[' + host + ']' : host);
  return address && address->is_loopback();
}

} // namespace

void endpoint_search::tried(const std::string& endpoint) {
  std::erase_if(left_, [&](auto& x) { return x.endpoint == endpoint; });
}

endpoint_search::milliseconds endpoint_search::rest(
  clock::time_point now) const {
  auto left = std::chrono::ceil<milliseconds>(deadline_ - now);
  return std::max(left, milliseconds{1});
}

endpoint_search::milliseconds endpoint_search::share(
  clock::time_point now) const {
  auto all = rest(now);
  auto part = all / static_cast<milliseconds::rep>(left_.size() + 1);
  return std::min(all, std::max(part, fair_share));
}

bool endpoint_search::is_fair(milliseconds given) const {
  return given >= std::min(fair_share, budget_ / 2);
}

protocol::result<upstream_target, not_followed> endpoint_search::follow(
  const upstream_target& from, const std::string& see_other_host) {
  auto to = parse_redirection(see_other_host);
  if (!to)
    return not_followed{"redirected to what is no host: " + see_other_host};
  // What is said in the clear must not leave this machine (G-54).
  if (from.mode == config::upstream_tls::none && !is_loopback_address(to->host))
    return not_followed{"redirected in the clear to " + see_other_host};
  if (hops_ == max_hops)
    return not_followed{"redirected too often, last to " + see_other_host};
  ++hops_;
  auto next = from;
  next.endpoint = see_other_host;
  next.host = std::move(to->host);
  if (to->port != 0)
    next.port = to->port;
  // Who is sent elsewhere need not trust the address of a client there.
  next.proxy = config::proxy_protocol::none;
  return next;
}

} // namespace causeway
