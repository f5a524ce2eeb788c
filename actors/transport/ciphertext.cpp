#include "actors/transport/ciphertext.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace causeway {

namespace {

int bio_read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  auto source = static_cast<ciphertext*>(BIO_get_data(bio));
  auto n = source->read(out, static_cast<std::size_t>(size));
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    BIO_set_retry_read(bio);
  return n;
}

/// OpenSSL flushes and asks for the end of input; the latter shows as a read
/// of nothing anyway.
long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  auto method =
    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext");
  if (method == nullptr)
    return nullptr;
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_control);
  return method;
}

} // namespace

bio_st* ciphertext::make_bio() {
  static BIO_METHOD* method = make_method();
  auto bio = method != nullptr ? BIO_new(method) : nullptr;
  if (bio == nullptr)
    return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

void ciphertext::filled(std::size_t size) {
  begin_ = 0;
  end_ = size;
  more_ = size == bytes_.size();
}

int ciphertext::read(char* out, std::size_t size) {
  if (begin_ < end_) {
    auto n = std::min(size, end_ - begin_);
    std::memcpy(out, bytes_.data() + begin_, n);
    begin_ += n;
    return static_cast<int>(n);
  }
  if (!more_) {
    errno = EAGAIN;
    return -1;
  }
  auto n = ::recv(descriptor_, out, size, 0);
  // A short read has emptied the socket: the next bytes are Asio's to wait for.
  more_ = n == static_cast<ssize_t>(size);
  return static_cast<int>(n);
}

} // namespace causeway
