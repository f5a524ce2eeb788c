#pragma once

#include "actors/inspect/line_feed.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Looking at the wire of some streams while they run.
namespace causeway {

class counters;

/// Which way a message goes, as the server sees it, and on which leg.
enum class wire_way : std::uint8_t {
  from_client,
  to_client,
  from_upstream,
  to_upstream,
};

/// "from_client" and so on.
std::string_view to_string(wire_way x);

/// Which streams a trace shows, and how much of them. One of the three is set.
struct trace_order {
  /// Bare or full JID, normalised.
  std::string jid = {};
  /// Address or network, as `parse_network` reads it.
  std::string ip = {};
  std::uint64_t session = 0;
  /// Shows bodies and other texts too; credentials never.
  bool bodies = false;
  std::chrono::milliseconds time{60'000};
  /// Bytes of messages, after which it ends.
  std::size_t bytes = 1024 * 1024;
};

/// Whether the trace is of this JID: bare stands for all its resources.
bool is_traced_jid(std::string_view wanted, std::string_view full);

/// A message as it may be shown.
struct traced_message {
  std::chrono::system_clock::time_point time;
  std::uint64_t session = 0;
  wire_way way = wire_way::from_client;
  /// On the wire.
  std::size_t bytes = 0;
  std::string text;
  /// So many before this one were left out.
  std::uint64_t left_out = 0;
  /// Set in the last one, which is no message: why the trace has ended.
  std::string end;
};

/// One trace: messages come from the threads of the streams, lines go to one
/// reader. What finds the queue full is left out and counted: no stream waits.
class wire_trace final : public line_feed {
 public:
  using clock = std::chrono::steady_clock;

  wire_trace(trace_order order, std::shared_ptr<counters> count);

  const trace_order& order() const { return order_; }

  /// A message of one of its streams.
  void saw(std::uint64_t session, wire_way way, std::string_view text);

  /// True once it takes no more messages.
  bool is_closed() const { return closed_.load(std::memory_order_relaxed); }

  /// The next message that waits, or its end, once.
  std::optional<traced_message> next();

  std::string take(std::size_t most) override;
  bool is_over() const override;
  clock::time_point ends() const override { return end_; }
  void on_lines(std::function<void()> f) override;
  void stop() override;

 private:
  struct entry {
    std::chrono::system_clock::time_point time;
    std::uint64_t session = 0;
    wire_way way = wire_way::from_client;
    std::size_t bytes = 0;
    std::string text;
  };

  std::string last_line(const traced_message& x) const;
  /// Holding the mutex, both.
  void put(std::uint64_t session, wire_way way, std::string_view text);
  void close(std::string_view reason);

  trace_order order_;
  std::shared_ptr<counters> count_;
  clock::time_point end_;
  std::atomic<bool> closed_{false};

  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::deque<entry> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t shown_bytes_ = 0;
  std::uint64_t shown_ = 0;
  std::uint64_t left_out_ = 0;
  /// Left out since the last line that said so.
  std::uint64_t untold_ = 0;
  std::string reason_;
  bool told_end_ = false;
  std::function<void()> on_lines_;
};

/// The traces that a stream has part in.
using trace_list = std::vector<std::shared_ptr<wire_trace>>;

/// All traces of a node. Every member may be called from any thread.
class wire_traces {
 public:
  /// So many at a time: a reader takes one of the 16 connections of the control
  /// socket, which has other commands; the log takes none, but a queue as big.
  static constexpr std::size_t most = 8;

  /// Changes whenever a stream may have part in others than before.
  std::uint32_t generation() const noexcept {
    return generation_.load(std::memory_order_relaxed);
  }

  /// Held weakly: it ends with its reader. False if there are too many.
  bool add(const std::shared_ptr<wire_trace>& x);

  /// Has that trace show these sessions, too.
  void include(const wire_trace& x, const std::vector<std::uint64_t>& sessions);

  /// A session is known by this JID from here on.
  void bound(std::uint64_t session, std::string_view jid) noexcept;

  /// Null if there are none.
  std::shared_ptr<const trace_list> find(
    std::uint64_t session, std::string_view address) const;

 private:
  struct known {
    std::weak_ptr<wire_trace> trace;
    std::set<std::uint64_t> sessions;
    bool is_by_jid = false;
  };

  void forget_ended();

  mutable std::mutex mutex_;
  std::vector<known> all_;
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::size_t> by_jid_{0};
};

/// A place where the wire of one stream passes by; used by one thread at a
/// time.
class wire_probe {
 public:
  /// While nobody traces this costs one comparison. `source` is asked who this
  /// is, as session and address, when traces have begun or ended.
  template <class Source>
  void saw(const wire_traces& all, wire_way way, std::string_view text,
    Source&& source) {
    if (auto now = all.generation(); now != seen_) {
      seen_ = now;
      look_up(all, source);
    }
    if (traces_)
      show(way, text);
  }

  /// The stream belongs to another session now.
  void renew() { seen_ = ~std::uint32_t{0}; }

 private:
  template <class Source>
  void look_up(const wire_traces& all, Source&& source) {
    auto [session, address] = source();
    session_ = session;
    traces_ = all.find(session, address);
  }
  void show(wire_way way, std::string_view text);

  std::uint32_t seen_ = 0;
  std::uint64_t session_ = 0;
  std::shared_ptr<const trace_list> traces_;
};

} // namespace causeway
