/// RFC 6455 from below: messages in, whether they go past Beast or through it,
/// read credit, and every end of a connection. A pair of sockets stands for
/// the network: what one side writes at once, the other finds at once.
#define CAF_SUITE websocket

#include "actors/transport/websocket.hpp"

#include "tests/support/socket_fixture.hpp"
#include "tools/load/websocket_frame.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <caf/test/dsl.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace causeway;
using namespace causeway::test;
using load::opcode;

namespace net = boost::asio;
namespace http = boost::beast::http;

namespace {

using strings = std::vector<std::string>;

/// Keeps what comes, and its credit until the test lets go of it.
struct recording_sink final : frame_sink {
  void take(frame_ptr x) override {
    texts.push_back(x->text);
    held.push_back(std::move(x));
  }

  strings texts;
  std::vector<frame_ptr> held;
};

std::string in_frame(
  opcode op, std::string_view payload, std::uint32_t key = 0x3d21fa37) {
  std::string out;
  load::append_frame(out, op, payload, key);
  return out;
}

std::string message(std::string_view text) {
  return in_frame(opcode::text, text);
}

std::string close_frame(std::uint16_t code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  return in_frame(opcode::close, payload.append(reason));
}

std::string not_final(std::string bytes) {
  bytes[0] = static_cast<char>(bytes[0] & 0x7f);
  return bytes;
}

std::string with_reserved_bit(std::string bytes) {
  bytes[0] = static_cast<char>(bytes[0] | 0x40);
  return bytes;
}

/// "pong PAYLOAD", "close CODE".
std::string shown(const load::ws_message& x) {
  if (x.op == opcode::pong)
    return "pong " + std::string{x.payload};
  if (x.op != opcode::close || x.payload.size() < 2)
    return "opcode " + std::to_string(static_cast<int>(x.op));
  auto high = static_cast<unsigned char>(x.payload[0]);
  auto low = static_cast<unsigned char>(x.payload[1]);
  return "close " + std::to_string(high << 8 | low);
}

struct fixture : socket_fixture {
  fixture() {
    net::local::stream_protocol::socket near{context()};
    net::local::connect_pair(near, peer);
    peer.non_blocking(true);
    wire_socket ours{context().get_executor()};
    ours.assign(net::ip::tcp::v4(), near.release());
    aut = std::make_shared<websocket>(
      std::make_shared<wire>(std::move(ours), nullptr), peer_facts{},
      std::make_shared<const config::websocket>(), nullptr);
  }
  ~fixture() {
    aut->abort();
    settle();
  }

  /// Up to the first message of the client.
  void open(std::size_t credit = 1024 * 1024) {
    websocket::upgrade_request upgrade{http::verb::get, "/ws/", 11};
    upgrade.set(http::field::host, "localhost");
    upgrade.set(http::field::upgrade, "websocket");
    upgrade.set(http::field::connection, "upgrade");
    upgrade.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    upgrade.set(http::field::sec_websocket_version, "13");
    net::post(context(), [this, upgrade] {
      aut->accept(upgrade, [this](error_code error) { is_open = !error; });
    });
    CAF_REQUIRE(until([&] { return is_open; }));
    auto answer = read();
    CAF_REQUIRE(answer.starts_with("HTTP/1.1 101 "));
    CAF_REQUIRE(answer.ends_with("\r\n\r\n"));
    aut->start(caf::actor_cast<connection_actor>(link), sink, credit);
    settle();
  }

  /// Writes without giving the other side a turn, unless there is no room.
  void write(std::string_view bytes) {
    CAF_REQUIRE(until([&] {
      error_code error;
      bytes.remove_prefix(peer.write_some(net::buffer(bytes), error));
      return bytes.empty();
    }));
  }

  /// What the client has by now.
  std::string read() {
    std::string out;
    std::array<char, 4096> piece;
    error_code error;
    while (auto n = peer.read_some(net::buffer(piece), error))
      out.append(piece.data(), n);
    has_ended = has_ended || error == net::error::eof;
    return out;
  }

