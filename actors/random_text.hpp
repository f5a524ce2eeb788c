#pragma once

#include <cstddef>
#include <string>

namespace causeway {

/// Unpredictable bytes of the operating system as lower-case hexadecimal: 128
/// bits, for stream ids, nonces and resources.
std::string random_text();

/// Unpredictable raw bytes.
std::string random_bytes(std::size_t count);

} // namespace causeway
