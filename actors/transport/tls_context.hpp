#pragma once

#include "protocol/result.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace causeway {

/// What one side of TLS needs of OpenSSL: protocol versions, ciphers,
/// certificates, and a key at a listener. Immutable; connections keep the one
/// they began with.
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

// -- for this folder ----------------------------------------------------------

/// Protocol versions, ciphers, and what saves memory, for both sides.
void set_tls_policy(ssl_ctx_st* context);

/// Why `file` could not be read: the newest error of OpenSSL, which it clears.
std::string tls_file_error(const std::string& file);

} // namespace causeway
