#pragma once

#include "actors/transport/tls_context.hpp"
#include "protocol/result.hpp"

#include <string>
#include <vector>

namespace causeway {

/// Makes a self-signed ECDSA P-256 certificate for localhost, 127.0.0.1, ::1
/// and `domains` in `folder` (made if missing), or uses the one made there
/// before unless it has expired or lacks one of the domains. The key is for
/// its owner only. The error names file and reason.
protocol::result<certificate_files, std::string> development_certificate(
  const std::string& folder, const std::vector<std::string>& domains);

} // namespace causeway
