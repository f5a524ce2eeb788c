#pragma once

#include "protocol/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

class io_threads;

/// One SRV record (RFC 2782).
struct srv_record {
  std::string target;
  std::uint16_t port = 0;
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  /// Seconds for which it may be kept.
  std::uint32_t ttl = 0;
};

/// Why a name has no answer.
struct dns_error {
  /// The name or the record does not exist; asking again will not help soon.
  bool absent = false;
  std::string detail;
};

/// DNS without blocking, on the io threads. Every member may be called from
/// any thread; calls back from an io thread, once, also at the end of the
/// resolver, with an error.
class resolver {
 public:
  using srv_answer = protocol::result<std::vector<srv_record>, dns_error>;
  /// "192.0.2.1", "2001:db8::1": IPv6 and IPv4 as RFC 6724 orders them.
  using host_answer = protocol::result<std::vector<std::string>, dns_error>;

  virtual ~resolver() = default;

  /// Records of `name`, e.g. "_xmpps-client._tcp.example.org", in the order of
  /// the answer.
  virtual void find_srv(
    std::string name, std::function<void(srv_answer)> done) = 0;

  /// Addresses of `name`, also from /etc/hosts; an address is its own answer.
  virtual void find_host(
    std::string name, std::function<void(host_answer)> done) = 0;
};

/// Asks `name_servers` ("127.0.0.1:53", "[::1]:53"), or those of the system if
/// empty.
protocol::result<std::shared_ptr<resolver>, std::string> make_resolver(
  io_threads& threads, const std::vector<std::string>& name_servers);

} // namespace causeway
