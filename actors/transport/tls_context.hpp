#pragma once

#include "protocol/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace causeway {

/// PEM files of a certificate.
struct certificate_files {
  std::string certificate;
  std::string key;
};

/// What one side of TLS needs of OpenSSL: protocol versions, ciphers,
/// certificates, and a key at a listener. Immutable; connections keep the one
/// they began with.
class tls_context {
 public:
  explicit tls_context(ssl_ctx_st* owned) : native_{owned} {}
  /// At a listener; `others` stand in for clients that ask for their names.
  tls_context(
    ssl_ctx_st* owned, std::vector<std::shared_ptr<const tls_context>> others);
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;
  ~tls_context();

  /// For this folder.
  ssl_ctx_st* native() const { return native_; }

 private:
  bool has_name(const char* name) const;
  static int choose_certificate(ssl_st* ssl, int* alert, void* context);

  ssl_ctx_st* native_;
  std::vector<std::shared_ptr<const tls_context>> others_;
};

using tls_context_ptr = std::shared_ptr<const tls_context>;

/// Loads PEM certificate chains and their keys, at least one. A client gets the
/// first that has the name that it asks for (RFC 6066 section 3), else the
/// first of all. The error names file and reason.
protocol::result<tls_context_ptr, std::string> load_tls_context(
  std::span<const certificate_files> files);

/// The same for one.
protocol::result<tls_context_ptr, std::string> load_tls_context(
  const std::string& certificate, const std::string& key);

// -- for this folder ----------------------------------------------------------

/// Protocol versions, ciphers, and what saves memory, for both sides.
void set_tls_policy(ssl_ctx_st* context);

/// Why `file` could not be read: the newest error of OpenSSL, which it clears.
std::string tls_file_error(const std::string& file);

} // namespace causeway
