#pragma once

#include "actors/c2s/stream_environment.hpp"
#include "actors/inspect/wire_trace.hpp"
#include "actors/transport/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway {

/// The way of a stream's text between its WebSocket and its actors: what comes
/// goes to the parser, what tracker and session write goes into the write
/// queue. Its `connection` says what may pass, and is in nobody's way: one more
/// actor costs a gateway a twentieth of its instructions per message. Every
/// member may be called from any thread; calls of one thread keep their order.
class client_line final : public frame_sink {
 public:
  /// `session` is the number of the owner, for traces.
  client_line(transport_ptr socket, stream_environment_ptr environment,
    std::uint64_t session);

  // -- from the client

  /// Keeps a message until it is parsed, so that a parser can be replaced.
  void take(frame_ptr x) override;

  /// Hands on no more messages; the marker follows the last one.
  void pause(pause_messages x);

  /// Goes on where the parser before stopped. False if that was in the middle
  /// of an element, which has killed it: nothing is handed on.
  [[nodiscard]] bool use_parser(parser_actor x);

  // -- to the client

  /// Queues a message, or gives it back after the end. False, once, if the
  /// write queue is longer than it may be: nothing is written any more, and
  /// `connection` has to hear of it. One that is sent again after a resumption
  /// is bounded by the unacknowledged stanzas, not by the queue.
  [[nodiscard]] bool write(outgoing_message x, bool is_again = false);

  /// The last words; false if they have been said, or cannot be since the
  /// client does not read. Nothing follows the end of the stream (RFC 6120
  /// section 4.4): what comes too late goes back to its sender.
  bool end(std::vector<std::string> farewell);
  bool has_ended() const;

  /// The client has logged in: its messages may be as long as all others.
  void raise_limit();

  // -- from the connection

  /// Other limits; what is queued already is spared by a lower one.
  void apply(stream_environment_ptr x);
  /// A resumption has brought it to another session.
  void belong_to(std::uint64_t session);
  /// The WebSocket is gone.
  void forget_socket();

  /// Of the WebSocket; nothing, or 0 bytes, once that is gone.
  std::optional<transport_counters> counters() const;
  std::size_t queued_bytes() const;

 private:
  // Holding the mutex.
  void forget_parsed();
  void show(wire_way way, std::string_view text);

  mutable std::mutex mutex_;
  transport_ptr socket_;
  stream_environment_ptr environment_;
  std::uint64_t session_;
  parser_actor parser_;
  /// Messages that no parser has finished yet, oldest first; bounded by the
  /// read window.
  std::vector<frame_ptr> unparsed_;
  bool is_paused_ = true;
  /// The client has logged in.
  bool is_raised_ = false;
  bool has_ended_ = false;
  /// Bytes in the write queue that were sent again after a resumption: room
  /// beyond its bound.
  std::size_t resent_ = 0;
  wire_probe probe_;
};

} // namespace causeway
