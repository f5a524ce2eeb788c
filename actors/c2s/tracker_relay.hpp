#pragma once

#include "actors/interfaces.hpp"
#include "protocol/lockstep.hpp"

#include <string>

namespace causeway {

/// The phase of a tracker whose session lives in an upstream server: counts in
/// step with that, and keeps no stanza, since the server does.
struct tracker_relay {
  std::string full;
  std::string domain;
  upstream_link_actor link;
  protocol::lockstep lockstep;
};

} // namespace causeway
