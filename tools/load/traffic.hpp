#pragma once

#include "tools/load/delivery_check.hpp"
#include "tools/load/latency_histogram.hpp"
#include "tools/load/message_id.hpp"
#include "tools/load/options.hpp"
#include "tools/load/xmpp_client.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::load {

using client_list = std::vector<std::unique_ptr<xmpp_client>>;

/// Messages that are not as they should be, whatever their number says.
struct odd_messages {
  /// The body is not the one that was sent.
  std::uint64_t damaged = 0;
  /// Reached a client that is not the addressee.
  std::uint64_t misrouted = 0;
  /// Not sent by this run.
  std::uint64_t foreign = 0;
};

/// The messages between the pairs: sends, answers and checks them.
class traffic {
 public:
  using clock = std::chrono::steady_clock;

  traffic(const options& opts, client_list& clients);

  /// Begins to send.
  void start();
  /// No new messages from here on.
  void stop() { running_ = false; }
  void receive(xmpp_client& to, const tag_view& tag, std::string_view text);
  /// Open loop: sends what is due.
  void send_due();
  /// A client lost its connection, and with it what was on the way.
  void note_break(const xmpp_client& x);
  /// Closed loop: starts pairs again that lost what was on the way.
  void revive_broken();

  /// All clients have sent as many messages as they should.
  bool all_sent() const;
  delivery_counts counts() const;
  std::uint64_t delivered() const { return delivered_; }
  const odd_messages& odd() const { return odd_; }
  /// Open loop: messages that were not sent since the socket was full.
  std::uint64_t held_back() const { return held_back_; }
  clock::time_point last_delivery() const { return last_delivery_; }
  latency_histogram& latency() { return latency_; }

 private:
  struct sender {
    delivery_check check;
    // Kept by the even client of a pair: when a message last arrived, and
    // whether one on the way was surely lost since.
    clock::time_point moved;
    bool broken = false;
  };

  bool may_send(std::uint32_t client) const;
  void send(std::uint32_t client);
  void fill_window(std::uint32_t pair);
  void judge(const xmpp_client& to, const message_id& id, bool error,
    std::string_view text);

  const options& options_;
  client_list& clients_;
  std::vector<sender> senders_;
  std::uint32_t run_;
  std::string body_;
  std::string scratch_;
  bool running_ = false;
  clock::time_point started_;
  std::uint64_t due_sent_ = 0;
  std::uint32_t next_sender_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t held_back_ = 0;
  odd_messages odd_;
  clock::time_point last_delivery_;
  latency_histogram latency_;
};

} // namespace causeway::load
