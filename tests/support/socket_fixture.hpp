#pragma once

#include "actors/messages.hpp"
#include "actors/transport/io_threads.hpp"
#include "actors/transport/resolver.hpp"
#include "actors/transport/upstream_connect.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/test/dsl.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace causeway::test {

/// Answers from a table; names that are not in it are addresses.
class table_resolver final : public resolver {
 public:
  explicit table_resolver(boost::asio::io_context& context)
    : context_{context} {}

  void find_srv(std::string, std::function<void(srv_answer)> done) override {
    boost::asio::post(context_, [done] {
      done(dns_error{true, "no SRV records here"});
    });
  }
  void find_host(
    std::string name, std::function<void(host_answer)> done) override {
    if (silent || name == silent_about)
      return;
    auto found = hosts.find(name);
    auto addresses =
      found != hosts.end() ? found->second : std::vector<std::string>{name};
    boost::asio::post(context_, [done, addresses] { done(addresses); });
  }

  std::map<std::string, std::vector<std::string>> hosts;
  bool silent = false;
  std::string silent_about;

 private:
  boost::asio::io_context& context_;
};

/// What a transport tells its link.
struct link_log {
  static inline const char* name = "link_log";
  std::string bytes;
  std::size_t largest_chunk = 0;
  int tls_ready = 0;
  int deadlines = 0;
  std::vector<transport_closed> ends;
};

inline caf::behavior logging_link(caf::stateful_actor<link_log>* self) {
  return {
    [self](const chunk_received& x) {
      self->state.bytes += x.bytes;
      self->state.largest_chunk =
        std::max(self->state.largest_chunk, x.bytes.size());
    },
    [self](const upstream_tls_ready&) { ++self->state.tls_ready; },
    [self](const deadline_reached&) { ++self->state.deadlines; },
    [self](const transport_closed& x) { self->state.ends.push_back(x); },
  };
}

/// Real sockets on loopback, all on the thread of the test.
struct socket_fixture : test_coordinator_fixture<> {
  socket_fixture() {
    link = sys.spawn(logging_link);
    run();
  }
  ~socket_fixture() {
    if (outcome && outcome->socket)
      outcome->socket->abort();
    settle();
    anon_send_exit(link, caf::exit_reason::kill);
    run();
  }

  boost::asio::io_context& context() { return threads.context(); }
  link_log& log() { return deref<caf::stateful_actor<link_log>>(link).state; }

  /// Handles events until the claim holds; false if it does not in 5 s.
  bool until(const std::function<bool()>& holds) {
    auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    run();
    while (!holds()) {
      if (std::chrono::steady_clock::now() > limit)
        return false;
      context().run_one_for(std::chrono::milliseconds{100});
      run();
    }
    return true;
  }

  /// Handles whatever can be handled now.
  void settle() {
    do
      run();
    while (context().poll() > 0);
  }

  std::shared_ptr<scripted_server> make_server() {
    return std::make_shared<scripted_server>(context());
  }

  upstream_target target(const std::string& host, std::uint16_t port) {
    upstream_target out;
    out.endpoint = host + ":" + std::to_string(port);
    out.host = host;
    out.port = port;
    out.mode = config::upstream_tls::none;
    return out;
  }

  void begin() {
    outcome.reset();
    attempt = connect_upstream(threads, names, request,
      [this](connect_outcome x) { outcome = std::move(x); });
  }
  /// Connects; the outcome is there then.
  bool connect() {
    begin();
    return until([this] { return outcome.has_value(); });
  }

  /// "ENDPOINT: DETAIL" of each failure.
  std::string failures() const {
    std::string out;
    for (auto& x : outcome->failures)
      out += x.endpoint + (x.tls ? " TLS: " : ": ") + x.detail + "\n";
    return out;
  }

  io_threads threads{1};
  std::shared_ptr<table_resolver> names =
    std::make_shared<table_resolver>(threads.context());
  caf::actor link;
  connect_request request;
  std::unique_ptr<upstream_attempt> attempt;
  std::optional<connect_outcome> outcome;
};

} // namespace causeway::test
