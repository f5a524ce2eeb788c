#include "actors/transport/plain_message.hpp"

#include <algorithm>
#include <cstring>

namespace causeway {

namespace {

constexpr unsigned char final_text = 0x81;
constexpr unsigned char final_bit = 0x80;
constexpr unsigned char opcode_bits = 0x0f;
constexpr unsigned char control_bit = 0x08;
constexpr unsigned char mask_bit = 0x80;
constexpr unsigned char length_bits = 0x7f;
constexpr unsigned char length_in_2 = 126;
constexpr unsigned char length_in_8 = 127;
constexpr std::size_t mask_size = 4;

unsigned char at(std::span<const char> bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

using masking_key = std::array<char, mask_size>;

/// Applies a mask, which takes it off again; true if all of the result is
/// ASCII. Nothing is passed by reference that a byte written here could change:
/// so the compiler does many at a time.
bool apply_mask(char* text, std::size_t size, masking_key mask) {
  std::uint32_t half = 0;
  std::memcpy(&half, mask.data(), mask.size());
  auto key = static_cast<std::uint64_t>(half) << 32 | half;
  std::uint64_t seen = 0;
  auto whole = size - size % sizeof(key);
  for (std::size_t i = 0; i < whole; i += sizeof(key)) {
    std::uint64_t piece = 0;
    std::memcpy(&piece, text + i, sizeof(piece));
    piece ^= key;
    std::memcpy(text + i, &piece, sizeof(piece));
    seen |= piece;
  }
  for (auto i = whole; i < size; ++i) {
    text[i] = static_cast<char>(text[i] ^ mask[i % mask.size()]);
    seen |= static_cast<unsigned char>(text[i]);
  }
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  return (seen & high_bits) == 0;
}

} // namespace

std::optional<std::string_view> take_plain_message(
  std::span<char>& bytes, std::size_t limit) {
  constexpr std::size_t short_header = 2 + mask_size;
  constexpr std::size_t long_header = 4 + mask_size;
  if (bytes.size() < short_header || at(bytes, 0) != final_text
      || (at(bytes, 1) & mask_bit) == 0)
    return std::nullopt;
  std::size_t size = at(bytes, 1) & length_bits;
  auto header = short_header;
  if (size >= length_in_2) {
    if (size == length_in_8 || bytes.size() < long_header)
      return std::nullopt;
    size = static_cast<std::size_t>(at(bytes, 2)) << 8 | at(bytes, 3);
    header = long_header;
    // Only what does not fit into seven bits may come in sixteen.
    if (size < length_in_2)
      return std::nullopt;
  }
  if (size == 0 || size > limit || size > bytes.size() - header)
    return std::nullopt;
  auto text = bytes.subspan(header, size);
  masking_key mask;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(header - mask_size),
    mask_size, mask.begin());
  if (!apply_mask(text.data(), size, mask)) {
    apply_mask(text.data(), size, mask);
    return std::nullopt;
  }
  bytes = bytes.subspan(header + size);
  return std::string_view{text.data(), text.size()};
}

std::size_t message_end::find(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    if (have_ < header_size()) {
      header_[have_++] = static_cast<unsigned char>(bytes[i++]);
      if (have_ < header_size())
        continue;
      payload_left_ = payload_size();
    }
    auto n = std::min<std::uint64_t>(payload_left_, bytes.size() - i);
    payload_left_ -= n;
    i += static_cast<std::size_t>(n);
    if (payload_left_ > 0)
      break;
    have_ = 0;
    if (is_last())
      break;
  }
  return i;
}

std::size_t message_end::header_size() const {
  if (have_ < 2)
    return 2;
  auto length = header_[1] & length_bits;
  std::size_t more = length == length_in_2 ? 2 : length == length_in_8 ? 8 : 0;
  return 2 + more + ((header_[1] & mask_bit) != 0 ? mask_size : 0);
}

std::uint64_t message_end::payload_size() const {
  std::uint64_t length = header_[1] & length_bits;
  auto bytes = length == length_in_2 ? 2 : length == length_in_8 ? 8 : 0;
  if (bytes == 0)
    return length;
  length = 0;
  for (int i = 0; i < bytes; ++i)
    length = length << 8 | header_[2 + static_cast<std::size_t>(i)];
  return length;
}

bool message_end::is_last() const {
  return (header_[0] & final_bit) != 0
         && (header_[0] & opcode_bits & control_bit) == 0;
}

} // namespace causeway
