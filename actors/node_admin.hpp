#pragma once

#include "actors/handle_cell.hpp"
#include "actors/interfaces.hpp"
#include "actors/transport/admin_server.hpp"

#include <memory>
#include <string>

namespace causeway {

class io_threads;

/// Opens the HTTP endpoint of a node, with its tokens and certificate; null if
/// the configuration has none. The error is a sentence for the operator.
protocol::result<std::shared_ptr<admin_server>, std::string>
open_admin_endpoint(const config::configuration& config, io_threads& threads,
  std::shared_ptr<handle_cell<admin_actor>> admin);

/// Its certificate; null for plain HTTP.
protocol::result<tls_context_ptr, std::string> load_admin_certificate(
  const config::configuration& config);

} // namespace causeway
