#pragma once

#include "actors/transport/transport.hpp"

#include <caf/send.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace causeway::test {

/// A WebSocket whose client is the test.
class fake_transport final
  : public transport,
    public std::enable_shared_from_this<fake_transport> {
 public:
  explicit fake_transport(peer_facts peer) : peer_{std::move(peer)} {}

  // -- what the test does ----------------------------------------------------

  /// The client sends a text message.
  void client_sends(std::string text) {
    if (!sink)
      return;
    ++counted.messages_in;
    auto message = std::make_shared<frame>(std::move(text), weak_from_this());
    taken_credit += message->text.size() + frame::overhead;
    sink->take(std::move(message));
  }
  /// The connection ends from outside.
  void lose(close_cause cause = close_cause::connection_lost) {
    finish({cause, 0, "lost"});
  }

  /// The client reads again.
  void take_all() {
    stalled = false;
    stalled_bytes = 0;
    for (auto& x : std::exchange(queued, {}))
      send(std::move(x));
  }

  std::deque<std::string> sent;
  /// Those of them that may wait for others.
  std::vector<std::string> patient;
  connection_actor owner;
  std::shared_ptr<frame_sink> sink;
  std::size_t limit = 0;
  std::chrono::milliseconds deadline{0};
  /// The last that were set while it ran.
  std::optional<config::websocket> times;
  std::size_t taken_credit = 0;
  std::size_t granted_credit = 0;
  bool closed = false;
  std::uint16_t close_code = 0;
  /// If set, nothing is written: the client does not read.
  bool stalled = false;
  std::size_t stalled_bytes = 0;
  transport_counters counted;

  // -- transport -------------------------------------------------------------

  void start(
    connection_actor x, std::shared_ptr<frame_sink> y, std::size_t) override {
    owner = std::move(x);
    sink = std::move(y);
  }
  std::size_t send(outgoing_message x) override {
    if (closed)
      return 0;
    if (stalled) {
      stalled_bytes += x.text.size();
      queued.push_back(std::move(x));
      return stalled_bytes;
    }
    ++counted.messages_out;
    sent.emplace_back(x.text);
    if (x.may_wait)
      patient.emplace_back(x.text);
    if (x.guard)
      x.guard->settle();
    return 0;
  }
  std::size_t queued_bytes() const override { return stalled_bytes; }
  void limit_message(std::size_t bytes) override { limit = bytes; }
  void set_deadline(std::chrono::milliseconds after) override {
    deadline = after;
  }
  void set_times(const config::websocket& x) override { times = x; }
  void close(std::uint16_t code, std::string reason) override {
    close_code = code;
    finish({close_cause::closed_here, code, std::move(reason)});
  }
  void abort() override { finish({close_cause::closed_here, 0, "aborted"}); }
  void grant(std::size_t bytes) noexcept override { granted_credit += bytes; }
  const peer_facts& peer() const override { return peer_; }
  transport_counters counters() const override { return counted; }

 private:
  void finish(transport_closed how) {
    if (closed)
      return;
    closed = true;
    queued.clear();
    if (owner)
      caf::anon_send(owner, std::move(how));
    owner = nullptr;
    sink = nullptr;
  }

  peer_facts peer_;
  std::deque<outgoing_message> queued;
};

} // namespace causeway::test
