#pragma once

#include "protocol/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace causeway {

/// "127.0.0.1:7070" or "[::1]:7070".
inline std::string to_text(const boost::asio::ip::tcp::endpoint& x) {
  auto address = x.address().to_string();
  if (x.address().is_v6())
    address = "[" + address + "]";
  return address + ":" + std::to_string(x.port());
}

/// Reads what `to_text` writes; the error begins with the text.
protocol::result<boost::asio::ip::tcp::endpoint, std::string> parse_endpoint(
  const std::string& text);

} // namespace causeway
