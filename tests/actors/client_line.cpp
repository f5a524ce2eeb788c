#define CAF_SUITE client_line

#include "actors/c2s/client_line.hpp"

#include "actors/inspect/counters.hpp"
#include "tests/support/fake_transport.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace causeway;
using namespace causeway::test;

namespace {

constexpr std::uint64_t owner = 7;
constexpr std::size_t bound = 100;

/// What a parser got: texts, and "|1" for the marker of pause 1.
struct parser_log {
  static inline const char* name = "parser_log";
  std::string got;
};

parser_actor::behavior_type logging_parser(
  parser_actor::stateful_pointer<parser_log> self) {
  return {
    [self](const frame_in& x) { self->state.got += x.message->text + ' '; },
    [self](drain_marker x) {
      self->state.got += '|' + std::to_string(x.pause) + ' ';
    },
    [](const policy_changed&) {},
    [](stop_request) {},
    [](inspect_request) { return actor_snapshot{}; },
  };
}

/// Counts what is given back.
struct returned : return_address {
  void give_back(delivery&) noexcept override { ++count; }
  std::atomic<int> count{0};
};

std::shared_ptr<stream_environment> environment_with(std::size_t bytes) {
  auto x = std::make_shared<stream_environment>();
  x->websocket.max_write_queue = static_cast<std::uint32_t>(bytes);
  return x;
}

struct fixture : test_coordinator_fixture<> {
  ~fixture() override {
    for (auto& x : parsers)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    consume_messages();
  }

  parser_actor make_parser() {
    parsers.push_back(sys.spawn(logging_parser));
    return parsers.back();
  }

  /// Hands it to a new parser.
  parser_actor use_parser() {
    auto x = make_parser();
    CAF_CHECK(line->use_parser(x));
    return x;
  }

  /// What it got since the last call.
  std::string got(const parser_actor& x) {
    consume_messages();
    using logging = parser_actor::stateful_base<parser_log>;
    return std::exchange(deref<logging>(x).state.got, {});
  }

  /// The client sends it.
  frame_ptr take(std::string text) {
    auto x = std::make_shared<frame>(std::move(text), wire);
    wire->taken_credit += x->text.size() + frame::overhead;
    line->take(x);
    return x;
  }

  /// A message of so many bytes, each of them this letter.
  bool write(char letter, std::size_t size, bool is_again = false) {
    return line->write(guarded(std::string(size, letter)), is_again);
  }

  outgoing_message guarded(std::string text) {
    auto x = make_outgoing(std::move(text));
    x.guard = std::make_shared<delivery>(
      std::make_shared<protocol::stream_element>(), owner, back);
    return x;
  }

  /// The first letters of all that the client has got.
  std::string written() const {
    std::string out;
    for (auto& x : wire->sent)
      out += x.front();
    return out;
  }

