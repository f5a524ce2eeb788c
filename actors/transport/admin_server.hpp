#pragma once

#include "actors/transport/http_exchange.hpp"
#include "actors/transport/tls_context.hpp"
#include "protocol/result.hpp"

#include <memory>
#include <string>

namespace causeway {

class io_threads;

/// The HTTP endpoint for operators: takes requests within bounds, has `handle`
/// answer them, one at a time per connection.
///
/// At most 32 connections: one more, and the one that has kept silent for the
/// longest is closed. 8 KiB per head, 64 KiB per body, which have 10 seconds to
/// come; an idle connection is closed after a minute, one that does not take
/// its answer after 30 seconds. A request that is not answered within 15
/// seconds gets a 504.
class admin_server {
 public:
  /// Binds and listens at "127.0.0.1:9070"; HTTPS if `tls` is not null. The
  /// error is a sentence for the operator.
  static protocol::result<std::shared_ptr<admin_server>, std::string> open(
    io_threads& threads, const std::string& address, tls_context_ptr tls,
    admin_handler handle);

  admin_server() = default;
  admin_server(const admin_server&) = delete;
  admin_server& operator=(const admin_server&) = delete;
  virtual ~admin_server() = default;

  /// "http://127.0.0.1:9070/", with the real port if 0 was asked for.
  virtual const std::string& url() const = 0;

  /// Closes socket and connections; any thread. Call it before the threads
  /// stop.
  virtual void close() = 0;
};

} // namespace causeway
