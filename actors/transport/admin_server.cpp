#include "actors/transport/admin_server.hpp"

#include "actors/transport/accept_loop.hpp"
#include "actors/transport/address_text.hpp"
#include "actors/transport/admin_connection.hpp"
#include "actors/transport/io_threads.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace causeway {

namespace {

namespace net = boost::asio;
using net::ip::tcp;

constexpr std::size_t most_connections = 32;

// Everything runs on the thread of the listening sockets, so that a flood of
// requests takes no other one.
class listening_server final
  : public admin_server,
    public std::enable_shared_from_this<listening_server> {
 public:
  listening_server(
    io_threads& threads, tls_context_ptr tls, admin_handler handle)
    : executor_{threads.context().get_executor()}, loop_{executor_,
                                                     "admin_accept_failed"},
      tls_{std::move(tls)}, handle_{std::make_shared<const admin_handler>(
                              std::move(handle))} {}

  /// Throws what Asio throws.
  void listen(const tcp::endpoint& at);
  void start() {
    net::post(executor_, [me = shared_from_this()] { me->loop_.run(me); });
  }
  void take(wire_socket socket);
  const std::string& url() const override { return url_; }
  void close() override;

 private:
  bool make_room();

  wire_executor executor_;
  accept_loop<tcp> loop_;
  tls_context_ptr tls_;
  std::shared_ptr<const admin_handler> handle_;
  open_connections<admin_connection> connections_;
  std::string url_;
};

void listening_server::listen(const tcp::endpoint& at) {
  auto& listener = loop_.listener();
  listener.open(at.protocol());
  listener.set_option(net::socket_base::reuse_address{true});
  if (at.address().is_v6())
    listener.set_option(net::ip::v6_only{true});
  listener.bind(at);
  listener.listen(net::socket_base::max_listen_connections);
  url_ =
    (tls_ ? "https://" : "http://") + to_text(listener.local_endpoint()) + '/';
}

void listening_server::take(wire_socket socket) {
  if (connections_.count() >= most_connections && !make_room())
    return;
  auto x = std::make_shared<admin_connection>(std::move(socket), tls_, handle_);
  connections_.add(x);
  x->start();
}

// Who asks nothing gives way, so that the operator gets in past those who only
// hold connections.
bool listening_server::make_room() {
  std::shared_ptr<admin_connection> silent;
  connections_.for_each([&silent](auto& x) {
    if (x->silent_since()
        && (!silent || *x->silent_since() < *silent->silent_since()))
      silent = x;
  });
  if (silent)
    silent->close();
  return silent != nullptr;
}

void listening_server::close() {
  net::post(executor_, [me = shared_from_this()] {
    me->loop_.close();
    me->connections_.for_each([](auto& x) { x->close(); });
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
