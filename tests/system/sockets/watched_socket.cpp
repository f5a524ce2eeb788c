/// Who is told of what, and when. Pairs of sockets stand for the network: what
/// is written can be read at once. No thread runs: the test itself works off
/// the handlers.
#define CAF_SUITE watched_socket

#include "actors/transport/watched_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <caf/test/dsl.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

using namespace causeway;

namespace net = boost::asio;

namespace {

constexpr auto reading = watched_socket::side::read;
constexpr auto writing = watched_socket::side::write;

/// Three looks at the sockets, and some more.
constexpr std::size_t many = 3 * socket_watch::most_at_once + 8;

wire_socket connect(
  net::io_context& context, net::local::stream_protocol::socket& peer) {
  net::local::stream_protocol::socket near{context};
  net::local::connect_pair(near, peer);
  peer.non_blocking(true);
  wire_socket socket{context.get_executor()};
  socket.assign(net::ip::tcp::v4(), near.release());
  return socket;
}

/// A connection and its peer, which is the test.
struct connection_pair {
  explicit connection_pair(net::io_context& context)
    : peer{context}, aut{connect(context, peer)} {}

  void peer_writes(std::string_view text) {
    net::write(peer, net::buffer(text));
  }

  /// Everything that is there for the peer.
  std::string peer_reads() {
    std::string out;
    std::array<char, 64 * 1024> piece;
    error_code error;
    while (auto n = peer.read_some(net::buffer(piece), error))
      out.append(piece.data(), n);
    return out;
  }

  /// One call of `receive`: the text, "end", "again", or the error.
  std::string receive(std::size_t most = 100) {
    std::string out(most, '\0');
    errno = 0;
    auto n = aut.receive(out.data(), most);
    if (n == 0)
      return "end";
    if (n < 0)
      return errno == EAGAIN       ? "again"
             : errno == ECONNRESET ? "reset"
                                   : std::to_string(errno);
    out.resize(static_cast<std::size_t>(n));
    return out;
  }

