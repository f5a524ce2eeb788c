/// RFC 6455 section 5, as the load generator does it.
#define CAF_SUITE load_websocket_frame

#include "tools/load/websocket_frame.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <vector>

using namespace causeway::load;

namespace {

std::string bytes(std::initializer_list<int> xs) {
  std::string result;
  for (auto x : xs)
    result += static_cast<char>(x);
  return result;
}

std::string server_text(const std::string& payload) {
  return bytes({0x81, static_cast<int>(payload.size())}) + payload;
}

// All messages that come of the pieces, as "opcode:payload".
std::vector<std::string> decode(
  frame_decoder& decoder, const std::vector<std::string>& pieces) {
  std::vector<std::string> result;
  for (auto& piece : pieces) {
    decoder.feed(piece);
    while (auto x = decoder.next())
      result.push_back(std::to_string(static_cast<int>(x->op)) + ':'
                       + std::string{x->payload});
  }
  return result;
}

std::string error_of(const std::string& input, std::size_t max = 1'000) {
  frame_decoder decoder{max};
  decode(decoder, {input});
  return std::string{decoder.error()};
}

using strings = std::vector<std::string>;

} // namespace

CAF_TEST(a client frame is masked as in the example of RFC 6455) {
  std::string out;
  append_frame(out, opcode::text, "Hello", 0x3d21fa37);
  CAF_CHECK_EQUAL(out,
    bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
}

CAF_TEST(the length takes two or eight more bytes from 126 and 65536 on) {
  std::string out;
  append_frame(out, opcode::text, std::string(126, 'x'), 0);
  CAF_CHECK_EQUAL(out.substr(0, 4), bytes({0x81, 0xfe, 0, 126}));
  CAF_CHECK_EQUAL(out.size(), 126u + 8);
  out.clear();
  append_frame(out, opcode::text, std::string(65'536, 'x'), 0);
  CAF_CHECK_EQUAL(
    out.substr(0, 10), bytes({0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0}));
}

CAF_TEST(frames come out the same however the bytes are cut) {
  auto input = server_text("one") + bytes({0x89, 1, 'p'})
               + server_text(std::string(100, 'y')) + server_text("");
  strings expected{"1:one", "9:p", "1:" + std::string(100, 'y'), "1:"};
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    frame_decoder decoder{1'000};
    CAF_CHECK_EQUAL(
      decode(decoder, {input.substr(0, cut), input.substr(cut)}), expected);
  }
  frame_decoder decoder{1'000};
  strings single;
  for (auto c : input)
    single.emplace_back(1, c);
  CAF_CHECK_EQUAL(decode(decoder, single), expected);
  CAF_CHECK(decoder.error().empty());
}

CAF_TEST(fragments are joined and may have control frames between them) {
  frame_decoder decoder{1'000};
  auto input = bytes({0x01, 2, 'a', 'b', 0x8a, 0, 0x00, 1, 'c', 0x80, 1, 'd'})
               + server_text("next");
  CAF_CHECK_EQUAL(
    decode(decoder, {input}), (strings{"10:", "1:abcd", "1:next"}));
}

CAF_TEST(a server that breaks the framing is found out) {
  CAF_CHECK_EQUAL(
    error_of(bytes({0x81, 0x80, 0, 0, 0, 0})), "masked frame from the server");
  CAF_CHECK_EQUAL(error_of(bytes({0xc1, 0})), "reserved bit without extension");
  CAF_CHECK_EQUAL(error_of(bytes({0x83, 0})), "unknown opcode");
  CAF_CHECK_EQUAL(error_of(bytes({0x80, 0})), "fragments out of order");
  CAF_CHECK_EQUAL(
    error_of(bytes({0x01, 0, 0x81, 0})), "fragments out of order");
  CAF_CHECK_EQUAL(
    error_of(bytes({0x09, 0})), "control frame too long or fragmented");
}

CAF_TEST(the size limit holds for one frame and for joined fragments) {
  CAF_CHECK_EQUAL(error_of(bytes({0x81, 4, 'a', 'b', 'c', 'd'}), 4), "");
  CAF_CHECK_EQUAL(error_of(bytes({0x81, 5}), 4), "message too long");
  CAF_CHECK_EQUAL(
    error_of(bytes({0x01, 2, 'a', 'b', 0x80, 3}), 4), "message too long");
  CAF_CHECK_EQUAL(
    error_of(bytes({0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255}), 4),
    "message too long");
}
