#include "actors/transport/address_text.hpp"

#include <charconv>

namespace causeway {

namespace net = boost::asio;

protocol::result<net::ip::tcp::endpoint, std::string> parse_endpoint(
  const std::string& text) {
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return text + ": no port";
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  auto address = net::ip::make_address(host, error);
  if (error)
    return text + ": not an IP address";
  std::uint16_t port = 0;
  auto end = text.data() + text.size();
  auto parsed = std::from_chars(text.data() + colon + 1, end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end)
    return text + ": not a port";
  return net::ip::tcp::endpoint{address, port};
}

} // namespace causeway
