#pragma once

#include "actors/transport/upstream_connect.hpp"
#include "actors/upstream/upstream.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace causeway::test {

/// A TCP connection whose server is the test.
class fake_upstream_socket final
  : public upstream_transport,
    public std::enable_shared_from_this<fake_upstream_socket> {
 public:
  // -- what the test does ----------------------------------------------------

  void server_sends(std::string bytes) {
    credit -= static_cast<std::ptrdiff_t>(bytes.size());
    caf::anon_send(owner, chunk_received{std::move(bytes)});
  }
  void lose(close_cause cause = close_cause::connection_lost) {
    finish({cause, 0, "lost"});
  }
  void tls_ready() { caf::anon_send(owner, upstream_tls_ready{}); }
  void deadline_passes() { caf::anon_send(owner, deadline_reached{}); }
  /// The server reads again.
  void take_all() {
    stalled = false;
    for (auto& x : std::exchange(queued, {}))
      send(std::move(x));
  }

  /// What was written since the last call.
  std::string read() { return std::exchange(sent, {}); }

  std::string sent;
  /// Of all that was sent, what may wait.
  std::string patient;
  upstream_link_actor owner;
  std::ptrdiff_t credit = 0;
  std::chrono::milliseconds deadline{0};
  bool stalled = false;
  /// The server does not take note of the end: `lose` does.
  bool lingers = false;
  bool tls_begun = false;
  bool closed = false;
  bool aborted = false;

  // -- upstream_transport ----------------------------------------------------

  void start(upstream_link_actor x, std::size_t window) override {
    owner = std::move(x);
    credit = static_cast<std::ptrdiff_t>(window);
  }
  void charge(std::size_t bytes) noexcept override {
    credit -= static_cast<std::ptrdiff_t>(bytes);
  }
  bool has_credit() const noexcept override { return credit > 0; }
  void grant(std::size_t bytes) noexcept override {
    credit += static_cast<std::ptrdiff_t>(bytes);
  }
  std::size_t send(outgoing_message x) override {
    if (stalled) {
      queued.push_back(std::move(x));
      return 0;
    }
    sent += x.text;
    if (x.may_wait)
      patient += x.text;
    if (x.guard)
      x.guard->settle();
    return 0;
  }
  std::size_t queued_bytes() const override { return 0; }
  void start_tls() override { tls_begun = true; }
  void set_deadline(std::chrono::milliseconds after) override {
    deadline = after;
  }
  void close() override {
    closed = true;
    if (!lingers)
      finish({close_cause::closed_here, 0, "closed"});
  }
  void abort() override {
    aborted = true;
    finish({close_cause::closed_here, 0, "aborted"});
  }
  transport_counters counters() const override { return {}; }

 private:
  void finish(transport_closed how) {
    if (!owner)
      return;
    queued.clear();
    caf::anon_send(owner, std::move(how));
    owner = nullptr;
  }

  std::deque<outgoing_message> queued;
};

/// Connects that wait for the test to say how they end.
class fake_connector {
 public:
  struct pending {
    connect_request request;
    std::function<void(connect_outcome)> done;
  };

  connect_function function() {
    return [this](connect_request request,
             std::function<void(connect_outcome)> done) {
      waiting.push_back({std::move(request), std::move(done)});
      return std::make_unique<upstream_attempt>();
    };
  }

  /// The oldest connect reaches one of its targets.
  std::shared_ptr<fake_upstream_socket> accept(std::size_t index = 0) {
    auto x = std::move(waiting.front());
    waiting.pop_front();
    auto socket = std::make_shared<fake_upstream_socket>();
    connect_outcome outcome;
    outcome.socket = socket;
    outcome.target = x.request.targets.at(index);
    outcome.secure = outcome.target.mode == config::upstream_tls::direct;
    outcome.loopback = true;
    outcome.address = "127.0.0.1:5222";
    x.done(std::move(outcome));
    return socket;
  }

  /// The oldest connect fails at all its targets.
  void refuse(bool tls = false) {
    auto x = std::move(waiting.front());
    waiting.pop_front();
    connect_outcome outcome;
    for (auto& y : x.request.targets)
      outcome.failures.push_back({y.endpoint, "refused", tls, true});
    x.done(std::move(outcome));
  }

  std::deque<pending> waiting;
};

/// One entry of `upstream` at this address.
inline upstream_entry entry_at(std::string address, std::uint32_t weight = 1) {
  upstream_entry x;
  x.settings.address = std::move(address);
  x.settings.tls = config::upstream_tls::none;
  x.settings.weight = weight;
  return x;
}

/// The parts of the servers of `domain`.
std::shared_ptr<const upstream_parts> make_upstream_parts(std::string domain,
  std::vector<upstream_entry> entries, fake_connector& connector,
  std::shared_ptr<counters> count);

} // namespace causeway::test
