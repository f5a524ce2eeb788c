#pragma once

#include "actors/transport/resolver.hpp"

#include <cstdint>
#include <span>

struct ares_addrinfo;

namespace causeway {

/// Errors are those of c-ares, "ARES_ENOTFOUND" and so on.
dns_error make_dns_error(int status);

/// Reads the answer to a query for SRV records (RFC 2782). All get the
/// smallest TTL of the answer.
resolver::srv_answer read_srv_answer(std::span<const unsigned char> message);

/// Copies the addresses.
resolver::host_answer read_addresses(const ares_addrinfo& list);

/// Seconds for which all records in the answer section of a DNS message (RFC
/// 1035 section 4) may be kept; 0 if there are none, or if it is malformed.
std::uint32_t smallest_ttl(std::span<const unsigned char> message);

} // namespace causeway