  /// Frames that the client has got so far.
  const strings& answers() {
    auto bytes = read();
    decoder.feed(bytes);
    while (auto x = decoder.next())
      seen.push_back(shown(*x));
    CAF_REQUIRE_EQUAL(decoder.error(), "");
    return seen;
  }

  /// All of them: the connection ends behind the last.
  const strings& last_answers() {
    CAF_REQUIRE(until([&] {
      answers();
      return has_ended;
    }));
    return seen;
  }

  const strings& texts() const { return sink->texts; }

  void let_go() {
    sink->held.clear();
    settle();
  }

  /// What the owner is told once the client has hung up.
  transport_closed end() {
    CAF_REQUIRE(until([&] { return !log().ends.empty(); }));
    // Nothing may come behind it.
    auto count = texts().size();
    let_go();
    CAF_REQUIRE_EQUAL(log().ends.size(), 1u);
    CAF_REQUIRE_EQUAL(texts().size(), count);
    return log().ends[0];
  }

  /// Two messages and what breaks a rule, all in one write.
  transport_closed break_rule(std::string_view bad) {
    write(message("<one/>") + message("<two/>") + std::string{bad}
          + message("<late/>") + close_frame(1000));
    last_answers();
    peer.close();
    auto how = end();
    CAF_CHECK_EQUAL(texts(), (strings{"<one/>", "<two/>"}));
    return how;
  }

  net::local::stream_protocol::socket peer{context()};
  std::shared_ptr<websocket> aut;
  std::shared_ptr<recording_sink> sink = std::make_shared<recording_sink>();
  load::frame_decoder decoder{1024};
  strings seen;
  bool is_open = false;
  bool has_ended = false;
};

/// What a client writes, and what has to come of it.
class random_client {
 public:
  explicit random_client(unsigned seed) : random_{seed} {}

  std::size_t below(std::size_t n) { return random_() % n; }

  void add_message() {
    switch (below(20)) {
    case 0: return add_whole("");
    case 1: return add_whole(ascii(20 * 1024));
    case 2: return add_whole(ascii(70 * 1024));
    case 3:
    case 4: return add_whole(unicode());
    case 5: return add_fragments(unicode());
    case 6:
    case 7: return add_fragments(ascii(1 + below(400)));
    case 8: add_ping(); [[fallthrough]];
    default: return add_whole(ascii(1 + below(400)));
    }
  }

  /// Mostly a part of a message, sometimes many at once.
  std::size_t piece() {
    constexpr std::array<std::size_t, 4> sizes{8, 200, 3'000, 30'000};
    return 1 + below(below(5) == 0 ? sizes[3] : sizes[below(3)]);
  }

  std::string bytes;
  strings texts;
  strings pongs;

 private:
  std::string ascii(std::size_t size) {
    std::string out(size, '\0');
    for (auto& x : out)
      x = static_cast<char>(below(128));
    return out;
  }

