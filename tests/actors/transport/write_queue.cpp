/// RFC 6455 section 5.2, the sending side, and the promise behind it: a guard
/// is settled once the kernel has the whole message, and never before.
#define CAF_SUITE write_queue

#include "actors/transport/write_queue.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway;

namespace {

struct returned : return_address {
  void give_back(delivery&) noexcept override { ++count; }
  int count = 0;
};

struct recorder : write_waiter {
  explicit recorder(std::string& x) : log{x} {}
  void written(bool success) override { log += success ? "written" : "lost"; }
  std::string& log;
};

struct fixture {
  delivery_ptr guard() {
    return std::make_shared<delivery>(
      std::make_shared<protocol::stream_element>(), 1, back);
  }

  void push(std::string text, delivery_ptr x = nullptr) {
    auto message = make_outgoing(std::move(text));
    message.guard = std::move(x);
    queue.push(std::move(message));
  }

  /// All bytes that would leave in one system call with so many pieces.
  std::string gathered(std::size_t pieces) const {
    std::vector<iovec> out(pieces);
    std::string bytes;
    auto used = queue.gather(out);
    for (std::size_t i = 0; i < used; ++i)
      bytes.append(static_cast<char*>(out[i].iov_base), out[i].iov_len);
    return bytes;
  }

  std::string copied(std::size_t size) const {
    std::string out(size, '\0');
    out.resize(queue.copy(out));
    return out;
  }

  std::shared_ptr<returned> back = std::make_shared<returned>();
  write_queue queue;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(write_queue_tests, fixture)

CAF_TEST(a text message is one unmasked final frame) {
  push("<a/>");
  CAF_CHECK_EQUAL(gathered(8), "\x81\x04<a/>");
}

CAF_TEST(the length takes one or three or nine bytes) {
  auto header = [this](std::size_t size) {
    queue = {};
    push(std::string(size, 'x'));
    auto bytes = copied(size + 10);
    return bytes.substr(1, bytes.size() - size - 1);
  };
  CAF_CHECK_EQUAL(header(0), std::string(1, '\0'));
  CAF_CHECK_EQUAL(header(125), "\x7d");
  CAF_CHECK_EQUAL(header(126), (std::string{"\x7e\x00\x7e", 3}));
  CAF_CHECK_EQUAL(header(65535), "\x7e\xff\xff");
  CAF_CHECK_EQUAL(header(65536), (std::string{"\x7f\0\0\0\0\0\x01\0\0", 9}));
}

CAF_TEST(several messages leave together and in order) {
  push("one");
  queue.push_raw("PING", nullptr);
  push("two");
  CAF_CHECK_EQUAL(gathered(8), "\x81\x03onePING\x81\x03two");
  CAF_CHECK_EQUAL(copied(100), gathered(8));
  CAF_CHECK_EQUAL(gathered(4), "\x81\x03onePING");
  CAF_CHECK_EQUAL(copied(6), "\x81\x03oneP");
}

CAF_TEST(writing goes on where the kernel stopped) {
  push("one");
  push("two");
  auto all = copied(100);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAF_CHECK_EQUAL(gathered(8), all.substr(i));
    CAF_CHECK_EQUAL(copied(100), all.substr(i));
    queue.consume(1);
  }
  CAF_CHECK(queue.empty());
}

CAF_TEST(a guard is settled with the last byte of its message) {
  push("abc", guard());
  CAF_CHECK_EQUAL(queue.consume(4), 0u);
  CAF_CHECK(!queue.empty());
  CAF_CHECK_EQUAL(queue.consume(1), 3u + frame::overhead);
  CAF_CHECK(queue.empty());
  CAF_CHECK_EQUAL(back->count, 0);
}

CAF_TEST(what was not written gives itself back) {
  push("abc", guard());
  push("def", guard());
  queue.consume(6);
  queue.fail();
  CAF_CHECK(queue.empty());
  CAF_CHECK_EQUAL(back->count, 1);
}

CAF_TEST(a message without framing is its text alone and has its cost) {
  queue.push(make_outgoing("<a/>"), framing::none);
  queue.push(make_outgoing(""), framing::none);
  queue.push(make_outgoing("<b/>"), framing::none);
  CAF_CHECK_EQUAL(gathered(8), "<a/><b/>");
  CAF_CHECK_EQUAL(copied(100), "<a/><b/>");
  CAF_CHECK_EQUAL(queue.consume(8), 8 + 3 * frame::overhead);
  CAF_CHECK(queue.empty());
}

CAF_TEST(read credit is held until the last byte is written) {
  for (auto how : {framing::websocket, framing::none}) {
    auto credit = std::make_shared<int>();
    auto message = make_outgoing("abc");
    message.credit = credit;
    queue.push(std::move(message), how);
    auto size = copied(100).size();
    queue.consume(size - 1);
    CAF_CHECK_EQUAL(credit.use_count(), 2);
    queue.consume(1);
    CAF_CHECK_EQUAL(credit.use_count(), 1);
  }
}

CAF_TEST(what is never written lets go of its read credit) {
  auto credit = std::make_shared<int>();
  auto message = make_outgoing("abc");
  message.credit = credit;
  queue.push(std::move(message));
  queue.consume(2);
  queue.fail();
  CAF_CHECK_EQUAL(credit.use_count(), 1);
}

CAF_TEST(raw bytes tell when they are written or lost) {
  std::string log;
  queue.push_raw("ab", std::make_unique<recorder>(log));
  queue.push_raw("cd", std::make_unique<recorder>(log));
  queue.consume(3);
  CAF_CHECK_EQUAL(log, "written");
  queue.fail();
  CAF_CHECK_EQUAL(log, "writtenlost");
}

CAF_TEST(a queue that is never empty stays small and in order) {
  push("first");
  for (int i = 0; i < 1000; ++i) {
    push(std::to_string(i));
    auto size = 2 + (i == 0 ? 5 : std::to_string(i - 1).size());
    queue.consume(size);
    CAF_REQUIRE_EQUAL(copied(100).substr(2), std::to_string(i));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
