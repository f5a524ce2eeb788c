#include "actors/transport/dns_channel.hpp"

#include "actors/transport/dns_answer.hpp"

#include <boost/asio/post.hpp>

#include <arpa/nameser.h>
#include <chrono>
#include <netdb.h>
#include <sys/time.h>

namespace causeway {

namespace net = boost::asio;
using boost::system::error_code;

struct dns_channel::question {
  dns_channel* channel;
  std::string name;
};

dns_channel::dns_channel(net::io_context& context)
  : executor_{context.get_executor()}, timer_{executor_} {}

dns_channel::~dns_channel() {
  srv_.clear();
  hosts_.clear();
  close();
}

std::string dns_channel::open(
  const std::vector<std::string>& name_servers, const dns_limits& limits) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS)
    return ares_strerror(library);
  ares_options options{};
  options.timeout = static_cast<int>(limits.timeout.count());
  options.tries = limits.tries;
  options.sock_state_cb = [](void* self, int descriptor, int read, int write) {
    static_cast<dns_channel*>(self)->watch_socket(
      descriptor, read != 0, write != 0);
  };
  options.sock_state_cb_data = this;
  auto status = ares_init_options(&channel_, &options,
    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS)
    return ares_strerror(status);
  std::string servers;
  for (const auto& server : name_servers)
    servers += (servers.empty() ? "" : ",") + server;
  if (!servers.empty())
    status = ares_set_servers_ports_csv(channel_, servers.c_str());
  return status == ARES_SUCCESS ? "" : servers + ": " + ares_strerror(status);
}

void dns_channel::find_srv(const std::string& name, srv_callback done) {
  if (!srv_.add(name, std::move(done)))
    return;
  auto callback = [](void* data, int status, int, unsigned char* bytes,
                    int size) noexcept {
    std::unique_ptr<question> x{static_cast<question*>(data)};
    x->channel->take_srv(
      x->name, status, {bytes, bytes ? static_cast<std::size_t>(size) : 0});
  };
  auto x = new question{this, name};
  ares_query(channel_, name.c_str(), ns_c_in, ns_t_srv, callback, x);
  start_timer();
}

void dns_channel::find_host(const std::string& name, host_callback done) {
  if (!hosts_.add(name, std::move(done)))
    return;
  auto callback = [](
                    void* data, int status, int, ares_addrinfo* list) noexcept {
    std::unique_ptr<question> x{static_cast<question*>(data)};
    x->channel->take_host(x->name, status, list);
  };
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  auto x = new question{this, name};
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, callback, x);
  start_timer();
}

void dns_channel::close() {
  // Calls back for every open question and closes every socket.
  if (channel_)
    ares_destroy(std::exchange(channel_, nullptr));
  timer_.cancel();
}

void dns_channel::watch_socket(int descriptor, bool read, bool write) noexcept {
  auto& x = watches_[descriptor];
  if (!read && !write) {
    // c-ares closes it next, so Asio must let go of it now.
    if (x) {
      x->closed = true;
      x->socket.release();
    }
    watches_.erase(descriptor);
    return;
  }
  if (!x) {
    error_code error;
    x = std::make_shared<watch>(executor_);
    x->socket.assign(descriptor, error);
    // Without its socket the question ends by its timeout.
    if (error) {
      watches_.erase(descriptor);
      return;
    }
  }
  x->wants_read = read;
  x->wants_write = write;
  wait(x);
}

void dns_channel::wait(const watch_ptr& x) {
  using socket = net::posix::descriptor_base;
  auto descriptor = x->socket.native_handle();
  if (x->wants_read && !x->reading) {
    x->reading = true;
    x->socket.async_wait(socket::wait_read,
      [self = shared_from_this(), x, descriptor](error_code) {
        x->reading = false;
        if (x->closed)
          return;
        self->process(descriptor, ARES_SOCKET_BAD);
        if (!x->closed)
          self->wait(x);
      });
  }
  if (x->wants_write && !x->writing) {
    x->writing = true;
    x->socket.async_wait(socket::wait_write,
      [self = shared_from_this(), x, descriptor](error_code) {
        x->writing = false;
        if (x->closed)
          return;
        if (x->wants_write)
          self->process(ARES_SOCKET_BAD, descriptor);
        if (!x->closed)
          self->wait(x);
      });
  }
}

void dns_channel::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  start_timer();
}

void dns_channel::start_timer() {
  timeval buffer{};
  auto rest = ares_timeout(channel_, nullptr, &buffer);
  if (!rest) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::seconds{rest->tv_sec}
                       + std::chrono::microseconds{rest->tv_usec});
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->channel_)
      self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

template <class Answer>
void dns_channel::answer(
  open_questions<Answer>& from, const std::string& name, const Answer& found) {
  // Not from within c-ares, which must not see exceptions or its own end.
  for (auto& done : from.take(name))
    net::post(executor_, [done = std::move(done), found] { done(found); });
}

void dns_channel::take_srv(
  const std::string& name, int status, std::span<const unsigned char> bytes) {
  if (status == ARES_SUCCESS)
    answer(srv_, name, read_srv_answer(bytes));
  else
    answer(srv_, name, resolver::srv_answer{make_dns_error(status)});
}

void dns_channel::take_host(
  const std::string& name, int status, ares_addrinfo* list) {
  std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owner{
    list, ares_freeaddrinfo};
  if (status == ARES_SUCCESS && list)
    answer(hosts_, name, read_addresses(*list));
  else
    answer(hosts_, name, resolver::host_answer{make_dns_error(status)});
}

} // namespace causeway
