#pragma once

#include "actors/transport/client_tls.hpp"
#include "actors/transport/resolver.hpp"
#include "actors/transport/upstream_transport.hpp"
#include "config/config.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace causeway {

class io_threads;

/// One place where an upstream server may listen.
struct upstream_target {
  /// What health is kept for, and operators see: "10.0.0.5:5222".
  std::string endpoint;
  /// Name or address; a name is resolved when its turn comes.
  std::string host;
  std::uint16_t port = 0;
  config::upstream_tls mode = config::upstream_tls::starttls;
  /// Null only where `mode` is none.
  client_tls_ptr tls;
  config::proxy_protocol proxy = config::proxy_protocol::none;
};

/// What a connect is to do.
struct connect_request {
  /// In the order in which they are tried.
  std::vector<upstream_target> targets;
  /// Name for SNI and certificate where a target's `tls` names none.
  std::string domain;
  /// The client's address and the one it reached, for the PROXY protocol:
  /// "203.0.113.7:54321".
  std::string client;
  std::string server;
  /// Over everything until TLS is up, or TCP where TLS comes later.
  std::chrono::milliseconds budget{15'000};
  std::chrono::milliseconds attempt_delay{250};
};

/// An endpoint that did not work, and why, for operators.
struct connect_failure {
  std::string endpoint;
  std::string detail;
  /// TLS, not TCP, failed.
  bool tls = false;
  /// The endpoint is to blame, and not DNS or a budget that was too small.
  bool counts = false;
};

/// What came of it. Without socket: all targets failed.
struct connect_outcome {
  upstream_transport_ptr socket;
  upstream_target target;
  /// TLS is up.
  bool secure = false;
  /// The server's address is a loopback address.
  bool loopback = false;
  /// The address that was reached.
  std::string address;
  std::vector<connect_failure> failures;
};

/// A connect under way; dropping it cancels, and nothing is called back.
class upstream_attempt {
 public:
  virtual ~upstream_attempt() = default;
};

/// Resolves, connects by RFC 8305 (each further address of a target after
/// `attempt_delay` or the failure of one before; families alternate), says the
/// PROXY header, does direct TLS. The next target comes when one has failed, or
/// hangs: in TCP for four times the delay and at least a second; in DNS or TLS
/// for its share of the budget. Calls back once, from any thread.
std::unique_ptr<upstream_attempt> connect_upstream(io_threads& threads,
  std::shared_ptr<resolver> names, connect_request request,
  std::function<void(connect_outcome)> done);

} // namespace causeway
