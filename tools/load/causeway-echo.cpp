/// Calibration for tools/compare: what one echo by Boost.Beast costs here. The
/// server is a child process; clients send a text, and again when it is back.
#include "tools/load/process_stats.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

// One end of a connection: what it reads it writes, until the other end goes.
class echo : public std::enable_shared_from_this<echo> {
 public:
  explicit echo(
    tcp::socket socket, std::function<void()> on_read = [] {})
    : ws_{std::move(socket)}, on_read_{std::move(on_read)} {
    ws_.next_layer().set_option(tcp::no_delay{true});
    ws_.text(true);
  }

  void accept() {
    ws_.async_accept([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->read();
    });
  }

  void connect(const std::string& text) {
    ws_.handshake("localhost", "/");
    auto size =
      asio::buffer_copy(buffer_.prepare(text.size()), asio::buffer(text));
    buffer_.commit(size);
    write();
  }

 private:
  void read() {
    ws_.async_read(
      buffer_, [self = shared_from_this()](error_code ec, std::size_t) {
        if (ec)
          return;
        self->on_read_();
        self->write();
      });
  }

  void write() {
    ws_.async_write(
      buffer_.data(), [self = shared_from_this()](error_code ec, std::size_t) {
        if (ec)
          return;
        self->buffer_.clear();
        self->read();
      });
  }

  websocket::stream<tcp::socket> ws_;
  boost::beast::flat_buffer buffer_;
  std::function<void()> on_read_;
};

void accept_next(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code ec, tcp::socket socket) {
    if (ec)
      return;
    std::make_shared<echo>(std::move(socket))->accept();
    accept_next(acceptor);
  });
}

[[noreturn]] void serve(asio::io_context& io, tcp::acceptor& acceptor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  io.notify_fork(asio::io_context::fork_child);
  accept_next(acceptor);
  io.run();
  _exit(0);
}

void run_for(asio::io_context& io, double seconds) {
  io.run_for(
    std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6)});
}

// CPU microseconds of the server per message.
double measure(pid_t server, const tcp::endpoint& endpoint, unsigned count,
  std::size_t bytes, double seconds) {
  asio::io_context io{1};
  std::uint64_t echoes = 0;
  std::vector<std::shared_ptr<echo>> clients;
  for (unsigned i = 0; i < count; ++i) {
    tcp::socket socket{io};
    socket.connect(endpoint);
    clients.push_back(
      std::make_shared<echo>(std::move(socket), [&echoes] { ++echoes; }));
    clients.back()->connect(std::string(bytes, 'x'));
  }
  causeway::load::process_stats stats{{server}, false};
  run_for(io, seconds / 4);
  echoes = 0;
  auto before = stats.cpu();
  run_for(io, seconds);
  auto used = total(used_between(before, stats.cpu()));
  return 1e6 * used.total / static_cast<double>(echoes);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Tells the CPU microseconds of an echo by Boost.Beast, over "
               "ws on loopback, in a closed loop.",
    "causeway-echo"};
  unsigned connections = 100;
  std::size_t bytes = 400;
  double duration = 3;
  app.add_option("--connections", connections, "clients")
    ->check(CLI::Range(1, 500))
    ->capture_default_str();
  app.add_option("--bytes", bytes, "size of a message")
    ->check(CLI::Range(1, 65'536))
    ->capture_default_str();
  app.add_option("--duration", duration, "seconds to measure")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    auto endpoint = acceptor.local_endpoint();
    io.notify_fork(asio::io_context::fork_prepare);
    auto server = fork();
    if (server == 0)
      serve(io, acceptor);
    io.notify_fork(asio::io_context::fork_parent);
    acceptor.close();
    auto us = measure(server, endpoint, connections, bytes, duration);
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
    std::cout << us << '\n';
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "causeway-echo: " << e.what() << '\n';
    return 2;
  }
}
