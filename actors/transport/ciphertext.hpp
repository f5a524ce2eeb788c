#pragma once

struct bio_st;

namespace causeway {

class watched_socket;

/// What OpenSSL reads TLS records from, for `SSL_set0_rbio`: a socket that
/// knows when there is nothing to read. Refers to it; null without memory.
bio_st* make_ciphertext_source(watched_socket& from);

} // namespace causeway
