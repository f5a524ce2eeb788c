#pragma once

#include "actors/transport/tls_context.hpp"
#include "config/config.hpp"
#include "protocol/result.hpp"

#include <memory>
#include <string>

namespace causeway {

/// How the certificate of an upstream server is judged.
struct client_tls {
  tls_context_ptr context;
  /// Name that it must have (RFC 9525); empty: the XMPP domain.
  std::string name;
  /// SHA-256 of the public key that it must have; empty: the chain is checked.
  std::string pin;
};

using client_tls_ptr = std::shared_ptr<const client_tls>;

/// Reads `ca` and `pin` of one upstream entry. The error names file or key and
/// the reason.
protocol::result<client_tls_ptr, std::string> load_client_tls(
  const config::upstream& x);

} // namespace causeway
