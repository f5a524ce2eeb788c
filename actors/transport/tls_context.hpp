#pragma once

#include "protocol/result.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace causeway {

/// What a wss listener needs of OpenSSL: protocol versions, ciphers,
/// certificate and key. Immutable; connections keep the one they began with.
class tls_context {
 public:
  explicit tls_context(ssl_ctx_st* owned) : native_{owned} {}
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;
  ~tls_context();

  /// For this folder.
  ssl_ctx_st* native() const { return native_; }

 private:
  ssl_ctx_st* native_;
};

using tls_context_ptr = std::shared_ptr<const tls_context>;

/// Loads a PEM certificate chain and its key. The error names file and reason.
protocol::result<tls_context_ptr, std::string> load_tls_context(
  const std::string& certificate, const std::string& key);

} // namespace causeway
