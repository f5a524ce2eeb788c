#pragma once

#include "config/config.hpp"

#include <string>
#include <string_view>

namespace causeway {

/// What opens a connection to a server that is to know whose it is (PROXY
/// protocol, versions 1 and 2); empty for `none`. `client` and `server`, the
/// address that the client has reached, are "203.0.113.7:54321" or
/// "[2001:db8::1]:54321". If one is IPv4 and one IPv6, both are told as IPv6.
/// If one is no address, the header says that nothing is known.
std::string proxy_header(config::proxy_protocol version,
  std::string_view client, std::string_view server);

} // namespace causeway
