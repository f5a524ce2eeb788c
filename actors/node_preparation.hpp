#pragma once

#include "actors/inspect/counters.hpp"
#include "actors/transport/io_threads.hpp"
#include "actors/transport/tls_context.hpp"
#include "actors/upstream/gateway_domains.hpp"
#include "config/config.hpp"
#include "config/config_error.hpp"
#include "protocol/result.hpp"
#include "protocol/sm_id.hpp"

#include <memory>
#include <vector>

namespace causeway {

/// A configuration with all that it needs from outside: what can fail has been
/// done, and nothing of it is in force yet. Only listeners are left to open.
struct prepared_config {
  std::shared_ptr<const config::configuration> config;
  /// By the place of the listener; null for plain ones.
  std::vector<tls_context_ptr> certificates;
  std::vector<gateway_domain> gateways;
  std::shared_ptr<const protocol::sm_key_ring> keys;
};

using prepared_config_ptr = std::shared_ptr<const prepared_config>;

/// All errors, each with its key path, and without file and line.
using preparation =
  protocol::result<prepared_config_ptr, std::vector<config::config_error>>;

/// What only OpenSSL and the keys themselves can tell of the files that the
/// configuration names. Changes nothing.
std::vector<config::config_error> check_files(const config::configuration& x);

/// The same without the files that count at the next start alone.
std::vector<config::config_error> check_live_files(
  const config::configuration& x);

/// Loads certificates and keys, and makes those that belong to the data folder,
/// which is there. Gateway domains of `before`, if not null, go on with their
/// load and their servers.
preparation prepare(std::shared_ptr<const config::configuration> x,
  io_threads& threads, std::shared_ptr<counters> count,
  const prepared_config* before);

} // namespace causeway
