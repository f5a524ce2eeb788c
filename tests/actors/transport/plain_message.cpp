/// RFC 6455 section 5: which messages go past Beast, and where messages end.
#define CAF_SUITE plain_message

#include "actors/transport/plain_message.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace causeway;
using namespace std::string_literals;

namespace {

using masking_key = std::array<char, 4>;

constexpr std::size_t limit = 100'000;

/// A frame as a client may send it, or must not.
struct frame_form {
  int first = 0x81;
  std::string payload = "<a/>";
  /// 0, 2 or 8 bytes for the length; as few as it needs if not set.
  std::optional<int> length_bytes = {};
  std::optional<masking_key> mask = masking_key{'\x37', '\xfa', '\x21', '\x3d'};
};

int needed_length_bytes(std::size_t size) {
  if (size < 126)
    return 0;
  return size < 65'536 ? 2 : 8;
}

std::string built(const frame_form& x) {
  auto size = x.payload.size();
  auto length_bytes = x.length_bytes.value_or(needed_length_bytes(size));
  auto length = static_cast<int>(size);
  if (length_bytes > 0)
    length = length_bytes == 2 ? 126 : 127;
  std::string out;
  out += static_cast<char>(x.first);
  out += static_cast<char>(length | (x.mask ? 0x80 : 0));
  for (auto i = length_bytes - 1; i >= 0; --i)
    out += static_cast<char>(size >> 8 * i & 0xff);
  if (!x.mask)
    return out + x.payload;
  out.append(x.mask->data(), x.mask->size());
  for (std::size_t i = 0; i < size; ++i)
    out += static_cast<char>(x.payload[i] ^ (*x.mask)[i % 4]);
  return out;
}

std::optional<std::string> take(std::span<char>& bytes) {
  auto text = take_plain_message(bytes, limit);
  return text ? std::optional{std::string{*text}} : std::nullopt;
}

bool is_left(std::string bytes, std::size_t most = limit) {
  auto before = bytes;
  std::span<char> rest{bytes};
  return !take_plain_message(rest, most) && rest.data() == bytes.data()
         && rest.size() == bytes.size() && bytes == before;
}

masking_key random_mask(std::mt19937& random) {
  masking_key out;
  for (auto& x : out)
    x = static_cast<char>(random());
  return out;
}

std::string random_bytes(std::mt19937& random, std::size_t size, int values) {
  std::string out(size, '\0');
  for (auto& x : out)
    x = static_cast<char>(random() % static_cast<unsigned>(values));
  return out;
}

/// Frames in order, and how many bytes come before each end of a message.
struct frame_sequence {
  std::string bytes;
  std::vector<std::size_t> ends;
};

void add_frame(frame_sequence& to, std::mt19937& random, int first) {
  constexpr std::array<std::size_t, 8> sizes{
    0, 1, 7, 125, 126, 300, 65'535, 65'536};
  // Long ones are rare, and control frames short.
  auto is_control = (first & 0x08) != 0;
  auto most = is_control ? 4 : random() % 8 == 0 ? sizes.size() : 6;
  auto size = sizes[random() % most];
  frame_form form{first, random_bytes(random, size, 256)};
  // Also in more bytes than it needs: that is for others to refuse.
  if (random() % 4 == 0)
    form.length_bytes = size < 65'536 && random() % 2 == 0 ? 2 : 8;
  if (random() % 4 == 0)
    form.mask.reset();
  else
    form.mask = random_mask(random);
  to.bytes += built(form);
}

void add_control_frames(frame_sequence& to, std::mt19937& random) {
  for (auto n = random() % 6; n > 3; --n)
    add_frame(to, random, random() % 2 == 0 ? 0x89 : 0x8a);
}

frame_sequence random_sequence(std::mt19937& random, int messages) {
  frame_sequence out;
  for (int i = 0; i < messages; ++i) {
    auto fragments = random() % 2 == 0 ? 1 : 1 + random() % 4;
    for (unsigned n = 1; n <= fragments; ++n) {
      add_control_frames(out, random);
      auto opcode = n > 1 ? 0 : random() % 8 == 0 ? 2 : 1;
      add_frame(out, random, opcode | (n == fragments ? 0x80 : 0));
    }
    out.ends.push_back(out.bytes.size());
  }
  add_control_frames(out, random);
  return out;
}

/// How many ends are found where they are, by pieces of at most that size.
std::size_t found_ends(
  const frame_sequence& x, std::size_t most, std::mt19937& random) {
  message_end aut;
  std::size_t at = 0;
  std::size_t found = 0;
  while (at < x.bytes.size()) {
    auto piece = std::string_view{x.bytes}.substr(at, 1 + random() % most);
    while (!piece.empty()) {
      auto next = std::upper_bound(x.ends.begin(), x.ends.end(), at);
      auto to_end = next == x.ends.end() ? piece.size() : *next - at;
      auto got = aut.find(piece);
      if (got != std::min(piece.size(), to_end))
        return found;
      if (next != x.ends.end() && got == to_end)
        ++found;
      at += got;
      piece.remove_prefix(got);
    }
  }
  return found;
}

} // namespace