  std::string unicode() {
    constexpr std::array<std::string_view, 4> letters{
      "x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    std::string out;
    for (auto n = 1 + below(60); n > 0; --n)
      out += letters[below(letters.size())];
    return out;
  }

  std::string masked(opcode op, std::string_view payload) {
    return in_frame(op, payload, static_cast<std::uint32_t>(random_()));
  }

  void add_ping() {
    auto payload = ascii(below(126));
    bytes += masked(opcode::ping, payload);
    pongs.push_back("pong " + payload);
  }

  void add_whole(std::string text) {
    bytes += masked(opcode::text, text);
    texts.push_back(std::move(text));
  }

  /// Cut anywhere, also inside a letter.
  void add_fragments(std::string text) {
    std::string_view rest = text;
    auto op = opcode::text;
    for (auto n = below(4); n > 0; --n) {
      auto part = rest.substr(0, below(rest.size() + 1));
      bytes += not_final(masked(op, part));
      rest.remove_prefix(part.size());
      op = opcode::continuation;
      for (auto pings = below(3); pings > 0; --pings)
        add_ping();
    }
    bytes += masked(op, rest);
    texts.push_back(std::move(text));
  }

  std::mt19937 random_;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(websocket_tests, fixture)

CAF_TEST(messages come as they were however the bytes are cut) {
  open(20'000);
  aut->limit_message(100 * 1024);
  random_client client{1};
  for (int i = 0; i < 400; ++i)
    client.add_message();
  for (std::string_view rest = client.bytes; !rest.empty();) {
    auto piece = rest.substr(0, client.piece());
    write(piece);
    rest.remove_prefix(piece.size());
    // The credit comes back at any time, or later than it is needed.
    if (client.below(3) == 0)
      sink->held.clear();
    if (client.below(2) == 0)
      settle();
    answers();
  }
  CAF_CHECK(until([&] {
    sink->held.clear();
    return texts().size() >= client.texts.size()
           && answers().size() >= client.pongs.size();
  }));
  settle();
  CAF_CHECK(texts() == client.texts);
  CAF_CHECK(answers() == client.pongs);
  CAF_CHECK_EQUAL(aut->counters().messages_in, client.texts.size());
  CAF_CHECK(log().ends.empty());
}

CAF_TEST(reading stops without credit and goes on when it comes back) {
  // Enough for one at a time.
  open(600);
  strings wanted;
  std::string bytes;
  for (char x = 'a'; x < 'f'; ++x) {
    wanted.emplace_back(400, x);
    bytes += message(wanted.back());
  }
  write(bytes);
  for (std::size_t n = 1; n <= wanted.size(); ++n) {
    settle();
    CAF_CHECK_EQUAL(texts(), strings(wanted.begin(), wanted.begin() + n));
    sink->held.clear();
  }
  settle();
  CAF_CHECK_EQUAL(texts(), wanted);
  // And it is not lost.
  write(bytes);
  settle();
  CAF_CHECK_EQUAL(texts().size(), wanted.size() + 1);
}

CAF_TEST(a part of the credit is not enough) {
  open(1000);
  std::string text(400, 'x');
  write(message(text) + message(text) + message(text));
  settle();
  CAF_CHECK_EQUAL(texts().size(), 2u);
  aut->grant(2 * (text.size() + frame::overhead) - 1000);
  settle();
  CAF_CHECK_EQUAL(texts().size(), 2u);
  aut->grant(1);
  settle();
  CAF_CHECK_EQUAL(texts().size(), 3u);
}

CAF_TEST(messages of all kinds wait for credit in their order) {
  open(1);
  strings wanted{"<one/>", "\xc3\xa9", "<three/>", "", "<five/>", "<six/>"};
  auto fragments = not_final(in_frame(opcode::text, "<fi"))
                   + in_frame(opcode::ping, "p")
                   + in_frame(opcode::continuation, "ve/>");
  auto last = message(wanted[5]);
  write(message(wanted[0]) + message(wanted[1]) + message(wanted[2])
        + message(wanted[3]) + fragments + last.substr(0, 8));
  for (std::size_t n = 1; n <= 5; ++n) {
    settle();
    CAF_CHECK_EQUAL(texts(), strings(wanted.begin(), wanted.begin() + n));
    CAF_CHECK_EQUAL(answers().size(), n < 5 ? 0u : 1u);
    sink->held.clear();
  }
  settle();
  write(last.substr(8));
  settle();
  CAF_CHECK_EQUAL(texts(), wanted);
  CAF_CHECK_EQUAL(answers(), strings{"pong p"});
}

CAF_TEST(an unmasked frame behind messages ends with 1002) {
  open();
  auto how = break_rule("\x81\x06<bad/>");
  CAF_CHECK(how.cause == close_cause::protocol_violation);
  CAF_CHECK_EQUAL(how.code, 1002u);
  CAF_CHECK_EQUAL(seen, strings{"close 1002"});
}

CAF_TEST(a reserved bit behind messages ends with 1002) {
  open();
  auto how = break_rule(with_reserved_bit(message("<bad/>")));
  CAF_CHECK(how.cause == close_cause::protocol_violation);
  CAF_CHECK_EQUAL(how.code, 1002u);
  CAF_CHECK_EQUAL(seen, strings{"close 1002"});
}

CAF_TEST(a continuation of nothing behind messages ends with 1002) {
  open();
  auto how = break_rule(in_frame(opcode::continuation, "<bad/>"));
  CAF_CHECK(how.cause == close_cause::protocol_violation);
  CAF_CHECK_EQUAL(how.code, 1002u);
  CAF_CHECK_EQUAL(seen, strings{"close 1002"});
}

CAF_TEST(a message between fragments ends with 1002) {
  open();
  auto how = break_rule(not_final(message("<bad>")) + message("<between/>"));
  CAF_CHECK(how.cause == close_cause::protocol_violation);
  CAF_CHECK_EQUAL(how.code, 1002u);
  CAF_CHECK_EQUAL(seen, strings{"close 1002"});
}

CAF_TEST(a binary message behind messages ends with 1003) {
  open();
  auto how = break_rule(in_frame(opcode::binary, "<bad/>"));
  CAF_CHECK(how.cause == close_cause::protocol_violation);
  CAF_CHECK_EQUAL(how.code, 1003u);
  CAF_CHECK_EQUAL(seen, strings{"close 1003"});
}

CAF_TEST(bytes that are not UTF 8 behind messages end with 1007) {
  open();
  auto how = break_rule(message("<bad>\xc3(</bad>"));
  CAF_CHECK(how.cause == close_cause::protocol_violation);
  CAF_CHECK_EQUAL(how.code, 1007u);
  CAF_CHECK_EQUAL(seen, strings{"close 1007"});
}

CAF_TEST(a message over the limit behind messages ends with 1009) {
  open();
  aut->limit_message(100);
  settle();
  auto how = break_rule(message(std::string(101, 'x')));
  CAF_CHECK(how.cause == close_cause::protocol_violation);
  CAF_CHECK_EQUAL(how.code, 1009u);
  CAF_CHECK_EQUAL(seen, strings{"close 1009"});
}

CAF_TEST(the limit before authentication holds for plain messages) {
  open();
  auto limit = config::websocket{}.max_message_before_auth;
  write(message(std::string(limit, 'x')));
  settle();
  CAF_CHECK_EQUAL(texts().size(), 1u);
  write(message(std::string(limit + 1, 'x')));
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1009"});
  peer.close();
  CAF_CHECK_EQUAL(end().code, 1009u);
  CAF_CHECK_EQUAL(texts().size(), 1u);
}

CAF_TEST(a limit that is raised holds at once) {
  open();
  aut->limit_message(10'000);
  settle();
  write(message(std::string(10'000, 'x')));
  settle();
  CAF_CHECK_EQUAL(texts(), strings{std::string(10'000, 'x')});
  write(message(std::string(10'001, 'x')));
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1009"});
  peer.close();
  CAF_CHECK_EQUAL(end().code, 1009u);
}

CAF_TEST(a limit that is lowered holds for what has been read already) {
  open(1);
  write(message("<one/>") + message("<two/>"));
  settle();
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
  aut->limit_message(5);
  let_go();
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1009"});
  peer.close();
  CAF_CHECK_EQUAL(end().code, 1009u);
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
}

CAF_TEST(a close frame right behind messages is answered after them) {
  open();
  write(message("<one/>") + message("<two/>") + close_frame(1000, "done"));
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1000"});
  CAF_CHECK_EQUAL(texts(), (strings{"<one/>", "<two/>"}));
  peer.close();
  auto how = end();
  CAF_CHECK(how.cause == close_cause::peer_closed);
  CAF_CHECK_EQUAL(how.code, 1000u);
  CAF_CHECK_EQUAL(how.detail, "done");
}

CAF_TEST(a close frame waits for the credit of the messages before it) {
  open(1);
  write(message("<one/>") + message("<two/>") + close_frame(1001));
  settle();
  let_go();
  CAF_CHECK_EQUAL(texts(), (strings{"<one/>", "<two/>"}));
  CAF_CHECK_EQUAL(answers(), strings{});
  let_go();
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1001"});
  peer.close();
  auto how = end();
  CAF_CHECK(how.cause == close_cause::peer_closed);
  CAF_CHECK_EQUAL(how.code, 1001u);
}

CAF_TEST(after we have closed nothing is delivered any more) {
  open();
  write(message("<one/>"));
  settle();
  aut->close(1001, "bye");
  CAF_REQUIRE(until([&] { return !answers().empty(); }));
  write(message("<late/>") + message("\xc3\xa9"));
  settle();
  write(message("<late/>") + close_frame(1001));
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1001"});
  CAF_CHECK(log().ends.empty());
  peer.close();
  auto how = end();
  CAF_CHECK(how.cause == close_cause::closed_here);
  CAF_CHECK_EQUAL(how.code, 1001u);
  CAF_CHECK_EQUAL(how.detail, "bye");
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
}

CAF_TEST(what waits for credit when we close is not delivered) {
  open(1);
  write(message("<one/>") + message("<late/>") + message("\xc3\xa9")
        + message("<late/>") + close_frame(1001));
  settle();
  aut->close(1001, "bye");
  let_go();
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1001"});
  peer.close();
  CAF_CHECK(end().cause == close_cause::closed_here);
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
}

CAF_TEST(we may close in the middle of a message) {
  open();
  auto late = message(std::string(300, 'x'));
  write(message("<one/>") + late.substr(0, 100));
  settle();
  aut->close(1001, "bye");
  CAF_REQUIRE(until([&] { return !answers().empty(); }));
  write(late.substr(100) + message("<late/>") + close_frame(1001));
  CAF_CHECK_EQUAL(last_answers(), strings{"close 1001"});
  peer.close();
  CAF_CHECK(end().cause == close_cause::closed_here);
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
}

CAF_TEST(we may close behind a ping) {
  open();
  write(message("<one/>") + in_frame(opcode::ping, "p"));
  settle();
  aut->close(1001, "bye");
  CAF_REQUIRE(until([&] { return answers().size() == 2; }));
  write(message("<late/>") + message("<late/>") + close_frame(1001));
  CAF_CHECK_EQUAL(last_answers(), (strings{"pong p", "close 1001"}));
  peer.close();
  CAF_CHECK(end().cause == close_cause::closed_here);
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
}

CAF_TEST(a message right before the client hangs up arrives) {
  open();
  write(message("<one/>"));
  peer.shutdown(peer.shutdown_send);
  auto how = end();
  CAF_CHECK(how.cause == close_cause::connection_lost);
  CAF_CHECK_EQUAL(how.code, 0u);
  CAF_CHECK(!how.detail.empty());
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
}

CAF_TEST(a message right before the socket is closed arrives) {
  open();
  write(message("<one/>"));
  settle();
  write(message("<two/>"));
  peer.close();
  CAF_CHECK(end().cause == close_cause::connection_lost);
  CAF_CHECK_EQUAL(texts(), (strings{"<one/>", "<two/>"}));
}

CAF_TEST(the end inside a message loses that one alone) {
  open();
  write(message("<one/>") + message("<two/>").substr(0, 9));
  peer.shutdown(peer.shutdown_send);
  CAF_CHECK(end().cause == close_cause::connection_lost);
  CAF_CHECK_EQUAL(texts(), strings{"<one/>"});
}

CAF_TEST(what waits for credit outlives the end of the client) {
  open(1);
  write(message("<one/>") + message("<two/>"));
  peer.close();
  settle();
  CAF_CHECK(log().ends.empty());
  let_go();
  CAF_CHECK_EQUAL(texts(), (strings{"<one/>", "<two/>"}));
  let_go();
  CAF_CHECK(end().cause == close_cause::connection_lost);
}

CAF_TEST_FIXTURE_SCOPE_END()
