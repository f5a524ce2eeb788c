#pragma once

#include "protocol/element.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// What a client asks for when it binds (RFC 6120 section 7).
struct bind_wish {
  std::string id;
  /// As sent, not normalised; empty: the server chooses.
  std::string resource;
};

/// Reads `<iq type='set'><bind/></iq>`; nullopt if `x` is anything else.
std::optional<bind_wish> parse_bind(const element& x);

/// The iq result that tells the client its full JID. It carries no `from`.
std::string bind_result(std::string_view id, std::string_view full_jid);

} // namespace causeway::protocol
