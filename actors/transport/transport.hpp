#pragma once

#include "actors/interfaces.hpp"
#include "actors/transport/frame.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// The only door between actors and sockets (architecture section 2): Beast,
/// Asio and OpenSSL stay behind it, actors stay in front of it.
namespace causeway {

/// Facts about the peer, fixed after the handshake.
struct peer_facts {
  /// "127.0.0.1:54321".
  std::string address;
  /// Our address, as the peer reached it.
  std::string local;
  /// True for wss.
  bool secure = false;
  /// True if the peer's address is a loopback address.
  bool loopback = false;
  /// User-Agent header, cut at 128 bytes.
  std::string user_agent;
  /// "TLSv1.3" and "TLS_AES_256_GCM_SHA384", texts that OpenSSL keeps; empty
  /// without TLS.
  const char* tls_version = "";
  const char* tls_cipher = "";
};

/// Counters of one transport; each can be read from any thread.
struct transport_counters {
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

/// Where the text messages of a client go.
class frame_sink {
 public:
  virtual ~frame_sink() = default;
  /// Called on the thread of the WebSocket; never blocks.
  virtual void take(frame_ptr x) = 0;
};

/// One WebSocket after its opening handshake. All members may be called from
/// any thread and none blocks. Messages go to the sink, events to the
/// connection actor as `silence_noticed`, `deadline_reached` and
/// `transport_closed`; the last is always sent exactly once, and nothing after
/// it, to either. Dropping the last outside reference before `start` aborts.
class transport : public credit_account {
 public:
  /// Starts reading with `credit` bytes; reading pauses while the credit is
  /// used up (the last message may exceed it). Frames grant credit back.
  virtual void start(connection_actor owner, std::shared_ptr<frame_sink> sink,
    std::size_t credit) = 0;

  /// Queues one text message. Calls of one thread keep their order. The guard
  /// of `x` is settled once the message went to the kernel. Returns what
  /// `queued_bytes` does.
  virtual std::size_t send(outgoing_message x) = 0;

  /// Bytes queued and not yet written; each message counts for 256 more.
  virtual std::size_t queued_bytes() const = 0;

  /// Largest message accepted from now on, checked on the frame header.
  virtual void limit_message(std::size_t bytes) = 0;

  /// Sends `deadline_reached` after this time unless called again before;
  /// zero cancels.
  virtual void set_deadline(std::chrono::milliseconds after) = 0;

  /// Other times for pings, silence and closing; silence counts anew.
  virtual void set_times(const config::websocket& x) = 0;

  /// After everything queued: starts the closing handshake (RFC 6455 section
  /// 7.1.2) and drops the TCP connection when the peer takes too long.
  virtual void close(std::uint16_t code, std::string reason) = 0;

  /// Cuts the connection without close frame; what is queued is not written.
  virtual void abort() = 0;

  virtual const peer_facts& peer() const = 0;
  virtual transport_counters counters() const = 0;
};

using transport_ptr = std::shared_ptr<transport>;

} // namespace causeway
