#pragma once

#include "actors/handle_cell.hpp"
#include "actors/upstream/upstream.hpp"
#include "protocol/result.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace causeway {

/// One gateway domain of a node: what its actor and its links are made of.
struct gateway_domain {
  std::string name;
  std::shared_ptr<const upstream_parts> parts;
};

/// Reads certificates and pins, and sets up DNS where a gateway needs it. The
/// error names the domain and what is wrong. What is among those `before` keeps
/// its actor, its load, and, with the same name servers, its DNS.
protocol::result<std::vector<gateway_domain>, std::string>
prepare_gateway_domains(const config::configuration& x, io_threads& threads,
  std::shared_ptr<counters> count,
  const std::vector<gateway_domain>& before = {});

} // namespace causeway
