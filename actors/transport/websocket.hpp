#pragma once

#include "actors/transport/admission.hpp"
#include "actors/transport/liveness.hpp"
#include "actors/transport/read_window.hpp"
#include "actors/transport/traffic.hpp"
#include "actors/transport/transport.hpp"
#include "actors/transport/wire_stream.hpp"
#include "config/config.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace causeway {

/// The transport of a client (RFC 6455, RFC 7395). Beast reads frames, answers
/// pings and closes. Past it go text messages out, through the wire's queue,
/// since Beast would write them one by one, and plain messages in, for which
/// it costs a tenth of a gateway's instructions. Private members run on the
/// thread of the wire.
class websocket final : public transport,
                        public wire_observer,
                        public ready_waiter,
                        public std::enable_shared_from_this<websocket> {
 public:
  using upgrade_request =
    boost::beast::http::request<boost::beast::http::empty_body>;

  websocket(std::shared_ptr<wire> line, peer_facts peer,
    std::shared_ptr<const config::websocket> settings,
    admission::ticket ticket);
  ~websocket() override;

  /// Answers a checked upgrade request with 101, then calls back. On the
  /// thread, before anything else.
  void accept(
    const upgrade_request& request, std::function<void(error_code)> done);

  void start(connection_actor owner, std::shared_ptr<frame_sink> sink,
    std::size_t credit) override;
  std::size_t send(outgoing_message x) override;
  std::size_t queued_bytes() const override;
  void limit_message(std::size_t bytes) override;
  void set_deadline(std::chrono::milliseconds after) override;
  void set_times(const config::websocket& x) override;
  void close(std::uint16_t code, std::string reason) override;
  void abort() override;
  const peer_facts& peer() const override { return peer_; }
  transport_counters counters() const override;
  void grant(std::size_t bytes) noexcept override;

 private:
  using stream = boost::beast::websocket::stream<wire_stream, false>;

  /// Runs `f` on that thread while this lives.
  template <class F>
  void on_thread(F f);

  // Reading: websocket_read.cpp.
  template <class F>
  void guard(F f);
  void read();
  void ready(error_code error) override;
  void read_plain();
  void take(std::span<char> bytes);
  void read_by_beast();
  void took(error_code error, std::size_t bytes);
  bool deliver(std::string text);
  void read_failed(error_code failure);

  // Ending.
  void write_failed(error_code reason) override;
  void closing_began() override;
  void close_with(close_cause cause, std::uint16_t code, std::string reason);
  void finish(transport_closed how);

  // Time.
  void arm_timer();
  void timer_fired();
  bool perform(liveness_event event);

  std::shared_ptr<wire> wire_;
  stream stream_;
  peer_facts peer_;
  std::shared_ptr<const config::websocket> settings_;
  admission::ticket ticket_;
  connection_actor owner_;
  std::shared_ptr<frame_sink> sink_;
  boost::asio::basic_waitable_timer<liveness::clock,
    boost::asio::wait_traits<liveness::clock>, wire_executor>
    timer_;
  liveness::time_point armed_ = liveness::time_point::max();
  liveness liveness_;

  /// What Beast has read of a message, and room for more of it.
  std::string text_;
  std::size_t text_size_ = 0;
  /// Nothing is under way in Beast: the next message may go past it.
  bool awaits_message_ = false;

  read_window window_;
  /// Why we close; unset while the closing handshake is not ours.
  std::optional<transport_closed> closing_;
  /// Set at the end; kept for an owner that starts too late.
  std::optional<transport_closed> finished_;

  traffic traffic_;
};

} // namespace causeway
