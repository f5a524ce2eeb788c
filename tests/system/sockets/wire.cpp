/// What may wait, and for how long. A pair of sockets stands for the network:
/// what is written can be read at once. No thread runs: the test itself works
/// off the handlers.
#define CAF_SUITE wire

#include "actors/transport/wire.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/test/dsl.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace causeway;
using namespace std::chrono_literals;

namespace net = boost::asio;

namespace {

struct fixture {
  fixture() {
    net::local::stream_protocol::socket near{context};
    net::local::connect_pair(near, peer);
    peer.non_blocking(true);
    wire_socket socket{context.get_executor()};
    socket.assign(net::ip::tcp::v4(), near.release());
    aut = std::make_shared<wire>(std::move(socket), nullptr, framing::none);
  }
  ~fixture() {
    aut->close();
    run();
  }

  void run() {
    context.restart();
    context.poll();
  }

  void send(std::string text) { aut->send(make_outgoing(std::move(text))); }
  void send_patient(std::string text) {
    auto message = make_outgoing(std::move(text));
    message.may_wait = true;
    aut->send(std::move(message));
  }

  void pass(std::chrono::milliseconds time) {
    net::steady_timer timer{context, time};
    auto is_over = false;
    timer.async_wait([&](boost::system::error_code) { is_over = true; });
    context.restart();
    while (!is_over)
      context.run_one();
  }

  // What is written without waiting.
  std::string written_now() {
    run();
    return read();
  }

  // A machine that stands still meanwhile has it written at once.
  void hold_back(const std::string& text) {
    for (int i = 0; i < 100; ++i) {
      send("<one/>");
      CAF_REQUIRE_EQUAL(written_now(), "<one/>");
      send_patient(text);
      run();
      if (aut->queued_bytes() > 0)
        return;
      CAF_REQUIRE_EQUAL(read(), text);
    }
    CAF_FAIL("nothing was held back");
  }

  // What the peer has by now.
  std::string read() {
    std::string out;
    std::array<char, 64 * 1024> piece;
    boost::system::error_code error;
    while (auto n = peer.read_some(net::buffer(piece), error))
      out.append(piece.data(), n);
    return out;
  }

  // What comes next, however long that takes.
  std::string written_later() {
    context.restart();
    while (aut->queued_bytes() > 0)
      if (context.run_one_for(30s) == 0)
        CAF_FAIL("nothing was written");
    return read();
  }

  net::io_context context{1};
  net::local::stream_protocol::socket peer{context};
  std::shared_ptr<wire> aut;
};

/// Keeps count of its calls.
struct late_one : late_flusher {
  void flush_late() override {
    ++calls;
    if (is_broken)
      throw std::runtime_error{"broken"};
  }

