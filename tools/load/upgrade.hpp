#pragma once

#include "tools/load/url.hpp"

#include <string>
#include <string_view>

namespace causeway::load {

/// The opening handshake of a client, RFC 6455 section 4.1, that asks for the
/// subprotocol `xmpp` (RFC 7395 section 3.1). `key` is base64 of 16 bytes.
std::string upgrade_request(const websocket_url& url, std::string_view key);

/// The value of Sec-WebSocket-Accept that proves that `key` was read.
std::string accept_value(std::string_view key);

/// Judges a response, up to and with its empty line. Empty if the connection
/// now speaks XMPP over WebSocket, else the reason why not.
std::string judge_upgrade(std::string_view response, std::string_view key);

} // namespace causeway::load
