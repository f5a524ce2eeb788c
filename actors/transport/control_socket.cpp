#include "actors/transport/control_socket.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/transport/control_connection.hpp"
#include "actors/transport/io_threads.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace causeway {

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::local::stream_protocol;

constexpr std::size_t most_connections = 16;
constexpr std::chrono::seconds pause_after_failure{1};

using acceptor_type =
  net::basic_socket_acceptor<stream_protocol, control_executor>;
using timer_type = net::basic_waitable_timer<std::chrono::steady_clock,
  net::wait_traits<std::chrono::steady_clock>, control_executor>;

// The one control socket of this process. Everything runs on one thread.
class listening_socket final
  : public control_socket,
    public std::enable_shared_from_this<listening_socket> {
 public:
  listening_socket(
    io_threads& threads, std::shared_ptr<handle_cell<admin_actor>> admin)
    : executor_{threads.context().get_executor()}, acceptor_{executor_},
      timer_{executor_}, admin_{std::move(admin)} {}

  error_code listen(const std::string& path);
  void start() {
    net::post(executor_, [me = shared_from_this()] { me->accept(); });
  }
  void close() override;

 private:
  void accept();
  void take(control_stream stream);
  void remove_file() const;

  control_executor executor_;
  acceptor_type acceptor_;
  timer_type timer_;
  std::shared_ptr<handle_cell<admin_actor>> admin_;
  std::vector<std::weak_ptr<control_connection>> connections_;
  std::string path_;
  struct stat file_ {};
};

error_code listening_socket::listen(const std::string& path) {
  error_code error;
  acceptor_.open(stream_protocol{}, error);
  if (error)
    return error;
  // The file gets the mode of the socket, so it is never open to others.
  if (::fchmod(acceptor_.native_handle(), S_IRUSR | S_IWUSR) != 0)
    return error_code{errno, boost::system::system_category()};
  acceptor_.bind(stream_protocol::endpoint{path}, error);
  if (error)
    return error;
  path_ = path;
  ::stat(path.c_str(), &file_);
  acceptor_.listen(net::socket_base::max_listen_connections, error);
  if (error)
    remove_file();
  return error;
}

void listening_socket::accept() {
  if (!acceptor_.is_open())
    return;
  acceptor_.async_accept(
    executor_, [me = shared_from_this()](error_code error, control_stream x) {
      if (error == net::error::operation_aborted)
        return;
      if (!error) {
        me->take(std::move(x));
        return me->accept();
      }
      // Out of descriptors, most likely: others may close some.
      log_event(log_level::warn, "control_accept_failed",
        {{"reason", error.message()}});
      me->timer_.expires_after(pause_after_failure);
      me->timer_.async_wait([me](error_code) { me->accept(); });
    });
}

void listening_socket::take(control_stream stream) {
  std::erase_if(connections_, [](auto& x) {
    auto ptr = x.lock();
    return !ptr || !ptr->is_open();
  });
  auto x = std::make_shared<control_connection>(std::move(stream), admin_);
  if (connections_.size() >= most_connections)
    return x->refuse("too many control connections; try again");
  connections_.push_back(x);
  x->start();
}

void listening_socket::close() {
  remove_file();
  net::post(executor_, [me = shared_from_this()] {
    error_code ignored;
    me->acceptor_.close(ignored);
    me->timer_.cancel();
    for (auto& x : me->connections_)
      if (auto ptr = x.lock())
        ptr->close();
  });
}

void listening_socket::remove_file() const {
  struct stat now {};
  if (::stat(path_.c_str(), &now) == 0 && now.st_ino == file_.st_ino
      && now.st_dev == file_.st_dev)
    ::unlink(path_.c_str());
}

std::string sentence(const std::string& path, std::string_view text) {
  std::string out{"control socket "};
  out += path;
  out += ": ";
  out += text;
  return out;
}

// Makes way for our socket; a text says why that cannot be.
std::string clear_the_way(io_threads& threads, const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return "the path is too long for a Unix socket";
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0)
    return {};
  if (!S_ISSOCK(file.st_mode))
    return "there is a file that is no socket";
  error_code error;
  stream_protocol::socket probe{threads.context()};
  probe.connect(stream_protocol::endpoint{path}, error);
  if (!error)
    return "another causewayd is running";
  if (error != net::error::connection_refused)
    return error.message();
  ::unlink(path.c_str());
  return {};
}

} // namespace

protocol::result<std::shared_ptr<control_socket>, std::string>
control_socket::open(io_threads& threads, const std::string& path,
  std::shared_ptr<handle_cell<admin_actor>> admin) {
  auto obstacle = clear_the_way(threads, path);
  if (!obstacle.empty())
    return sentence(path, obstacle);
  auto socket = std::make_shared<listening_socket>(threads, std::move(admin));
  if (auto error = socket->listen(path))
    return sentence(path, error.message());
  socket->start();
  return std::shared_ptr<control_socket>{std::move(socket)};
}

} // namespace causeway
