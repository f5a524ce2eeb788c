#pragma once

#include "actors/transport/upgrade.hpp"

#include <string_view>

namespace causeway {

/// What a person sees who opens the endpoint in a browser: what this is and
/// how to connect. Needs no other resource.
http_reply landing_page(
  std::string_view host, std::string_view path, bool secure);

} // namespace causeway
