#include "actors/transport/control_socket.hpp"

#include "actors/transport/accept_loop.hpp"
#include "actors/transport/control_connection.hpp"
#include "actors/transport/io_threads.hpp"

#include <boost/asio/post.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace causeway {

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::local::stream_protocol;

constexpr std::size_t most_connections = 16;

// The one control socket of this process. Everything runs on one thread.
class listening_socket final
  : public control_socket,
    public std::enable_shared_from_this<listening_socket> {
 public:
  listening_socket(
    io_threads& threads, std::shared_ptr<handle_cell<admin_actor>> admin)
    : executor_{threads.context().get_executor()},
      loop_{executor_, "control_accept_failed"}, admin_{std::move(admin)} {}

  error_code listen(const std::string& path);
  void start() {
    net::post(executor_, [me = shared_from_this()] { me->loop_.run(me); });
  }
  void take(control_stream stream);
  void close() override;

 private:
  void remove_file() const;

  control_executor executor_;
  accept_loop<stream_protocol> loop_;
  std::shared_ptr<handle_cell<admin_actor>> admin_;
  open_connections<control_connection> connections_;
  std::string path_;
  struct stat file_ {};
};

error_code listening_socket::listen(const std::string& path) {
  error_code error;
  auto& listener = loop_.listener();
  listener.open(stream_protocol{}, error);
  if (error)
    return error;
  // The file gets the mode of the socket, so it is never open to others.
  if (::fchmod(listener.native_handle(), S_IRUSR | S_IWUSR) != 0)
    return error_code{errno, boost::system::system_category()};
  listener.bind(stream_protocol::endpoint{path}, error);
  if (error)
    return error;
  path_ = path;
  ::stat(path.c_str(), &file_);
  listener.listen(net::socket_base::max_listen_connections, error);
  if (error)
    remove_file();
  return error;
}

void listening_socket::take(control_stream stream) {
  auto x = std::make_shared<control_connection>(std::move(stream), admin_);
  if (connections_.count() >= most_connections)
    return x->refuse("too many control connections; try again");
  connections_.add(x);
  x->start();
}

void listening_socket::close() {
  remove_file();
  net::post(executor_, [me = shared_from_this()] {
    me->loop_.close();
    me->connections_.for_each([](auto& x) { x->close(); });
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
