#include "actors/transport/socket_watch.hpp"

#include "actors/transport/loop_turn.hpp"
#include "actors/transport/watched_socket.hpp"

#include <boost/system/system_error.hpp>

#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace causeway {

namespace net = boost::asio;
using boost::system::error_code;

net::execution_context::id socket_watch::id;

socket_watch::socket_watch(net::io_context& loop)
  : net::execution_context::service{loop},
    turn_{net::use_service<loop_turn>(loop)}, set_{loop.get_executor()} {
  auto descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0)
    throw boost::system::system_error{errno_code(), "epoll_create1"};
  set_.assign(descriptor);
  await();
}

socket_watch::~socket_watch() = default;

socket_watch::ticket socket_watch::add(
  watched_socket& x, int descriptor, error_code& error) {
  if (free_.empty()) {
    // Also the room to give it back, which must not fail.
    places_.emplace_back();
    free_.reserve(places_.capacity());
    free_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
  }
  auto number = free_.back();
  auto& here = places_[number];
  if (++here.turn == 0)
    here.turn = 1;
  auto key = static_cast<ticket>(here.turn) << 32 | number;
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.u64 = key;
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &wanted)
      != 0) {
    error = errno_code();
    return 0;
  }
  free_.pop_back();
  here.socket = &x;
  return key;
}

// The kernel takes a descriptor out of the set when it is closed.
void socket_watch::remove(ticket x) {
  auto number = static_cast<std::uint32_t>(x);
  places_[number].socket = nullptr;
  free_.push_back(number);
}

void socket_watch::shutdown() {
  // What waits for a socket may hold the last reference to it, or to others.
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (auto* x = places_[i].socket)
      x->forget_waiters();
}

void socket_watch::await() {
  set_.async_wait(decltype(set_)::wait_read, [this](error_code error) {
    if (!error)
      look();
  });
}

void socket_watch::look() {
  std::array<epoll_event, most_at_once> events;
  auto n = ::epoll_wait(
    set_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  // Before anybody is told, in the memory of the wait that is over: this must
  // not fail.
  await();
  turn_.begin();
  for (int i = 0; i < n; ++i)
    if (auto* x = find(events[i].data.u64))
      x->changed(events[i].events);
  turn_.end();
}

watched_socket* socket_watch::find(ticket x) const {
  auto& here = places_[static_cast<std::uint32_t>(x)];
  return here.turn == x >> 32 ? here.socket : nullptr;
}

} // namespace causeway
