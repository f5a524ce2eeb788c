#pragma once

#include "actors/interfaces.hpp"
#include "actors/transport/frame.hpp"
#include "actors/transport/transport.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace causeway {

/// One TCP connection to an upstream server. All members may be called from
/// any thread and none blocks. Events go to the link as `chunk_received`,
/// `upstream_tls_ready`, `deadline_reached` and `transport_closed`; the last is
/// always sent exactly once, and nothing after it. Dropping the last outside
/// reference before `start` aborts.
class upstream_transport : public credit_account {
 public:
  /// Starts reading. The transport reads while its credit is positive; each
  /// chunk takes its size from it, `grant` gives it back.
  virtual void start(upstream_link_actor owner, std::size_t credit) = 0;

  /// Takes credit for what the link keeps of the bytes it has granted.
  virtual void charge(std::size_t bytes) noexcept = 0;

  /// False while nothing is read, since the client does not take what was.
  virtual bool has_credit() const noexcept = 0;

  /// Queues bytes as they are. Calls of one thread keep their order. The guard
  /// of `x`, and what it holds, is let go once the kernel has the bytes.
  /// Returns what `queued_bytes` does.
  virtual std::size_t send(outgoing_message x) = 0;

  /// Bytes queued and not yet written; each message counts for 256 more.
  virtual std::size_t queued_bytes() const = 0;

  /// STARTTLS got its `<proceed/>`: begins TLS behind everything queued, then
  /// sends `upstream_tls_ready`, or `transport_closed` with
  /// `close_cause::tls_failed`. Bytes read in the clear after the `<proceed/>`
  /// are dropped by the link, which must not go on with them.
  virtual void start_tls() = 0;

  /// Sends `deadline_reached` after this time unless called again before;
  /// zero cancels.
  virtual void set_deadline(std::chrono::milliseconds after) = 0;

  /// After everything queued: ends the write side, waits a moment for the
  /// server to end its own, and drops the connection.
  virtual void close() = 0;

  /// Drops the connection at once; what is queued is not written.
  virtual void abort() = 0;

  /// `messages_*` count chunks and writes.
  virtual transport_counters counters() const = 0;

  /// "TLSv1.3 TLS_AES_256_GCM_SHA384" once TLS is up.
  virtual std::string tls() const { return {}; }
};

using upstream_transport_ptr = std::shared_ptr<upstream_transport>;

} // namespace causeway
