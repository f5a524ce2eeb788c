#pragma once

#include "config/config.hpp"
#include "protocol/result.hpp"
#include "protocol/sm_id.hpp"

#include <memory>
#include <string>

namespace causeway {

/// Reads the keys that seal the ids of sessions; without any in the
/// configuration, `sm.key` in the data folder, which is made if it is missing.
/// The error names the file and what is wrong with it.
protocol::result<std::shared_ptr<const protocol::sm_key_ring>, std::string>
load_sm_keys(const config::configuration& x);

} // namespace causeway
