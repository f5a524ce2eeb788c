#include "actors/transport/acceptor.hpp"

#include "actors/transport/address_text.hpp"
#include "actors/transport/client_network.hpp"
#include "actors/transport/handshake.hpp"
#include "actors/transport/io_threads.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include <mutex>
#include <utility>
#include <vector>

namespace causeway {

namespace {

namespace net = boost::asio;
using net::ip::tcp;

constexpr int backlog = 4096;

/// Pause after the process or the system ran out of descriptors or memory.
constexpr std::chrono::milliseconds retry_after{100};

/// Connections over the limit that are told so; more are cut without answer.
constexpr int max_refusals = 64;

bool out_of_resources(error_code error) {
  return error == net::error::no_descriptors || error == net::error::no_memory
         || error == net::error::no_buffer_space
         || error == boost::system::errc::too_many_files_open_in_system;
}

/// Errors of one connection, not of the listening socket (accept(2)).
bool concerns_one_connection(error_code error) {
  return error == net::error::connection_aborted
         || error == net::error::interrupted
         || error == net::error::network_down
         || error == net::error::network_unreachable
         || error == net::error::host_unreachable
         || error == boost::system::errc::protocol_error
         || error == boost::system::errc::operation_not_permitted;
}

/// The listening socket. Its handlers and `stop` take turns by a mutex, so
/// that the port is free when `stop` returns, on whatever thread it runs.
class listening_socket : public std::enable_shared_from_this<listening_socket> {
 public:
  listening_socket(io_threads& threads,
    std::shared_ptr<handshake_environment> environment, handshake_rules rules,
    std::shared_ptr<admission> admission,
    std::function<void(std::string)> on_failed)
    : threads_{threads}, socket_{threads.context()}, retry_{threads.context()},
      environment_{std::move(environment)}, rules_{std::move(rules)},
      admission_{std::move(admission)}, on_failed_{std::move(on_failed)} {}

  /// Binds and listens; throws what Asio throws.
  tcp::endpoint listen(const tcp::endpoint& at);
  void accept();
  void stop();
  handshake_rules rules() const;
  void set_rules(handshake_rules x);

 private:
  void accepted(error_code error, wire_socket socket);
  void begin(wire_socket socket);
  std::string network_of(const wire_socket& socket) const;
  void retry_later();
  void forget_finished();

