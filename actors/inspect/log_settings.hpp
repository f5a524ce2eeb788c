#pragma once

#include "actors/inspect/event_log.hpp"
#include "config/config.hpp"

namespace causeway {

/// What the configuration says of the log.
log_settings log_settings_of(const config::log& x);

} // namespace causeway
