#pragma once

#include "config/rules.hpp"

namespace causeway::config {

/// Checks the servers of every domain.
void check_upstreams(rules& broken, const configuration& x);

/// Checks the name servers and, if a domain has upstream servers, the sizes.
void check_gateway(rules& broken, const configuration& x);

} // namespace causeway::config
