#include "actors/transport/watched_socket.hpp"

#include "actors/transport/guarded_call.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <cassert>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace causeway {

namespace net = boost::asio;

namespace {

int take_descriptor(wire_socket& x) {
  error_code error;
  x.native_non_blocking(true, error);
  auto descriptor = x.release(error);
  return error ? -1 : descriptor;
}

} // namespace

error_code errno_code() {
  return {errno, boost::system::system_category()};
}

watched_socket::watched_socket(wire_socket x)
  : executor_{x.get_executor()}, descriptor_{
                                   x.is_open() ? take_descriptor(x) : -1} {}

watched_socket::~watched_socket() {
  close();
}

ssize_t watched_socket::receive(void* out, std::size_t size) noexcept {
  if (!readable_) {
    errno = EAGAIN;
    return -1;
  }
  auto n = ::recv(descriptor_, out, size, 0);
  // Also of an end that was not told of yet.
  if (n == 0)
    ended_ = true;
  // A short read has emptied the socket; what comes next is told (epoll(7)).
  else if (n < 0 ? errno == EAGAIN : static_cast<std::size_t>(n) < size)
    readable_ = ended_;
  return n;
}

void watched_socket::await(side what, std::shared_ptr<ready_waiter> who) {
  if (descriptor_ < 0)
    return tell_soon(std::move(who), net::error::operation_aborted);
  if (what == side::read && readable_)
    return tell_soon(std::move(who));
  if (ticket_ == 0) {
    if (watch_ == nullptr)
      watch_ = &net::use_service<socket_watch>(executor_.context());
    error_code error;
    ticket_ = watch_->add(*this, descriptor_, error);
    if (ticket_ == 0)
      return tell_soon(std::move(who), error);
  }
  assert(what == side::write || !reader_);
  if (what == side::read)
    reader_ = std::move(who);
  else
    writers_.push_back(std::move(who));
}

void watched_socket::tell_soon(
  std::shared_ptr<ready_waiter> who, error_code error) {
  net::post(executor_, [who = std::move(who), error] { who->ready(error); });
}

// Whoever is told may let go of this.
void watched_socket::changed(std::uint32_t events) noexcept {
  constexpr std::uint32_t broken = EPOLLERR | EPOLLHUP;
  constexpr std::uint32_t ended = broken | EPOLLRDHUP;
  std::shared_ptr<ready_waiter> reader;
  if ((events & (EPOLLIN | ended)) != 0) {
    readable_ = true;
    ended_ = ended_ || (events & ended) != 0;
    reader.swap(reader_);
  }
  decltype(writers_) writers;
  if ((events & (EPOLLOUT | broken)) != 0)
    writers.swap(writers_);
  if (reader)
    call_guarded([&] { reader->ready({}); });
  for (auto& x : writers)
    call_guarded([&] { x->ready({}); });
}

void watched_socket::forget_waiters() {
  auto reader = std::move(reader_);
  auto writers = std::move(writers_);
}

void watched_socket::stop_reading() {
  if (auto reader = std::exchange(reader_, nullptr))
    tell_soon(std::move(reader), net::error::operation_aborted);
}

void watched_socket::shutdown_send() noexcept {
  ::shutdown(descriptor_, SHUT_WR);
}

void watched_socket::close() {
  if (descriptor_ < 0)
    return;
  if (ticket_ != 0)
    watch_->remove(std::exchange(ticket_, 0));
  ::close(std::exchange(descriptor_, -1));
  stop_reading();
  for (auto& x : std::exchange(writers_, {}))
    tell_soon(std::move(x), net::error::operation_aborted);
}

} // namespace causeway