  std::shared_ptr<returned> back = std::make_shared<returned>();
  std::shared_ptr<fake_transport> wire =
    std::make_shared<fake_transport>(peer_facts{});
  std::shared_ptr<stream_environment> environment = environment_with(bound);
  std::shared_ptr<client_line> line =
    std::make_shared<client_line>(wire, environment, owner);
  std::vector<parser_actor> parsers;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(client_line_tests, fixture)

// -- from the client ----------------------------------------------------------

CAF_TEST(messages go to the parser in order) {
  auto parser = use_parser();
  take("a");
  take("b");
  CAF_CHECK_EQUAL(got(parser), "a b ");
  take("c");
  CAF_CHECK_EQUAL(got(parser), "c ");
}

CAF_TEST(what comes before there is a parser waits for it) {
  take("a");
  take("b");
  consume_messages();
  auto parser = use_parser();
  take("c");
  CAF_CHECK_EQUAL(got(parser), "a b c ");
}

CAF_TEST(a pause holds back what comes behind its marker) {
  auto first = use_parser();
  auto a = take("a");
  auto b = take("b");
  line->pause({1});
  take("c");
  take("d");
  CAF_CHECK_EQUAL(got(first), "a b |1 ");
  a->phase = frame_phase::parsed;
  b->phase = frame_phase::parsed;
  auto second = use_parser();
  take("e");
  CAF_CHECK_EQUAL(got(second), "c d e ");
  CAF_CHECK_EQUAL(got(first), "");
  line->pause({2});
  CAF_CHECK_EQUAL(got(second), "|2 ");
}

CAF_TEST(a pause may end with the same parser) {
  auto parser = use_parser();
  line->pause({1});
  take("a");
  CAF_CHECK_EQUAL(got(parser), "|1 ");
  CAF_CHECK(line->use_parser(parser));
  CAF_CHECK_EQUAL(got(parser), "a ");
}

CAF_TEST(the next parser gets what the one before has not parsed) {
  auto first = use_parser();
  auto a = take("a");
  auto b = take("b");
  take("c");
  CAF_CHECK_EQUAL(got(first), "a b c ");
  a->phase = frame_phase::parsed;
  b->phase = frame_phase::parsed;
  auto second = use_parser();
  CAF_CHECK_EQUAL(got(second), "c ");
}

CAF_TEST(what is parsed is forgotten with the next message) {
  use_parser();
  auto a = take("a");
  std::weak_ptr<frame> gone = a;
  a->phase = frame_phase::parsed;
  a = nullptr;
  consume_messages();
  CAF_CHECK(!gone.expired());
  take("b");
  CAF_CHECK(gone.expired());
}

CAF_TEST(no parser follows one that died in the middle of an element) {
  auto first = use_parser();
  auto a = take("a");
  auto b = take("b");
  take("c");
  got(first);
  a->phase = frame_phase::parsed;
  b->phase = frame_phase::taken;
  auto second = make_parser();
  CAF_CHECK(!line->use_parser(second));
  CAF_CHECK_EQUAL(got(second), "");
}

// -- to the client ------------------------------------------------------------

CAF_TEST(what is written goes into the write queue in order) {
  CAF_CHECK(write('a', 10));
  CAF_CHECK(write('b', 10));
  CAF_CHECK(line->write(make_outgoing("c")));
  CAF_CHECK_EQUAL(written(), "abc");
  CAF_CHECK_EQUAL(back->count.load(), 0);
  CAF_CHECK(!line->has_ended());
}

CAF_TEST(the last words are said once and nothing follows them) {
  write('a', 10);
  CAF_CHECK(line->end({"<error/>", "<close/>"}));
  CAF_CHECK(line->has_ended());
  CAF_CHECK(write('b', 10));
  CAF_CHECK_EQUAL(back->count.load(), 1);
  CAF_CHECK(!line->end({"<more/>"}));
  CAF_CHECK_EQUAL(wire->sent.size(), 3u);
  CAF_CHECK_EQUAL(wire->sent[1], "<error/>");
  CAF_CHECK_EQUAL(wire->sent[2], "<close/>");
}

CAF_TEST(last words need no text) {
  CAF_CHECK(line->end({}));
  CAF_CHECK(!line->end({"<close/>"}));
  CAF_CHECK(wire->sent.empty());
}

CAF_TEST(the end of writing does not keep the client from being heard) {
  auto parser = use_parser();
  line->end({});
  take("a");
  CAF_CHECK_EQUAL(got(parser), "a ");
}

CAF_TEST(a write queue that is too long is reported once) {
  wire->stalled = true;
  CAF_CHECK(write('a', bound));
  CAF_CHECK_EQUAL(line->queued_bytes(), bound);
  CAF_CHECK(!write('b', 1));
  CAF_CHECK(line->has_ended());
  CAF_CHECK_EQUAL(back->count.load(), 0);
  CAF_CHECK(write('c', 1));
  CAF_CHECK(write('d', 1, true));
  CAF_CHECK_EQUAL(back->count.load(), 2);
  // There is nothing to say to who does not read.
  CAF_CHECK(!line->end({"<close/>"}));
  CAF_CHECK_EQUAL(line->queued_bytes(), bound + 1);
}

CAF_TEST(what the client reads makes room) {
  for (auto i = 0; i < 3; ++i) {
    wire->stalled = true;
    CAF_CHECK(write('a', bound));
    wire->take_all();
  }
  CAF_CHECK_EQUAL(written(), "aaa");
}

CAF_TEST(what is sent again has room beyond the bound) {
  wire->stalled = true;
  CAF_CHECK(write('a', 2 * bound, true));
  CAF_CHECK(write('b', 2 * bound, true));
  CAF_CHECK(write('c', bound));
  CAF_CHECK(!write('d', 1));
}

CAF_TEST(the room of what is sent again goes with it) {
  wire->stalled = true;
  CAF_CHECK(write('a', 3 * bound, true));
  // Most of it is written.
  wire->stalled_bytes = bound;
  CAF_CHECK(write('b', bound / 2));
  CAF_CHECK(write('c', bound));
  CAF_CHECK(!write('d', 1));
}

CAF_TEST(once that is written the bound is what it was) {
  wire->stalled = true;
  CAF_CHECK(write('a', 3 * bound, true));
  wire->take_all();
  CAF_CHECK(write('b', 1));
  wire->stalled = true;
  CAF_CHECK(write('c', bound));
  CAF_CHECK(!write('d', 1));
}

CAF_TEST(a lower bound spares what is queued) {
  wire->stalled = true;
  CAF_CHECK(write('a', bound));
  line->apply(environment_with(10));
  CAF_CHECK(write('b', 10));
  CAF_CHECK(!write('c', 1));
}

CAF_TEST(a lower bound holds for what comes after what was queued) {
  wire->stalled = true;
  CAF_CHECK(write('a', bound));
  line->apply(environment_with(10));
  wire->take_all();
  CAF_CHECK(write('b', 10));
  wire->stalled = true;
  CAF_CHECK(!write('c', 11));
}

CAF_TEST(a higher bound holds at once) {
  wire->stalled = true;
  CAF_CHECK(write('a', bound));
  line->apply(environment_with(2 * bound));
  CAF_CHECK(write('b', bound));
  CAF_CHECK(!write('c', 1));
}

CAF_TEST(messages of several threads lose nothing and keep their order) {
  constexpr std::size_t each = 1000;
  std::string letters = "abcd";
  std::vector<std::thread> threads;
  for (auto letter : letters)
    threads.emplace_back([this, letter] {
      for (std::size_t i = 0; i < each; ++i)
        if (!line->write(guarded(letter + std::to_string(i))))
          return;
    });
  for (auto& x : threads)
    x.join();
  CAF_CHECK_EQUAL(wire->sent.size(), letters.size() * each);
  for (auto letter : letters) {
    std::size_t next = 0;
    for (auto& x : wire->sent)
      if (x.front() == letter && x.substr(1) == std::to_string(next))
        ++next;
    CAF_CHECK_EQUAL(next, each);
  }
  CAF_CHECK_EQUAL(back->count.load(), 0);
}

CAF_TEST(one of several threads hears that the write queue is too long) {
  constexpr int each = 100;
  std::atomic<int> told{0};
  std::vector<std::thread> threads;
  wire->stalled = true;
  for (auto letter : {'a', 'b', 'c', 'd'})
    threads.emplace_back([&, letter] {
      for (auto i = 0; i < each; ++i)
        if (!write(letter, 10))
          ++told;
    });
  for (auto& x : threads)
    x.join();
  CAF_CHECK_EQUAL(told.load(), 1);
  CAF_CHECK_EQUAL(line->queued_bytes(), bound + 10);
  CAF_CHECK_EQUAL(
    back->count.load(), 4 * each - static_cast<int>(bound) / 10 - 1);
}

// -- from the connection ------------------------------------------------------

CAF_TEST(counters are those of the WebSocket) {
  wire->counted.messages_in = 3;
  write('a', 10);
  auto counted = line->counters();
  CAF_REQUIRE(counted.has_value());
  CAF_CHECK_EQUAL(counted->messages_in, 3u);
  CAF_CHECK_EQUAL(counted->messages_out, 1u);
}

CAF_TEST(a WebSocket that is forgotten is free) {
  use_parser();
  line->pause({1});
  take("a");
  std::weak_ptr<fake_transport> gone = wire;
  auto last = wire;
  wire = nullptr;
  consume_messages();
  line->forget_socket();
  // What waited has given its credit back.
  CAF_CHECK_EQUAL(last->granted_credit, last->taken_credit);
  last = nullptr;
  CAF_CHECK(gone.expired());
}

CAF_TEST(without a WebSocket nothing happens) {
  auto parser = use_parser();
  line->forget_socket();
  take("a");
  CAF_CHECK_EQUAL(wire->granted_credit, wire->taken_credit);
  CAF_CHECK(write('b', 10));
  CAF_CHECK(write('c', 10 * bound, true));
  CAF_CHECK_EQUAL(back->count.load(), 2);
  CAF_CHECK(!line->end({"<close/>"}));
  CAF_CHECK(!line->counters());
  CAF_CHECK_EQUAL(line->queued_bytes(), 0u);
  line->apply(environment_with(10));
  line->belong_to(owner + 1);
  line->pause({1});
  CAF_CHECK_EQUAL(got(parser), "");
  auto next = use_parser();
  CAF_CHECK_EQUAL(got(next), "");
  line->forget_socket();
  CAF_CHECK(wire->sent.empty());
}

CAF_TEST(a trace shows both ways of the session that the line belongs to) {
  auto count = std::make_shared<counters>();
  auto trace =
    std::make_shared<wire_trace>(trace_order{.session = owner + 1}, count);
  CAF_REQUIRE(environment->traces->add(trace));
  take("<early/>");
  CAF_CHECK(!trace->next());
  line->belong_to(owner + 1);
  take("<in/>");
  CAF_CHECK(line->write(make_outgoing("<out/>")));
  line->end({"<close/>"});
  // What comes too late is not written.
  CAF_CHECK(line->write(make_outgoing("<late/>")));
  std::string seen;
  while (auto x = trace->next())
    seen += std::string{to_string(x->way)} + ' ' + x->text + '\n';
  CAF_CHECK_EQUAL(
    seen, "from_client <in/>\nto_client <out/>\nto_client <close/>\n");
}

CAF_TEST_FIXTURE_SCOPE_END()
