#pragma once

#include <cstdint>
#include <string>

namespace causeway::load {

/// Random bits for mask keys and nonces; good for no secret.
std::uint64_t random_bits();

/// `size` random letters and digits.
std::string random_text(std::size_t size);

} // namespace causeway::load
