#include "actors/random_text.hpp"

#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace causeway {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    auto n = ::getrandom(bytes.data() + filled, count - filled, 0);
    if (n < 0 && errno != EINTR)
      throw std::system_error{errno, std::generic_category(), "getrandom"};
    if (n > 0)
      filled += static_cast<std::size_t>(n);
  }
  return bytes;
}

std::string random_text() {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(32);
  for (unsigned char c : random_bytes(16)) {
    text += digits[c >> 4];
    text += digits[c & 15];
  }
  return text;
}

} // namespace causeway