  int calls = 0;
  bool is_broken = false;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(wire_tests, fixture)

CAF_TEST(what may wait leaves at once where nothing goes on) {
  send_patient("<a/>");
  CAF_CHECK_EQUAL(written_now(), "<a/>");
  // What has waited itself is no sign of life.
  send_patient("<b/>");
  CAF_CHECK_EQUAL(written_now(), "<b/>");
}

CAF_TEST(what may wait does so also some time after the last message) {
  // A machine that stands still meanwhile has it written at once.
  for (int i = 0; i < 100 && aut->queued_bytes() == 0; ++i) {
    send("<one/>");
    CAF_REQUIRE_EQUAL(written_now(), "<one/>");
    pass(3 * late_flush::patience);
    send_patient("<a/>");
    run();
    read();
  }
  CAF_CHECK_GREATER(aut->queued_bytes(), 0u);
  send("<two/>");
  CAF_CHECK_EQUAL(written_now(), "<a/><two/>");
  pass(300ms);
  send_patient("<b/>");
  CAF_CHECK_EQUAL(written_now(), "<b/>");
}

CAF_TEST(what may wait leaves with what comes next) {
  hold_back("<a/>");
  CAF_CHECK_EQUAL(aut->queued_bytes(), 4 + frame::overhead);
  send("<two/>");
  CAF_CHECK_EQUAL(written_now(), "<a/><two/>");
  CAF_CHECK_EQUAL(aut->queued_bytes(), 0u);
}

CAF_TEST(what may wait does not wait for long) {
  // Each time by another timer.
  for (auto text : {"<a/>", "<b/>"}) {
    auto began = std::chrono::steady_clock::now();
    hold_back(text);
    CAF_CHECK_EQUAL(written_later(), text);
    auto passed = std::chrono::steady_clock::now() - began;
    CAF_CHECK(passed >= late_flush::patience);
    CAF_CHECK(passed < 10s);
  }
}

CAF_TEST(only so much may wait) {
  hold_back("<a/>");
  auto sent = 1;
  for (; aut->queued_bytes() > 0; ++sent) {
    CAF_REQUIRE_LESS(sent, 20);
    send_patient("<a/>");
    run();
  }
  CAF_CHECK_EQUAL(read().size(), 4u * static_cast<unsigned>(sent));
}

CAF_TEST(raw bytes do not wait and take along what does) {
  hold_back("<a/>");
  aut->write_raw("ping", nullptr);
  CAF_CHECK_EQUAL(written_now(), "<a/>ping");
}

CAF_TEST(the end of the write side waits for nothing) {
  hold_back("<a/>");
  aut->end_writing(nullptr);
  CAF_CHECK_EQUAL(written_now(), "<a/>");
}

CAF_TEST(what may wait stands behind what a slow peer has not read) {
  std::string much(4 * 1024 * 1024, 'x');
  send(much);
  run();
  send_patient("<a/>");
  run();
  CAF_CHECK_GREATER(aut->queued_bytes(), 0u);
  std::string got;
  context.restart();
  while (got.size() < much.size() + 4) {
    got += read();
    if (context.run_one_for(30s) == 0)
      break;
  }
  CAF_CHECK(got == much + "<a/>");
  CAF_CHECK_EQUAL(aut->queued_bytes(), 0u);
}

CAF_TEST(the late call may come while the peer is slow) {
  hold_back("<a/>");
  std::string much(4 * 1024 * 1024, 'x');
  send(much);
  std::string got;
  context.restart();
  // The call comes on the way, since the peer reads nothing until then.
  context.run_for(2 * late_flush::patience);
  while (got.size() < much.size() + 4) {
    got += read();
    if (context.run_one_for(30s) == 0)
      break;
  }
  CAF_CHECK(got == "<a/>" + much);
  CAF_CHECK_EQUAL(aut->queued_bytes(), 0u);
}

CAF_TEST(a wire may close or go while it holds something back) {
  hold_back("<a/>");
  aut->close();
  CAF_CHECK_EQUAL(aut->queued_bytes(), 0u);
  std::weak_ptr<wire> gone = aut;
  aut = std::make_shared<wire>(
    wire_socket{context.get_executor()}, nullptr, framing::none);
  CAF_CHECK(gone.expired());
  // The call that it waited for.
  context.restart();
  context.run();
}

CAF_TEST(late calls come whatever becomes of one) {
  auto& late = net::use_service<late_flush>(context);
  std::vector<std::shared_ptr<late_one>> all;
  // More than are called in one go.
  for (std::size_t i = 0; i < 2 * late_flush::most_at_once; ++i) {
    all.push_back(std::make_shared<late_one>());
    late.add(all.back());
  }
  all[0]->is_broken = true;
  all[1] = std::make_shared<late_one>();
  context.restart();
  context.run();
  for (std::size_t i = 0; i < all.size(); ++i)
    CAF_CHECK_EQUAL(all[i]->calls, i == 1 ? 0 : 1);
  // And those that come after.
  late.add(all[2]);
  context.restart();
  context.run();
  CAF_CHECK_EQUAL(all[2]->calls, 2);
}

// Outside of its handlers the test is another thread to the wire.

CAF_TEST(what another thread sent comes before what the wire sends itself) {
  // Before the other's flush, and behind it.
  net::post(context, [this] { send("<two/>"); });
  send("<one/>");
  net::post(context, [this] { send("<three/>"); });
  CAF_CHECK_EQUAL(written_now(), "<one/><two/><three/>");
}

CAF_TEST(senders may change the thread from message to message) {
  net::post(context, [this] {
    send("<one/>");
    std::thread{[this] { send("<two/>"); }}.join();
    send("<three/>");
    std::thread{[this] { send("<four/>"); }}.join();
  });
  CAF_CHECK_EQUAL(written_now(), "<one/><two/><three/><four/>");
}

CAF_TEST(raw bytes come behind what another thread sent) {
  net::post(context, [this] {
    send("<one/>");
    std::thread{[this] { send("<two/>"); }}.join();
    aut->write_raw("ping", nullptr);
  });
  CAF_CHECK_EQUAL(written_now(), "<one/><two/>ping");
}

CAF_TEST(each of several threads has its messages written in order) {
  constexpr int each = 1000;
  std::string letters = "abc";
  std::atomic<std::size_t> running{letters.size()};
  std::vector<std::thread> threads;
  for (auto letter : letters)
    threads.emplace_back([&, letter] {
      for (auto i = 0; i < each; ++i)
        send(letter + std::to_string(i) + ' ');
      --running;
    });
  std::string got;
  auto own = 0;
  while (own < each || running > 0 || aut->queued_bytes() > 0) {
    if (own < each)
      net::post(context, [&] { send('w' + std::to_string(own++) + ' '); });
    got += written_now();
  }
  for (auto& x : threads)
    x.join();
  std::istringstream words{got};
  std::map<char, int> next;
  for (std::string word; words >> word; ++next[word.front()])
    CAF_REQUIRE_EQUAL(word.substr(1), std::to_string(next[word.front()]));
  CAF_CHECK_EQUAL(next.size(), letters.size() + 1);
  for (auto [letter, count] : next)
    CAF_CHECK_EQUAL(count, each);
}

CAF_TEST(messages that leave together stay whole and in order) {
  // Few bytes are copied, many are not, and some are too many for one call.
  for (std::size_t size : {1, 5, 100, 511, 512, 513, 5000})
    for (std::size_t count : {1, 2, 3, 31, 32, 33, 200}) {
      std::string all;
      net::post(context, [&] {
        for (std::size_t i = 0; i < count; ++i) {
          std::string text(size, static_cast<char>('a' + i % 26));
          all += text;
          send(std::move(text));
        }
      });
      auto got = written_now();
      for (; aut->queued_bytes() > 0; got += written_now()) {
      }
      CAF_CHECK(got == all);
    }
}

CAF_TEST(messages without text hold up no others) {
  for (auto text : {"", "<a/>", "", "<b/>", ""})
    send(text);
  CAF_CHECK_EQUAL(written_now(), "<a/><b/>");
  CAF_CHECK_EQUAL(aut->queued_bytes(), 0u);
}

CAF_TEST(what several threads send to a wire that closes is given up) {
  net::post(context, [this] {
    send("<one/>");
    std::thread{[this] { send("<two/>"); }}.join();
    aut->close();
    send("<three/>");
    std::thread{[this] { send("<four/>"); }}.join();
  });
  CAF_CHECK_EQUAL(written_now(), "");
  CAF_CHECK_EQUAL(aut->queued_bytes(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
