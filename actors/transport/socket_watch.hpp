#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace causeway {

class loop_turn;
class watched_socket;

/// Which sockets of one event loop can be read or written: an epoll set of its
/// own, which is one descriptor for Asio. Asio itself tries to read before it
/// waits, in vain after nearly every message, and has an operation for each.
/// Every member runs on the thread of the loop.
class socket_watch final : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  /// Told in one go before actors and the rest get their turn.
  static constexpr std::size_t most_at_once = 64;

  explicit socket_watch(boost::asio::io_context& loop);
  ~socket_watch() override;

  /// A socket under watch; 0 is none.
  using ticket = std::uint64_t;

  /// Tells `x` of every change of `descriptor`, beginning with what it can do
  /// now, until `remove`, which comes before the descriptor is closed. The
  /// ticket is 0 where the system refuses, and `error` says why.
  ticket add(
    watched_socket& x, int descriptor, boost::system::error_code& error);
  void remove(ticket x);

 private:
  struct place {
    watched_socket* socket = nullptr;
    /// Of the sockets that were here: an event on its way may be of one before.
    std::uint32_t turn = 0;
  };

  void shutdown() override;
  void await();
  void look();
  watched_socket* find(ticket x) const;

  loop_turn& turn_;
  boost::asio::posix::basic_stream_descriptor<
    boost::asio::io_context::executor_type>
    set_;
  std::vector<place> places_;
  std::vector<std::uint32_t> free_;
};

} // namespace causeway