CAF_TEST(a message is unmasked as in the example of RFC 6455) {
  auto bytes = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s;
  std::span<char> rest{bytes};
  CAF_CHECK_EQUAL(take_plain_message(rest, 5), "Hello");
  CAF_CHECK(rest.empty());
  CAF_CHECK(!take_plain_message(rest, 5));
}

CAF_TEST(a message may have a length of 16 bits) {
  auto bytes = built({.payload = std::string(126, 'x')});
  CAF_REQUIRE_EQUAL(bytes.size(), 126u + 8);
  std::span<char> rest{bytes};
  CAF_CHECK_EQUAL(take(rest), std::string(126, 'x'));
  CAF_CHECK(rest.empty());
}

CAF_TEST(messages are taken one by one and stay where they are) {
  auto bytes = built({.payload = "<one/>"})
               + built({.payload = std::string(200, '2')})
               + built({.payload = "3"});
  std::span<char> rest{bytes};
  std::vector<std::string_view> texts;
  while (auto text = take_plain_message(rest, limit))
    texts.push_back(*text);
  CAF_REQUIRE_EQUAL(texts.size(), 3u);
  CAF_CHECK_EQUAL(texts[0], "<one/>");
  CAF_CHECK_EQUAL(texts[1], std::string(200, '2'));
  CAF_CHECK_EQUAL(texts[2], "3");
  CAF_CHECK(rest.empty());
}

CAF_TEST(what follows a message is not touched) {
  auto one = built({.payload = "<one/>"});
  // Not plain, or not there as a whole.
  for (const auto& next :
    {built({.payload = "\xc3\xa9"}), built({.first = 0x89}),
      built({.payload = std::string(300, 'x')}).substr(0, 200), "\x81"s}) {
    auto bytes = one + next;
    std::span<char> rest{bytes};
    CAF_CHECK_EQUAL(take(rest), "<one/>");
    CAF_CHECK(!take(rest));
    CAF_CHECK_EQUAL(rest.size(), next.size());
    CAF_CHECK(bytes.ends_with(next));
  }
}