  /// Writes until the kernel takes no more.
  void fill() {
    std::string piece(16 * 1024, 'x');
    while (
      ::send(aut.descriptor(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
    }
    CAF_REQUIRE_EQUAL(errno, EAGAIN);
  }

  net::local::stream_protocol::socket peer;
  watched_socket aut;
};

/// What waiters were told, a letter of each and what came: "a+" or "a-".
struct fixture {
  /// Declared first, since sockets must not outlive it.
  net::io_context context{1};
  std::string told;

  std::unique_ptr<connection_pair> make() {
    return std::make_unique<connection_pair>(context);
  }

  std::shared_ptr<ready_waiter> waiter(char letter) {
    return when_ready([this, letter](error_code error) {
      told += letter;
      told += error == net::error::operation_aborted ? '-' : error ? '?' : '+';
    });
  }

  /// What is told from here on.
  std::string run() {
    context.restart();
    context.poll();
    return std::exchange(told, {});
  }

  /// Waits where there is nothing to read: the kernel has said so.
  void await_more(connection_pair& x, std::shared_ptr<ready_waiter> who) {
    CAF_CHECK_EQUAL(x.receive(), "again");
    x.aut.await(reading, std::move(who));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(watched_socket_tests, fixture)

CAF_TEST(a waiter is told once per wait) {
  auto x = make();
  await_more(*x, waiter('a'));
  CAF_CHECK_EQUAL(run(), "");
  x->peer_writes("one");
  CAF_CHECK_EQUAL(told, "");
  CAF_CHECK_EQUAL(run(), "a+");
  CAF_CHECK_EQUAL(x->receive(), "one");
  x->peer_writes("two");
  CAF_CHECK_EQUAL(run(), "");
  CAF_CHECK_EQUAL(x->receive(), "two");
  await_more(*x, waiter('b'));
  CAF_CHECK_EQUAL(run(), "");
  x->peer_writes("three");
  x->peer_writes("four");
  CAF_CHECK_EQUAL(run(), "b+");
  CAF_CHECK_EQUAL(x->receive(), "threefour");
}

CAF_TEST(a waiter is never told from inside the call that waits) {
  auto x = make();
  // There may be something to read.
  x->aut.await(reading, waiter('a'));
  CAF_CHECK_EQUAL(told, "");
  CAF_CHECK_EQUAL(run(), "a+");
  // The kernel knows that there is something.
  CAF_REQUIRE_EQUAL(x->receive(), "again");
  x->peer_writes("one");
  x->aut.await(reading, waiter('b'));
  CAF_CHECK_EQUAL(told, "");
  CAF_CHECK_EQUAL(run(), "b+");
  // There is room.
  x->aut.await(writing, waiter('c'));
  CAF_CHECK_EQUAL(told, "");
  // There is no socket.
  x->aut.close();
  x->aut.await(reading, waiter('d'));
  x->aut.await(writing, waiter('e'));
  CAF_CHECK_EQUAL(told, "");
  CAF_CHECK_EQUAL(run(), "c-d-e-");
}

CAF_TEST(whoever is told may wait again) {
  auto x = make();
  std::string got;
  std::function<void()> go_on = [&] {
    for (auto text = x->receive(2); text != "again"; text = x->receive(2))
      got += text;
    x->aut.await(reading, when_ready([&](error_code) { go_on(); }));
  };
  go_on();
  for (auto text : {"one", "four", "seven"}) {
    x->peer_writes(text);
    run();
  }
  CAF_CHECK_EQUAL(got, "onefourseven");
}

CAF_TEST(a wait is told at once while something is left to read) {
  auto x = make();
  await_more(*x, waiter('a'));
  x->peer_writes("onetwo");
  CAF_CHECK_EQUAL(run(), "a+");
  CAF_CHECK_EQUAL(x->receive(3), "one");
  CAF_CHECK_EQUAL(run(), "");
  x->aut.await(reading, waiter('b'));
  CAF_CHECK_EQUAL(told, "");
  CAF_CHECK_EQUAL(run(), "b+");
  CAF_CHECK_EQUAL(x->receive(3), "two");
  CAF_CHECK_EQUAL(x->receive(3), "again");
}

CAF_TEST(after a short read the kernel is not asked until it tells) {
  auto x = make();
  // Whether the socket is under watch yet or not.
  for (auto letter : {'a', 'b'}) {
    x->peer_writes("one");
    CAF_CHECK_EQUAL(run(), "");
    CAF_CHECK_EQUAL(x->receive(), "one");
    x->peer_writes("two");
    CAF_CHECK_EQUAL(x->receive(), "again");
    x->aut.await(reading, waiter(letter));
    CAF_CHECK_EQUAL(run(), (std::string{letter, '+'}));
    CAF_CHECK_EQUAL(x->receive(), "two");
    CAF_CHECK_EQUAL(x->receive(), "again");
  }
}

CAF_TEST(what comes while nobody waits is told to who waits later) {
  auto x = make();
  await_more(*x, waiter('a'));
  x->peer_writes("one");
  CAF_CHECK_EQUAL(run(), "a+");
  CAF_CHECK_EQUAL(x->receive(), "one");
  x->peer_writes("two");
  CAF_CHECK_EQUAL(run(), "");
  x->aut.await(reading, waiter('b'));
  CAF_CHECK_EQUAL(run(), "b+");
  CAF_CHECK_EQUAL(x->receive(), "two");
}

CAF_TEST(data and the end behind it are both seen) {
  // The end is there before the first read, and nobody waits.
  auto x = make();
  x->peer_writes("one");
  x->peer.close();
  CAF_CHECK_EQUAL(x->receive(), "one");
  CAF_CHECK_EQUAL(x->receive(), "again");
  x->aut.await(reading, waiter('a'));
  CAF_CHECK_EQUAL(run(), "a+");
  CAF_CHECK_EQUAL(x->receive(), "end");
  // Both come while somebody waits.
  x = make();
  await_more(*x, waiter('b'));
  CAF_CHECK_EQUAL(run(), "");
  x->peer_writes("one");
  x->peer.close();
  CAF_CHECK_EQUAL(run(), "b+");
  CAF_CHECK_EQUAL(x->receive(), "one");
  CAF_CHECK_EQUAL(x->receive(), "end");
  // The end comes between the read and the next wait.
  x = make();
  await_more(*x, waiter('c'));
  x->peer_writes("one");
  CAF_CHECK_EQUAL(run(), "c+");
  CAF_CHECK_EQUAL(x->receive(), "one");
  x->peer.close();
  x->aut.await(reading, waiter('d'));
  CAF_CHECK_EQUAL(run(), "d+");
  CAF_CHECK_EQUAL(x->receive(), "end");
  // It comes during that wait.
  x = make();
  x->peer_writes("one");
  CAF_CHECK_EQUAL(x->receive(), "one");
  x->aut.await(reading, waiter('e'));
  CAF_CHECK_EQUAL(run(), "");
  x->peer.close();
  CAF_CHECK_EQUAL(run(), "e+");
  CAF_CHECK_EQUAL(x->receive(), "end");
}

CAF_TEST(an end is told to everybody who waits after it) {
  auto x = make();
  await_more(*x, waiter('a'));
  // The peer still reads.
  x->peer.shutdown(net::socket_base::shutdown_send);
  CAF_CHECK_EQUAL(run(), "a+");
  for (auto i = 0; i < 3; ++i) {
    CAF_CHECK_EQUAL(x->receive(), "end");
    x->aut.await(reading, waiter('b'));
    CAF_CHECK_EQUAL(run(), "b+");
  }
  CAF_CHECK_EQUAL(::send(x->aut.descriptor(), "one", 3, MSG_NOSIGNAL), 3);
  CAF_CHECK_EQUAL(x->peer_reads(), "one");
  x->aut.shutdown_send();
  error_code error;
  std::array<char, 8> piece;
  x->peer.read_some(net::buffer(piece), error);
  CAF_CHECK(error == net::error::eof);
}

CAF_TEST(a reset is seen by both sides) {
  auto x = make();
  x->fill();
  await_more(*x, waiter('a'));
  x->aut.await(writing, waiter('b'));
  CAF_CHECK_EQUAL(run(), "");
  // What it has not read makes it a reset.
  x->peer.close();
  CAF_CHECK_EQUAL(run(), "a+b+");
  CAF_CHECK_EQUAL(x->receive(), "reset");
  x->aut.await(reading, waiter('c'));
  CAF_CHECK_EQUAL(run(), "c+");
  CAF_CHECK_EQUAL(x->receive(), "end");
}

CAF_TEST(a reset is seen behind data and before the first wait) {
  auto x = make();
  CAF_REQUIRE_EQUAL(::send(x->aut.descriptor(), "lost", 4, MSG_NOSIGNAL), 4);
  x->peer_writes("one");
  CAF_CHECK_EQUAL(x->receive(), "one");
  x->peer.close();
  CAF_CHECK_EQUAL(x->receive(), "again");
  x->aut.await(reading, waiter('a'));
  CAF_CHECK_EQUAL(run(), "a+");
  CAF_CHECK_EQUAL(x->receive(), "reset");
}

CAF_TEST(a write that found no room is told when there is some) {
  auto x = make();
  for (auto letter : {'a', 'b'}) {
    x->fill();
    x->aut.await(writing, waiter(letter));
    CAF_CHECK_EQUAL(run(), "");
    CAF_CHECK(!x->peer_reads().empty());
    CAF_CHECK_EQUAL(run(), (std::string{letter, '+'}));
    CAF_CHECK_EQUAL(run(), "");
  }
  // The room comes before the wait.
  x->fill();
  x->peer_reads();
  x->aut.await(writing, waiter('c'));
  CAF_CHECK_EQUAL(run(), "c+");
}

CAF_TEST(all who wait for room are told and the reader is not) {
  auto x = make();
  await_more(*x, waiter('r'));
  x->fill();
  x->aut.await(writing, waiter('a'));
  x->aut.await(writing, waiter('b'));
  CAF_CHECK_EQUAL(run(), "");
  x->peer_reads();
  CAF_CHECK_EQUAL(run(), "a+b+");
  x->peer_writes("one");
  CAF_CHECK_EQUAL(run(), "r+");
}

CAF_TEST(closing ends all waits) {
  auto x = make();
  await_more(*x, waiter('a'));
  x->fill();
  x->aut.await(writing, waiter('b'));
  x->aut.await(writing, waiter('c'));
  CAF_CHECK_EQUAL(run(), "");
  x->aut.close();
  CAF_CHECK_LESS(x->aut.descriptor(), 0);
  CAF_CHECK_EQUAL(told, "");
  CAF_CHECK_EQUAL(run(), "a-b-c-");
  x->aut.close();
  x->aut.stop_reading();
  x->aut.shutdown_send();
  CAF_CHECK_EQUAL(run(), "");
}

CAF_TEST(the end of a socket ends all waits) {
  auto x = make();
  await_more(*x, waiter('a'));
  x->fill();
  x->aut.await(writing, waiter('b'));
  x = nullptr;
  CAF_CHECK_EQUAL(run(), "a-b-");
}

CAF_TEST(only the wait for something to read may be stopped) {
  auto x = make();
  await_more(*x, waiter('a'));
  x->fill();
  x->aut.await(writing, waiter('b'));
  x->aut.stop_reading();
  CAF_CHECK_EQUAL(told, "");
  CAF_CHECK_EQUAL(run(), "a-");
  x->peer_reads();
  CAF_CHECK_EQUAL(run(), "b+");
  // What comes then is for the next who waits.
  x->peer_writes("one");
  CAF_CHECK_EQUAL(run(), "");
  x->aut.await(reading, waiter('c'));
  CAF_CHECK_EQUAL(run(), "c+");
  CAF_CHECK_EQUAL(x->receive(), "one");
  x->aut.stop_reading();
  CAF_CHECK_EQUAL(run(), "");
}

CAF_TEST(a socket that another has closed meanwhile is not told) {
  auto x = make();
  auto y = make();
  auto closing = [this](char letter, connection_pair& other) {
    return when_ready([this, letter, &other](error_code error) {
      told += letter;
      told += error ? '-' : '+';
      other.aut.close();
    });
  };
  await_more(*x, closing('x', *y));
  await_more(*y, closing('y', *x));
  CAF_CHECK_EQUAL(run(), "");
  // One look finds both.
  x->peer_writes("one");
  y->peer_writes("one");
  auto all = run();
  CAF_CHECK(all == "x+y-" || all == "y+x-");
}

CAF_TEST(a socket that is gone meanwhile is not told) {
  auto x = make();
  auto y = make();
  auto ending = [this](char letter, std::unique_ptr<connection_pair>& other) {
    return when_ready([this, letter, &other](error_code error) {
      told += letter;
      told += error ? '-' : '+';
      if (!error)
        other = nullptr;
    });
  };
  await_more(*x, ending('x', y));
  await_more(*y, ending('y', x));
  CAF_CHECK_EQUAL(run(), "");
  x->peer_writes("one");
  y->peer_writes("one");
  auto all = run();
  CAF_CHECK(all == "x+y-" || all == "y+x-");
  CAF_CHECK((x == nullptr) != (y == nullptr));
}

CAF_TEST(a new socket is not told of what was for the one before) {
  auto x = make();
  auto y = make();
  std::unique_ptr<connection_pair> next;
  auto replacing = [&](std::unique_ptr<connection_pair>& other) {
    return when_ready([&](error_code error) {
      if (error)
        return;
      CAF_CHECK(next == nullptr);
      other = nullptr;
      // In the place of the other, and with its descriptor.
      next = make();
      await_more(*next, waiter('n'));
    });
  };
  await_more(*x, replacing(y));
  await_more(*y, replacing(x));
  CAF_CHECK_EQUAL(run(), "");
  x->peer_writes("one");
  y->peer_writes("one");
  CAF_CHECK_EQUAL(run(), "");
  CAF_REQUIRE(next != nullptr);
  CAF_CHECK((x == nullptr) != (y == nullptr));
  next->peer_writes("two");
  CAF_CHECK_EQUAL(run(), "n+");
  CAF_CHECK_EQUAL(next->receive(), "two");
}

CAF_TEST(whoever is told may let go of its own socket) {
  auto x = make();
  x->fill();
  await_more(*x, when_ready([&](error_code) { x = nullptr; }));
  x->aut.await(writing, waiter('w'));
  CAF_CHECK_EQUAL(run(), "");
  // The reader is told first, of the same event.
  x->peer.close();
  CAF_CHECK_EQUAL(run().size(), 2u);
  CAF_CHECK(x == nullptr);
}

CAF_TEST(places are used again and each tells its own) {
  std::vector<std::unique_ptr<connection_pair>> all(8);
  for (auto round = 0; round < 5; ++round) {
    // In another order than they came, and some stay.
    for (auto i : {5, 0, 3, 6}) {
      all[i] = nullptr;
      run();
    }
    for (auto& x : all)
      if (!x) {
        x = make();
        await_more(*x, waiter('a'));
      }
    CAF_CHECK_EQUAL(run(), "");
    for (auto& x : all) {
      x->peer_writes("one");
      CAF_CHECK_EQUAL(run(), "a+");
      CAF_CHECK_EQUAL(x->receive(), "one");
      await_more(*x, waiter('a'));
    }
  }
}

CAF_TEST(all are told when many are ready at a time) {
  std::vector<std::unique_ptr<connection_pair>> all;
  std::vector<int> times(many, 0);
  for (std::size_t i = 0; i < many; ++i) {
    all.push_back(make());
    await_more(*all[i], when_ready([&times, i](error_code error) {
      times[i] += error ? 100 : 1;
    }));
  }
  auto count = [&] {
    std::size_t sum = 0;
    for (auto x : times)
      sum += static_cast<std::size_t>(x);
    return sum;
  };
  run();
  CAF_CHECK_EQUAL(count(), 0u);
  for (auto& x : all)
    x->peer_writes("one");
  context.restart();
  // Others get their turn in between.
  for (auto before = count(); context.poll_one() > 0; before = count())
    CAF_CHECK(count() - before <= socket_watch::most_at_once);
  CAF_CHECK_EQUAL(count(), many);
  for (std::size_t i = 0; i < many; ++i) {
    CAF_CHECK_EQUAL(times[i], 1);
    CAF_CHECK_EQUAL(all[i]->receive(), "one");
  }
}

CAF_TEST(a waiter that throws takes no other along) {
  std::vector<std::unique_ptr<connection_pair>> all;
  for (auto i = 0; i < 5; ++i) {
    all.push_back(make());
    await_more(*all.back(), when_ready([this](error_code) {
      told += "!";
      throw std::runtime_error{"out of luck"};
    }));
  }
  CAF_CHECK_EQUAL(run(), "");
  for (auto& x : all)
    x->peer_writes("one");
  CAF_CHECK_EQUAL(run(), "!!!!!");
  // Nor does it end the watch.
  for (auto& x : all) {
    CAF_CHECK_EQUAL(x->receive(), "one");
    await_more(*x, waiter('a'));
    x->peer_writes("two");
    CAF_CHECK_EQUAL(run(), "a+");
  }
}

CAF_TEST(a socket that is not open tells so) {
  watched_socket x{wire_socket{context.get_executor()}};
  CAF_CHECK_LESS(x.descriptor(), 0);
  x.await(reading, waiter('a'));
  x.await(writing, waiter('b'));
  CAF_CHECK_EQUAL(run(), "a-b-");
}

CAF_TEST(a loop that goes lets go of those who wait) {
  std::optional<net::io_context> other{1};
  // Each holds the socket that it waits for, as a wire does.
  auto x = std::make_shared<connection_pair>(*other);
  auto y = std::make_shared<connection_pair>(*other);
  auto z = std::make_shared<connection_pair>(*other);
  std::vector<std::weak_ptr<connection_pair>> gone{x, y, z};
  auto holding = [this](std::shared_ptr<connection_pair> it) {
    return when_ready([this, it = std::move(it)](error_code) { told += '!'; });
  };
  await_more(*x, holding(x));
  y->fill();
  y->aut.await(writing, holding(y));
  other->poll();
  // One that would be told now.
  z->aut.await(reading, holding(z));
  x = nullptr;
  y = nullptr;
  z = nullptr;
  for (auto& it : gone)
    CAF_CHECK(!it.expired());
  other.reset();
  for (auto& it : gone)
    CAF_CHECK(it.expired());
  CAF_CHECK_EQUAL(told, "");
}

CAF_TEST_FIXTURE_SCOPE_END()
