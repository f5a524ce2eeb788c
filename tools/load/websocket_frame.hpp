#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::load {

/// Frame types, RFC 6455 section 11.8.
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// Appends one final frame as a client must send it, masked with `key`
/// (RFC 6455 section 5.3).
void append_frame(
  std::string& out, opcode op, std::string_view payload, std::uint32_t key);

/// One whole message or control frame from the server.
struct ws_message {
  opcode op;
  /// Valid until the next call of the decoder.
  std::string_view payload;
};

/// Cuts bytes from a server into messages, RFC 6455 section 5. Bytes that
/// hold only whole frames are not copied.
class frame_decoder {
 public:
  explicit frame_decoder(std::size_t max_message) : max_{max_message} {}

  /// Takes bytes, which must stay valid while `next` is called.
  void feed(std::string_view bytes);
  /// The next message, or nothing: more bytes are needed, or `error` tells
  /// why there will be none.
  std::optional<ws_message> next();
  /// Empty as long as the server keeps to the protocol.
  std::string_view error() const { return error_; }

 private:
  struct header {
    bool final;
    opcode op;
    std::size_t size, payload_size;
  };
  std::optional<header> read_header(std::string_view bytes);
  void check(const header& x, std::uint8_t first, std::uint8_t second);
  std::optional<ws_message> take(const header& x, std::string_view payload);
  void keep_rest();

  std::size_t max_;
  // What is not yet decoded: bytes of the caller, or `pending_` from `at_` on.
  std::string_view fed_;
  std::string pending_;
  std::size_t at_ = 0;
  std::string fragments_;
  std::optional<opcode> fragmented_;
  // The last message came from `fragments_`, to be emptied before the next.
  bool fragments_done_ = false;
  std::string_view error_;
};

} // namespace causeway::load