  io_threads& threads_;
  mutable std::mutex mutex_;
  tcp::acceptor socket_;
  net::steady_timer retry_;
  std::shared_ptr<handshake_environment> environment_;
  handshake_rules rules_;
  std::shared_ptr<admission> admission_;
  std::function<void(std::string)> on_failed_;
  std::vector<std::weak_ptr<handshake>> handshakes_;
  std::size_t forget_at_ = 64;
};

tcp::endpoint listening_socket::listen(const tcp::endpoint& at) {
  socket_.open(at.protocol());
  socket_.set_option(net::socket_base::reuse_address{true});
  if (at.address().is_v6())
    socket_.set_option(net::ip::v6_only{true});
  socket_.bind(at);
  socket_.listen(backlog);
  return socket_.local_endpoint();
}

void listening_socket::accept() {
  socket_.async_accept(threads_.context(threads_.next_thread()).get_executor(),
    [self = shared_from_this()](error_code error, wire_socket socket) {
      self->accepted(error, std::move(socket));
    });
}

void listening_socket::accepted(error_code error, wire_socket socket) {
  std::unique_lock guard{mutex_};
  if (environment_->stopped)
    return;
  if (!error) {
    begin(std::move(socket));
    accept();
  } else if (out_of_resources(error)) {
    environment_->counters.add(counter::connections_refused);
    retry_later();
  } else if (concerns_one_connection(error)) {
    accept();
  } else {
    guard.unlock();
    on_failed_(error.message());
  }
}

void listening_socket::begin(wire_socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  auto ticket =
    admission_->enter(std::chrono::steady_clock::now(), network_of(socket));
  if (ticket) {
    environment_->counters.add(counter::connections_accepted);
  } else {
    environment_->counters.add(counter::connections_refused);
    if (environment_->refusals >= max_refusals)
      return;
  }
  auto begun = std::make_shared<handshake>(
    environment_, rules_, std::move(socket), std::move(ticket));
  forget_finished();
  handshakes_.push_back(begun);
  begun->start();
}

// Where TLS does not end here a proxy stands in front: its address would be
// that of all clients.
std::string listening_socket::network_of(const wire_socket& socket) const {
  error_code error;
  auto remote = socket.remote_endpoint(error);
  return rules_.tls && !error ? client_network(to_text(remote)) : std::string{};
}

void listening_socket::forget_finished() {
  if (handshakes_.size() < forget_at_)
    return;
  std::erase_if(handshakes_, [](auto& x) { return x.expired(); });
  forget_at_ = 64 + 2 * handshakes_.size();
}

void listening_socket::retry_later() {
  retry_.expires_after(retry_after);
  retry_.async_wait([self = shared_from_this()](error_code error) {
    std::lock_guard guard{self->mutex_};
    if (!error && !self->environment_->stopped)
      self->accept();
  });
}

handshake_rules listening_socket::rules() const {
  std::lock_guard guard{mutex_};
  return rules_;
}

void listening_socket::set_rules(handshake_rules x) {
  // What the old ones hold ends outside.
  std::lock_guard guard{mutex_};
  std::swap(rules_, x);
}

void listening_socket::stop() {
  std::lock_guard guard{mutex_};
  if (environment_->stopped.exchange(true))
    return;
  error_code ignored;
  socket_.close(ignored);
  retry_.cancel();
  for (auto& weak : handshakes_)
    if (auto pending = weak.lock())
      pending->cancel();
  handshakes_.clear();
}

class tcp_acceptor final : public acceptor {
 public:
  tcp_acceptor(std::shared_ptr<listening_socket> socket, std::string address)
    : socket_{std::move(socket)}, address_{std::move(address)} {}
  ~tcp_acceptor() override { socket_->stop(); }

  const std::string& local_address() const override { return address_; }
  std::string url() const override {
    auto now = socket_->rules();
    return (now.tls ? "wss://" : "ws://") + address_ + now.websocket->path;
  }
  void apply(const config::websocket& rules, tls_context_ptr tls) override {
    socket_->set_rules(
      {std::make_shared<const config::websocket>(rules), std::move(tls)});
  }
  void stop() override { socket_->stop(); }

 private:
  std::shared_ptr<listening_socket> socket_;
  std::string address_;
};

} // namespace

protocol::result<std::unique_ptr<acceptor>, std::string> open_acceptor(
  io_threads& threads, acceptor_settings settings,
  std::function<void(transport_ptr)> on_open,
  std::function<void(std::string)> on_failed) {
  auto& address = settings.listener.address;
  if (settings.listener.secure && !settings.tls)
    return address + ": no TLS context";
  auto endpoint = parse_endpoint(address);
  if (endpoint.has_error())
    return endpoint.error();
  // COMPAT(clang 14): make_shared cannot make an aggregate there.
  std::shared_ptr<handshake_environment> environment{
    new handshake_environment{settings.counters, std::move(on_open)}};
  handshake_rules rules{
    std::make_shared<const config::websocket>(settings.websocket),
    settings.listener.secure ? settings.tls : nullptr};
  auto socket = std::make_shared<listening_socket>(threads, environment,
    std::move(rules), std::move(settings.admission), std::move(on_failed));
  try {
    auto local = socket->listen(*endpoint);
    socket->accept();
    return std::unique_ptr<acceptor>{
      std::make_unique<tcp_acceptor>(std::move(socket), to_text(local))};
  } catch (const boost::system::system_error& error) {
    return "cannot listen on " + address + ": " + error.code().message();
  }
}

} // namespace causeway
