#include "actors/transport/admin_server.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/transport/address_text.hpp"
#include "actors/transport/admin_connection.hpp"
#include "actors/transport/io_threads.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace causeway {

namespace {

namespace net = boost::asio;
using net::ip::tcp;

constexpr std::size_t most_connections = 32;
constexpr std::chrono::seconds pause_after_failure{1};

using acceptor_type = net::basic_socket_acceptor<tcp, wire_executor>;
using timer_type = net::basic_waitable_timer<std::chrono::steady_clock,
  net::wait_traits<std::chrono::steady_clock>, wire_executor>;

// Everything runs on the thread of the listening sockets, so that a flood of
// requests takes no other one.
class listening_server final
  : public admin_server,
    public std::enable_shared_from_this<listening_server> {
 public:
  listening_server(
    io_threads& threads, tls_context_ptr tls, admin_handler handle)
    : executor_{threads.context().get_executor()}, acceptor_{executor_},
      timer_{executor_}, tls_{std::move(tls)},
      handle_{std::make_shared<const admin_handler>(std::move(handle))} {}

  /// Throws what Asio throws.
  void listen(const tcp::endpoint& at);
  void start() {
    net::post(executor_, [me = shared_from_this()] { me->accept(); });
  }
  const std::string& url() const override { return url_; }
  void close() override;

 private:
  void accept();
  void take(wire_socket socket);
  bool make_room();

  wire_executor executor_;
  acceptor_type acceptor_;
  timer_type timer_;
  tls_context_ptr tls_;
  std::shared_ptr<const admin_handler> handle_;
  std::vector<std::weak_ptr<admin_connection>> connections_;
  std::string url_;
};

void listening_server::listen(const tcp::endpoint& at) {
  acceptor_.open(at.protocol());
  acceptor_.set_option(net::socket_base::reuse_address{true});
  if (at.address().is_v6())
    acceptor_.set_option(net::ip::v6_only{true});
  acceptor_.bind(at);
  acceptor_.listen(net::socket_base::max_listen_connections);
  url_ =
    (tls_ ? "https://" : "http://") + to_text(acceptor_.local_endpoint()) + '/';
}

void listening_server::accept() {
  if (!acceptor_.is_open())
    return;
  acceptor_.async_accept(
    executor_, [me = shared_from_this()](error_code error, wire_socket socket) {
      if (error == net::error::operation_aborted)
        return;
      if (!error) {
        me->take(std::move(socket));
        return me->accept();
      }
      // Out of descriptors, most likely: others may close some.
      log_event(
        log_level::warn, "admin_accept_failed", {{"reason", error.message()}});
      me->timer_.expires_after(pause_after_failure);
      me->timer_.async_wait([me](error_code) { me->accept(); });
    });
}

void listening_server::take(wire_socket socket) {
  std::erase_if(connections_, [](auto& x) {
    auto ptr = x.lock();
    return !ptr || !ptr->is_open();
  });
  if (connections_.size() >= most_connections && !make_room())
    return;
  auto x = std::make_shared<admin_connection>(std::move(socket), tls_, handle_);
  connections_.push_back(x);
  x->start();
}

// Who asks nothing gives way, so that the operator gets in past those who only
// hold connections.
bool listening_server::make_room() {
  std::shared_ptr<admin_connection> silent;
  for (auto& x : connections_)
    if (auto ptr = x.lock(); ptr && ptr->silent_since())
      if (!silent || *ptr->silent_since() < *silent->silent_since())
        silent = std::move(ptr);
  if (silent)
    silent->close();
  return silent != nullptr;
}

void listening_server::close() {
  net::post(executor_, [me = shared_from_this()] {
    error_code ignored;
    me->acceptor_.close(ignored);
    me->timer_.cancel();
    for (auto& x : me->connections_)
      if (auto ptr = x.lock())
        ptr->close();
    // It may hold what holds this.
    me->handle_ = nullptr;
  });
}

} // namespace

protocol::result<std::shared_ptr<admin_server>, std::string> admin_server::open(
  io_threads& threads, const std::string& address, tls_context_ptr tls,
  admin_handler handle) {
  auto endpoint = parse_endpoint(address);
  if (!endpoint)
    return "admin endpoint " + endpoint.error();
  auto server = std::make_shared<listening_server>(
    threads, std::move(tls), std::move(handle));
  try {
    server->listen(*endpoint);
  } catch (const boost::system::system_error& error) {
    return "admin endpoint " + address + ": " + error.code().message();
  }
  server->start();
  return std::shared_ptr<admin_server>{std::move(server)};
}

} // namespace causeway
