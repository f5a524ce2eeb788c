#include "tools/ctl/control_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace causeway::ctl {

namespace {

// The server gives up on its own after 10 seconds.
constexpr timeval patience{15, 0};

// A descriptor that closes itself.
class unix_socket {
 public:
  unix_socket() : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {}
  unix_socket(const unix_socket&) = delete;
  unix_socket& operator=(const unix_socket&) = delete;
  ~unix_socket() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

connection_error explain_connect(const std::string& path, int code) {
  switch (code) {
  case ENOENT:
    return {"there is no socket at " + path
            + ": is causewayd running? Name its socket with --socket or "
              "CAUSEWAY_SOCKET"};
  case ECONNREFUSED:
    return {"nobody listens at " + path + ": is causewayd running?"};
  case EACCES:
  case EPERM:
    return {"permission denied for " + path
            + ": only the user that runs causewayd may connect"};
  default: return {"cannot connect to " + path + ": " + std::strerror(code)};
  }
}

connection_error explain_transfer(int code) {
  if (code == EAGAIN || code == EWOULDBLOCK)
    return {"causewayd does not answer"};
  return {
    std::string{"the connection to causewayd broke: "} + std::strerror(code)};
}

// 0, or the error number.
int connect_to(int fd, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return ENAMETOOLONG;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  return ::connect(fd, generic, sizeof(address)) == 0 ? 0 : errno;
}

int send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

protocol::result<std::string, connection_error> read_line(int fd) {
  std::string out;
  std::array<char, 65536> block;
  while (true) {
    auto n = ::recv(fd, block.data(), block.size(), 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return explain_transfer(errno);
    if (n == 0)
      return connection_error{"causewayd closed the connection"};
    out.append(block.data(), static_cast<std::size_t>(n));
    if (out.back() == '\n')
      return {boost::system::in_place_value, std::move(out)};
  }
}

// Lines one by one; what came behind one is kept for the next.
class line_reader {
 public:
  explicit line_reader(int fd) : fd_{fd} {}

  protocol::result<std::string, connection_error> next() {
    std::array<char, 65536> block;
    while (true) {
      if (auto end = rest_.find('\n'); end != std::string::npos) {
        auto line = rest_.substr(0, end);
        rest_.erase(0, end + 1);
        return {boost::system::in_place_value, std::move(line)};
      }
      auto n = ::recv(fd_, block.data(), block.size(), 0);
      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (n < 0)
        return explain_transfer(errno);
      if (n == 0)
        return connection_error{"causewayd closed the connection"};
      rest_.append(block.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
  std::string rest_;
};

} // namespace

connection_error follow_server(const std::string& path,
  const boost::json::object& request,
  const std::function<bool(const boost::json::object&)>& take) {
  unix_socket socket;
  if (socket.fd() < 0)
    return explain_transfer(errno);
  if (auto code = connect_to(socket.fd(), path))
    return explain_connect(path, code);
  auto unsent = send_all(socket.fd(), boost::json::serialize(request) + '\n');
  line_reader lines{socket.fd()};
  while (true) {
    auto line = lines.next();
    if (!line)
      return unsent ? explain_transfer(unsent) : line.error();
    boost::json::error_code failure;
    auto answer = boost::json::parse(*line, failure);
    if (failure || !answer.is_object())
      return {"the answer of " + path + " is no JSON object"};
    if (!take(answer.get_object()))
      return {};
  }
}

protocol::result<boost::json::object, connection_error> ask_server(
  const std::string& path, const boost::json::object& request) {
  unix_socket socket;
  if (socket.fd() < 0)
    return explain_transfer(errno);
  if (auto code = connect_to(socket.fd(), path))
    return explain_connect(path, code);
  // A server that refuses answers before it reads: look for its answer even
  // if it did not take the question.
  auto unsent = send_all(socket.fd(), boost::json::serialize(request) + '\n');
  auto line = read_line(socket.fd());
  if (!line)
    return unsent ? explain_transfer(unsent) : line.error();
  boost::json::error_code failure;
  auto answer = boost::json::parse(*line, failure);
  if (failure || !answer.is_object())
    return connection_error{"the answer of " + path + " is no JSON object"};
  return std::move(answer.get_object());
}

} // namespace causeway::ctl