CAF_TEST(messages of every length are unmasked with every mask) {
  std::mt19937 random{1};
  std::vector<std::size_t> sizes{125, 126, 127, 300, 65'535};
  for (std::size_t i = 1; i <= 40; ++i)
    sizes.push_back(i);
  for (auto size : sizes)
    for (int i = 0; i < 8; ++i) {
      // At any address, and between bytes that are none of its own.
      std::string before(random() % 8, '\xff');
      auto text = random_bytes(random, size, 128);
      auto bytes =
        before + built({.payload = text, .mask = random_mask(random)}) + "\xff";
      auto rest = std::span<char>{bytes}.subspan(before.size());
      if (take(rest) != text || rest.size() != 1 || rest[0] != '\xff'
          || !bytes.starts_with(before))
        CAF_ERROR("a message of " << size << " bytes");
    }
  CAF_CHECK_EQUAL(sizes.size(), 45u);
}

CAF_TEST(a message that is not there as a whole stays) {
  for (auto size : {1u, 5u, 125u, 126u, 300u}) {
    auto bytes = built({.payload = std::string(size, 'x')});
    for (std::size_t n = 0; n < bytes.size(); ++n)
      if (!is_left(bytes.substr(0, n)))
        CAF_ERROR(n << " bytes of a message of " << size);
  }
  CAF_CHECK(is_left(""));
}

CAF_TEST(what is no plain message stays) {
  std::string longer(300, 'x');
  CAF_CHECK(is_left(built({.mask = {}})));
  // Also where enough follows for a mask and the rest.
  CAF_CHECK(is_left(built({.payload = longer, .mask = {}}) + longer));
  CAF_CHECK(is_left(built({.payload = ""})));
  CAF_CHECK(is_left(built({.payload = longer, .length_bytes = 8})));
  CAF_CHECK(is_left(built({.payload = std::string(65'536, 'x')})));
  // The first two bytes of a length of 64 bits are none of 16 bits.
  CAF_CHECK(is_left("\x81\xff\0\x7e\0\0\0\0"s + longer));
  // A length in more bytes than it needs.
  for (auto size : {0u, 1u, 4u, 125u})
    for (auto length_bytes : {2, 8})
      CAF_CHECK(is_left(built(
        {.payload = std::string(size, 'x'), .length_bytes = length_bytes})));
}

CAF_TEST(of all first bytes only that of a final text frame is taken) {
  for (int first = 0; first < 256; ++first)
    if (is_left(built({.first = first})) != (first != 0x81))
      CAF_ERROR("a frame that begins with " << first);
  // Not final; continuation; binary; close; ping; pong; a reserved bit each.
  for (auto first : {0x01, 0x80, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0xa1, 0x91})
    CAF_CHECK(
      is_left(built({.first = first, .payload = std::string(300, 'x')})));
}

CAF_TEST(a message of the limit is taken and one over it stays) {
  for (auto size : {1u, 125u, 126u, 1000u}) {
    auto bytes = built({.payload = std::string(size, 'x')});
    CAF_CHECK(is_left(bytes, 0));
    CAF_CHECK(is_left(bytes, size - 1));
    std::span<char> rest{bytes};
    auto text = take_plain_message(rest, size);
    CAF_CHECK_EQUAL(text, std::string(size, 'x'));
  }
}

CAF_TEST(a byte beyond ASCII is found wherever it stands) {
  std::mt19937 random{2};
  for (std::size_t size = 1; size <= 21; ++size)
    for (std::size_t i = 0; i < size; ++i)
      for (auto byte : {'\x80', '\xc3', '\xff'}) {
        auto text = random_bytes(random, size, 128);
        text[i] = byte;
        if (!is_left(built({.payload = text, .mask = random_mask(random)})))
          CAF_ERROR("byte " << i << " of " << size);
      }
  // The largest that is none.
  CAF_CHECK(!is_left(built({.payload = std::string(21, '\x7f')})));
}

CAF_TEST(a message ends with its last fragment) {
  auto first = built({.first = 0x01, .payload = "ab"});
  auto empty = built({.first = 0x00, .payload = ""});
  auto ping = built({.first = 0x89, .payload = "p"});
  auto last = built({.first = 0x80, .payload = "cd"});
  auto next = built({});
  message_end aut;
  auto message = ping + first + ping + empty + last;
  CAF_CHECK_EQUAL(aut.find(message + ping + next), message.size());
  CAF_CHECK_EQUAL(aut.find(ping + next + next), (ping + next).size());
  CAF_CHECK_EQUAL(aut.find(next), next.size());
  CAF_CHECK_EQUAL(aut.find(""), 0u);
}

CAF_TEST(an empty frame ends a message with its header) {
  auto empty = built({.payload = ""});
  auto unmasked = built({.payload = "", .mask = {}});
  message_end aut;
  CAF_CHECK_EQUAL(aut.find(empty + empty), empty.size());
  CAF_CHECK_EQUAL(aut.find(unmasked + empty), unmasked.size());
  CAF_CHECK_EQUAL(aut.find(unmasked.substr(0, 1)), 1u);
  CAF_CHECK_EQUAL(aut.find(unmasked.substr(1) + empty), 1u);
}

CAF_TEST(the longest length that a header may claim is no end) {
  auto header = "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s;
  message_end aut;
  auto bytes = header + std::string(1000, '\x81');
  CAF_CHECK_EQUAL(aut.find(bytes), bytes.size());
  CAF_CHECK_EQUAL(aut.find(bytes), bytes.size());
}

CAF_TEST(ends are found exactly however the bytes are cut) {
  std::mt19937 random{3};
  auto frames = random_sequence(random, 400);
  for (std::size_t most : {1u, 3u, 20u, 500u, 20'000u, 10'000'000u})
    CAF_CHECK_EQUAL(found_ends(frames, most, random), frames.ends.size());
}
