#pragma once

#include <string>
#include <string_view>

namespace causeway {

/// The network that stands for one client, of "IPv4:PORT" or "[IPv6]:PORT":
/// four bytes, or the first eight of IPv6, since a subscriber has 64 bits to
/// choose from and changes among them. Empty if the text is none of both.
std::string client_network(std::string_view address);

} // namespace causeway
