/// RFC 6455 section 5: framing, the client's side.
#include "tools/load/websocket_frame.hpp"

#include <cstring>

namespace causeway::load {

namespace {

void append_big_endian(std::string& out, std::uint64_t x, int bytes) {
  for (auto shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(x >> shift & 0xff);
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t result = 0;
  for (auto c : bytes)
    result = result << 8 | static_cast<std::uint8_t>(c);
  return result;
}

void mask(char* data, std::size_t size, std::uint32_t key) {
  auto wide = std::uint64_t{key} << 32 | key;
  for (; size >= 8; data += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, data, 8);
    word ^= wide;
    std::memcpy(data, &word, 8);
  }
  char bytes[4];
  std::memcpy(bytes, &key, 4);
  for (std::size_t i = 0; i < size; ++i)
    data[i] = static_cast<char>(data[i] ^ bytes[i % 4]);
}

bool is_control(opcode x) {
  return static_cast<std::uint8_t>(x) >= 8;
}

bool is_known(opcode x) {
  switch (x) {
  case opcode::continuation:
  case opcode::text:
  case opcode::binary:
  case opcode::close:
  case opcode::ping:
  case opcode::pong: return true;
  }
  return false;
}

} // namespace

void append_frame(
  std::string& out, opcode op, std::string_view payload, std::uint32_t key) {
  out += static_cast<char>(0x80 | static_cast<std::uint8_t>(op));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65'536) {
    out += static_cast<char>(0x80 | 126);
    append_big_endian(out, payload.size(), 2);
  } else {
    out += static_cast<char>(0x80 | 127);
    append_big_endian(out, payload.size(), 8);
  }
  char bytes[4];
  std::memcpy(bytes, &key, 4);
  out.append(bytes, 4);
  auto start = out.size();
  out += payload;
  mask(out.data() + start, payload.size(), key);
}

void frame_decoder::feed(std::string_view bytes) {
  if (at_ == pending_.size()) {
    pending_.clear();
    at_ = 0;
    fed_ = bytes;
    return;
  }
  pending_.erase(0, at_);
  at_ = 0;
  pending_ += bytes;
  fed_ = {};
}

std::optional<ws_message> frame_decoder::next() {
  if (fragments_done_) {
    fragments_.clear();
    fragments_done_ = false;
  }
  while (error_.empty()) {
    auto rest =
      pending_.empty() ? fed_ : std::string_view{pending_}.substr(at_);
    auto x = read_header(rest);
    if (!x || !error_.empty() || rest.size() - x->size < x->payload_size)
      break;
    auto payload = rest.substr(x->size, x->payload_size);
    if (pending_.empty())
      fed_.remove_prefix(x->size + x->payload_size);
    else
      at_ += x->size + x->payload_size;
    if (auto message = take(*x, payload))
      return message;
  }
  keep_rest();
  return std::nullopt;
}

std::optional<frame_decoder::header> frame_decoder::read_header(
  std::string_view bytes) {
  if (bytes.size() < 2)
    return std::nullopt;
  auto first = static_cast<std::uint8_t>(bytes[0]);
  auto second = static_cast<std::uint8_t>(bytes[1]);
  header x{(first & 0x80) != 0, opcode(first & 0x0f), 2, second & 0x7fu};
  auto extended = x.payload_size == 126 ? 2u : x.payload_size == 127 ? 8u : 0u;
  if (bytes.size() < 2 + extended)
    return std::nullopt;
  if (extended != 0) {
    x.payload_size = read_big_endian(bytes.substr(2, extended));
    x.size += extended;
  }
  check(x, first, second);
  return x;
}

void frame_decoder::check(
  const header& x, std::uint8_t first, std::uint8_t second) {
  if ((first & 0x70) != 0)
    error_ = "reserved bit without extension";
  else if ((second & 0x80) != 0)
    error_ = "masked frame from the server";
  else if (!is_known(x.op))
    error_ = "unknown opcode";
  else if (is_control(x.op) && (!x.final || x.payload_size > 125))
    error_ = "control frame too long or fragmented";
  else if (!is_control(x.op)
           && (x.op == opcode::continuation) != fragmented_.has_value())
    error_ = "fragments out of order";
  else if (x.payload_size > max_ || fragments_.size() + x.payload_size > max_)
    error_ = "message too long";
}

std::optional<ws_message> frame_decoder::take(
  const header& x, std::string_view payload) {
  if (is_control(x.op) || (x.final && !fragmented_))
    return ws_message{x.op, payload};
  if (!fragmented_)
    fragmented_ = x.op;
  fragments_ += payload;
  if (!x.final)
    return std::nullopt;
  ws_message result{*fragmented_, fragments_};
  fragmented_.reset();
  fragments_done_ = true;
  return result;
}

void frame_decoder::keep_rest() {
  if (pending_.empty() && !fed_.empty()) {
    pending_ = fed_;
    at_ = 0;
  }
  fed_ = {};
}

} // namespace causeway::load
