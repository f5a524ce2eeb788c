#pragma once

#include <array>
#include <cstddef>
#include <span>

struct bio_st;

namespace causeway {

/// TLS records on their way from the socket to OpenSSL. The owner of the socket
/// fills it when Asio has read; what did not fit is taken straight from the
/// descriptor. Waiting for a readable descriptor instead would cost an
/// epoll_ctl per message, which a pending read does not.
class ciphertext {
 public:
  explicit ciphertext(int descriptor) : descriptor_{descriptor} {}
  ciphertext(const ciphertext&) = delete;
  ciphertext& operator=(const ciphertext&) = delete;

  /// A source for `SSL_set0_rbio`, which refers to this; null without memory.
  bio_st* make_bio();

  /// Where the next bytes go; only while OpenSSL asks for more.
  std::span<char> room() { return bytes_; }
  void filled(std::size_t size);

  /// Serves OpenSSL; as read(2), with EAGAIN while there is nothing.
  int read(char* out, std::size_t size);

 private:
  int descriptor_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  /// The descriptor may hold more than what was read.
  bool more_ = false;
  /// One record with a short message.
  std::array<char, 1024> bytes_;
};

} // namespace causeway
