#pragma once

#include "config/config.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/stream.hpp"
#include "protocol/stream_management.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace causeway {

/// The domains of a configuration that are served here, without gateways.
std::map<std::string, config::domain> local_domains(
  const config::configuration& x);

/// Names and patterns of the domains that upstream servers serve.
std::vector<std::string> gateway_domains(const config::configuration& x);

/// Those of them whose sessions are held here where their servers cannot resume
/// them.
std::set<std::string> edge_resume_domains(const config::configuration& x);

/// How long sessions wait for their client to resume them, by domain.
std::map<std::string, std::uint32_t, std::less<>> resume_seconds_of(
  const config::configuration& x);

/// What the machines of `protocol` need of the configuration, in their words.
protocol::stream_settings negotiation_of(const config::configuration& x);
protocol::sm_settings management_of(const config::stream_management& x);

/// Limits on what a client sends, and on what an upstream server sends: that
/// is trusted more, since rosters and archives are large.
protocol::xml_limits client_limits_of(const config::configuration& x);
protocol::xml_limits server_limits_of(const config::configuration& x);

} // namespace causeway
