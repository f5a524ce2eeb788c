/// RFC 2782 and XEP-0368 section 3: the order in which the servers behind SRV
/// records are tried. Pure.
#pragma once

#include "actors/transport/resolver.hpp"
#include "config/config.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace causeway {

/// A server that records lead to, and how TLS begins there.
struct srv_endpoint {
  std::string host;
  std::uint16_t port = 0;
  config::upstream_tls mode = config::upstream_tls::starttls;

  bool operator==(const srv_endpoint&) const = default;
};

/// All records say that there is no such service; A and AAAA must not be asked
/// for in their place.
struct service_not_offered {};

/// Orders the records of `_xmpps-client` and `_xmpp-client` in one list: by
/// priority, and direct TLS first where it is equal; among equals what is
/// `wanted` most, which has to know of weights. Without records the list is
/// empty.
protocol::result<std::vector<srv_endpoint>, service_not_offered> order_srv(
  std::vector<srv_record> direct, std::vector<srv_record> starttls,
  const std::function<double(const srv_record&)>& wanted);

} // namespace causeway
