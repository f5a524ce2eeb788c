#pragma once

#include "actors/inspect/counters.hpp"
#include "actors/transport/admission.hpp"
#include "actors/transport/tls_context.hpp"
#include "actors/transport/transport.hpp"
#include "config/config.hpp"
#include "protocol/result.hpp"

#include <functional>
#include <memory>
#include <string>

namespace causeway {

class io_threads;

/// What one listening address needs.
struct acceptor_settings {
  config::listener listener;
  config::websocket websocket;
  /// For secure listeners.
  tls_context_ptr tls;
  /// Shared by all acceptors of a node.
  std::shared_ptr<causeway::admission> admission;
  /// Must outlive the io threads' run.
  causeway::counters& counters;
};

/// A listening socket, and the handshakes that come in on it (RFC 6455
/// section 4.2, RFC 7395 section 3.1): whatever gets through them is handed
/// over as a transport.
class acceptor {
 public:
  acceptor() = default;
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  /// Calls `stop`.
  virtual ~acceptor() = default;

  /// "127.0.0.1:7070", with the real port if 0 was asked for.
  virtual const std::string& local_address() const = 0;

  /// "wss://127.0.0.1:7443/ws/"; any thread.
  virtual std::string url() const = 0;

  /// Other rules and certificates for connections that come from now on; plain
  /// without `tls`. Any thread.
  virtual void apply(const config::websocket& rules, tls_context_ptr tls) = 0;

  /// Closes the socket before it returns, and drops pending handshakes; a
  /// callback that has begun may still be at work. Transports handed over go
  /// on.
  virtual void stop() = 0;
};

/// Binds and listens; the error names address and reason. The callbacks run on
/// io threads and must not block: `on_open` with every transport, `on_failed`
/// at most once, when the socket is broken for good.
protocol::result<std::unique_ptr<acceptor>, std::string> open_acceptor(
  io_threads& threads, acceptor_settings settings,
  std::function<void(transport_ptr)> on_open,
  std::function<void(std::string)> on_failed);

} // namespace causeway
