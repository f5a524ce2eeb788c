#include "actors/transport/ciphertext.hpp"

#include "actors/transport/watched_socket.hpp"

#include <openssl/bio.h>

#include <cerrno>
#include <cstddef>

namespace causeway {

namespace {

int bio_read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  auto from = static_cast<watched_socket*>(BIO_get_data(bio));
  auto n = static_cast<int>(from->receive(out, static_cast<std::size_t>(size)));
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

bio_st* make_ciphertext_source(watched_socket& from) {
  static BIO_METHOD* method = make_method();
  auto bio = method != nullptr ? BIO_new(method) : nullptr;
  if (bio == nullptr)
    return nullptr;
  BIO_set_data(bio, &from);
  BIO_set_init(bio, 1);
  return bio;
}

} // namespace causeway
