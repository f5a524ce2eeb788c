#pragma once

#include "actors/transport/client_tls.hpp"

#include <boost/system/error_code.hpp>

#include <string>
#include <string_view>

struct ssl_st;
struct x509_store_ctx_st;

namespace causeway {

/// Who a server must be, judged during one TLS handshake: by the pin, or by
/// chain and name (RFC 9525).
class server_identity {
 public:
  /// TLS at once (XEP-0368), or on a stream that has asked for it.
  enum class start : bool { direct, upgrade };

  /// `domain` counts where `rules` have no name.
  server_identity(client_tls_ptr rules, std::string_view domain, start how);

  /// The client's side of TLS, which refers to this until `let_go`; null
  /// without memory.
  ssl_st* make_engine();
  static void let_go(ssl_st* engine);

  /// Why a handshake failed, in words. On the thread that saw it, before other
  /// calls of OpenSSL.
  std::string failure(boost::system::error_code error) const;

 private:
  friend int judge_server(x509_store_ctx_st* chain, void*);

  bool judge(x509_store_ctx_st* chain);

  client_tls_ptr rules_;
  /// With A-labels; an address without brackets.
  std::string name_;
  start start_;
  /// What is wrong with the certificate.
  std::string fault_;
};

/// What OpenSSL calls instead of its own verification.
int judge_server(x509_store_ctx_st* chain, void*);

} // namespace causeway
