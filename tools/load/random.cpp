/// Cheap randomness for a client that has nothing to protect.
#include "tools/load/random.hpp"

#include <random>
#include <string_view>

namespace causeway::load {

std::uint64_t random_bits() {
  static std::mt19937_64 engine{std::random_device{}()};
  return engine();
}

std::string random_text(std::size_t size) {
  constexpr std::string_view alphabet =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string result;
  while (result.size() < size)
    result += alphabet[random_bits() % alphabet.size()];
  return result;
}

} // namespace causeway::load
