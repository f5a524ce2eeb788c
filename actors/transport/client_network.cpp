#include "actors/transport/client_network.hpp"

#include "config/address.hpp"

namespace causeway {

std::string client_network(std::string_view address) {
  auto x = config::parse_address(address);
  if (!x)
    return {};
  return {x->host.begin(), x->host.begin() + (x->v6 ? 8 : 4)};
}

} // namespace causeway
