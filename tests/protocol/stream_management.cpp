#define CAF_SUITE stream_management

#include "protocol/stream_management.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"

#include <caf/test/dsl.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace causeway::protocol;

namespace {

using ms = std::chrono::milliseconds;

constexpr std::uint32_t max_h = 0xffffffff;

stream_element nonza(std::string_view xml) {
  auto x = parse_message(std::string{xml});
  CAF_REQUIRE(x.has_value());
  return *x;
}

std::string sm(std::string_view body) {
  return "<" + std::string{body} + " xmlns='urn:xmpp:sm:3'/>";
}

/// The machine with its queue, driven as a tracker drives it; `log` holds one
/// word per action.
struct fixture {
  void perform(const sm_actions& actions) {
    for (auto& action : actions)
      std::visit(
        overload{
          [this](const sm_send& x) { log.push_back(shorten(x.nonza)); },
          [this](const sm_grant& x) {
            log.push_back("grant " + std::to_string(x.max_seconds));
          },
          [this](const sm_enabled&) { log.push_back("counting"); },
          [this](const sm_acknowledge& x) {
            queue.acknowledge(x.h, [](int) {});
            log.push_back("forget " + std::to_string(x.h));
          },
          [this](const sm_fail_stream& x) {
            error = x;
            log.push_back("fail " + std::string{to_string(x.condition)});
          },
          [this](const sm_start_timer& x) { timers.push_back(x.after); },
        },
        action);
  }

  /// "a 3" for an ack, the local names of element and child for the rest.
  static std::string shorten(const std::string& xml) {
    auto x = nonza(xml);
    CAF_CHECK_EQUAL(x.ns, std::string{ns::stream_management});
    if (auto* h = x.find("h"))
      return x.name + ' ' + *h;
    return x.child_name.empty() ? x.name : x.name + ' ' + x.child_name;
  }

  void client_sends(std::string_view body) {
    perform(machine.nonza_received(nonza(sm(body)), queue));
  }

  void client_sends_stanzas(int n, std::size_t bytes = 1) {
    for (; n > 0; --n)
      perform(machine.stanza_received(bytes));
  }

  void server_sends_stanzas(int n, std::size_t bytes = 1) {
    for (; n > 0; --n) {
      if (machine.is_enabled())
        queue.push(0, bytes);
      perform(machine.stanza_sent(queue.size(), queue.bytes()));
    }
  }

  void enable() {
    client_sends("enable");
    log.clear();
  }

  /// Enables Stream Management that can be resumed.
  void enable_resumable(sm_settings settings = {}) {
    settings.resume_seconds = 600;
    machine = stream_management{settings};
    client_sends("enable resume='true'");
    perform(machine.grant("id", 600));
    log.clear();
  }

  /// The timer fires that was started; returns its time in ms, 0 for none.
  int fire() {
    if (timers.empty())
      return 0;
    CAF_CHECK_EQUAL(timers.size(), 1u);
    auto after = timers.front();
    timers.clear();
    perform(machine.timer_due());
    return static_cast<int>(after.count());
  }

  /// With no `<r/>` by count, and these delays in ms.
  void enable_with(int acknowledge, int idle, int age) {
    sm_settings settings;
    settings.request_frequency = 0;
    settings.delays = {ms{acknowledge}, ms{idle}, ms{age}};
    enable_resumable(settings);
  }

  std::vector<std::string> taken() { return std::exchange(log, {}); }

  void apply(std::int32_t frequency) {
    sm_settings settings;
    settings.unsolicited_ack_frequency = frequency;
    perform(machine.apply(settings, queue.size(), queue.bytes()));
  }

  stream_management machine{sm_settings{}};
  resend_queue<int> queue;
  std::vector<std::string> log;
  std::vector<ms> timers;
  sm_fail_stream error{};
};

using words = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(stream_management_tests, fixture)

// -- enable -------------------------------------------------------------------

CAF_TEST(S1 enable is answered by enabled and counting begins before it) {
  client_sends("enable");
  CAF_CHECK_EQUAL(taken(), (words{"counting", "enabled"}));
  CAF_CHECK(machine.is_enabled());
}

CAF_TEST(S2 resume is not granted where it is off) {
  for (auto value : {"true", "1", "YES", "no"}) {
    machine = stream_management{{}};
    auto actions = machine.nonza_received(
      nonza(sm("enable resume='" + std::string{value} + "' max='60'")), queue);
    CAF_REQUIRE_EQUAL(actions.size(), 2u);
    CAF_CHECK_EQUAL(
      std::get<sm_send>(actions[1]).nonza, "<enabled xmlns='urn:xmpp:sm:3'/>");
    CAF_CHECK(!machine.is_resumable());
  }
}

CAF_TEST(S6 a second enable fails and changes nothing) {
  enable();
  client_sends_stanzas(2);
  client_sends("enable");
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"failed unexpected-request", "a 2"}));
}

CAF_TEST(S7 inactive Stream Management refuses enable) {
  machine = stream_management{sm_settings{.active = false}};
  client_sends("enable");
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"failed feature-not-implemented"}));
  CAF_CHECK(!machine.is_enabled());
}

CAF_TEST(S8 without enable nothing is counted or answered) {
  client_sends("r");
  client_sends("a h='1'");
  client_sends("a h='x'");
  client_sends_stanzas(3);
  server_sends_stanzas(5);
  perform(machine.probe());
  CAF_CHECK(taken().empty());
  CAF_CHECK_EQUAL(machine.received(), 0u);
}

CAF_TEST(resume after bind and unknown elements come unexpected) {
  for (auto on : {false, true}) {
    if (on)
      enable();
    for (auto body : {"resume h='0' previd='x'", "resume", "enabled", "failed",
           "resumed", "frobnicate"}) {
      client_sends(body);
      CAF_CHECK_EQUAL(taken(), (words{"failed unexpected-request"}));
    }
    CAF_CHECK_EQUAL(machine.is_enabled(), on);
  }
}

CAF_TEST(a failure names a stanza error condition) {
  CAF_CHECK_EQUAL(sm_failed(stanza_error::item_not_found),
    "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
}

// -- enable with resumption ---------------------------------------------------

CAF_TEST(S2 resume is granted with an id and the window) {
  for (auto value : {"true", "1"}) {
    machine = stream_management{sm_settings{.resume_seconds = 600}};
    client_sends("enable resume='" + std::string{value} + "'");
    CAF_CHECK_EQUAL(taken(), words{"grant 600"});
    CAF_CHECK(!machine.is_enabled());
    auto actions = machine.grant("<'&>", 600);
    CAF_REQUIRE_EQUAL(actions.size(), 2u);
    CAF_CHECK(std::holds_alternative<sm_enabled>(actions[0]));
    CAF_CHECK_EQUAL(std::get<sm_send>(actions[1]).nonza,
      "<enabled xmlns='urn:xmpp:sm:3' id='&lt;&apos;&amp;&gt;' resume='true' "
      "max='600'/>");
    CAF_CHECK(machine.is_enabled());
    CAF_CHECK(machine.is_resumable());
    CAF_CHECK(machine.is_attached());
    CAF_CHECK_EQUAL(machine.window(), 600u);
  }
}

CAF_TEST(S4 the window is the smaller of both wishes) {
  const std::pair<const char*, const char*> cases[] = {{"60", "grant 60"},
    {"1", "grant 1"}, {"+60", "grant 60"}, {"600", "grant 600"},
    {"601", "grant 600"}, {"4294967295", "grant 600"},
    {"4294967296", "grant 600"}, {"99999999999999999999", "grant 600"},
    {"0", "grant 600"}, {"-1", "grant 600"}, {"", "grant 600"},
    {"1.5", "grant 600"}, {"x", "grant 600"}};
  for (auto& [max, expected] : cases) {
    machine = stream_management{sm_settings{.resume_seconds = 600}};
    client_sends("enable resume='true' max='" + std::string{max} + "'");
    CAF_CHECK_EQUAL(taken(), words{expected});
  }
  perform(machine.grant("id", 30));
  CAF_CHECK_EQUAL(machine.window(), 30u);
}

CAF_TEST(S3 any other value of resume is no) {
  for (auto body : {"enable", "enable resume='false'", "enable resume='0'",
         "enable resume='TRUE'", "enable resume='yes'", "enable resume=''",
         "enable resume='2'", "enable max='60'"}) {
    machine = stream_management{sm_settings{.resume_seconds = 600}};
    client_sends(body);
    CAF_CHECK_EQUAL(taken(), (words{"counting", "enabled"}));
    CAF_CHECK(!machine.is_resumable());
    CAF_CHECK_EQUAL(machine.window(), 0u);
  }
}

CAF_TEST(who gets no id is enabled without resumption) {
  machine = stream_management{sm_settings{.resume_seconds = 600}};
  client_sends("enable resume='true'");
  log.clear();
  perform(machine.refuse_resumption());
  CAF_CHECK_EQUAL(taken(), (words{"counting", "enabled"}));
  CAF_CHECK(machine.is_enabled());
  CAF_CHECK(!machine.is_resumable());
}

CAF_TEST(what comes before the id counts and is answered behind enabled) {
  machine = stream_management{sm_settings{.resume_seconds = 600}};
  client_sends_stanzas(3);
  client_sends("enable resume='true'");
  client_sends_stanzas(2);
  client_sends("r");
  client_sends("a h='0'");
  client_sends("r");
  server_sends_stanzas(5);
  client_sends_stanzas(1);
  CAF_CHECK_EQUAL(machine.received(), 3u);
  CAF_CHECK_EQUAL(taken(), words{"grant 600"});
  perform(machine.grant("id", 600));
  CAF_CHECK_EQUAL(taken(), (words{"counting", "enabled", "a 3"}));
  CAF_CHECK_EQUAL(queue.sent(), 0u);
}

CAF_TEST(S6 a second enable fails while the id is made) {
  machine = stream_management{sm_settings{.resume_seconds = 600}};
  client_sends("enable resume='true'");
  client_sends("enable");
  client_sends("enable resume='true'");
  CAF_CHECK_EQUAL(taken(), (words{"grant 600", "failed unexpected-request",
                             "failed unexpected-request"}));
  perform(machine.grant("id", 600));
  CAF_CHECK(machine.is_resumable());
}

CAF_TEST(an id that nobody waits for changes nothing) {
  perform(machine.grant("id", 600));
  perform(machine.refuse_resumption());
  CAF_CHECK(!machine.is_enabled());
  enable();
  client_sends_stanzas(1);
  perform(machine.grant("id", 600));
  perform(machine.refuse_resumption());
  CAF_CHECK(taken().empty());
  CAF_CHECK(!machine.is_resumable());
  CAF_CHECK_EQUAL(machine.received(), 1u);
}

// -- resumption ---------------------------------------------------------------

CAF_TEST(R1 who resumes is told what was received and gets the rest again) {
  enable_resumable({.request_frequency = 0});
  client_sends_stanzas(7);
  server_sends_stanzas(4);
  client_sends("a h='1'");
  machine.detach();
  log.clear();
  CAF_CHECK(machine.check_resume(2, queue));
  auto actions = machine.resumed("<id>");
  CAF_REQUIRE_EQUAL(actions.size(), 1u);
  CAF_CHECK_EQUAL(std::get<sm_send>(actions[0]).nonza,
    "<resumed xmlns='urn:xmpp:sm:3' previd='&lt;id&gt;' h='7'/>");
  CAF_CHECK(machine.is_attached());
  queue.acknowledge(2, [](int) {});
  CAF_CHECK_EQUAL(queue.size(), 2u);
  perform(machine.probe());
  CAF_CHECK_EQUAL(taken(), words{"r"});
}

CAF_TEST(R6 an h that was never sent does not resume) {
  enable_resumable({.request_frequency = 0});
  server_sends_stanzas(4);
  machine.detach();
  for (auto h : {5u, 6u, 1u << 31, max_h})
    CAF_CHECK(!machine.check_resume(h, queue));
  CAF_CHECK(!machine.is_attached());
  CAF_CHECK_EQUAL(queue.size(), 4u);
  CAF_CHECK(machine.check_resume(4, queue));
}

CAF_TEST(R6 an h below what was acknowledged does not resume) {
  enable_resumable({.request_frequency = 0});
  server_sends_stanzas(4);
  client_sends("a h='3'");
  machine.detach();
  for (auto h : {0u, 1u, 2u})
    CAF_CHECK(!machine.check_resume(h, queue));
  CAF_CHECK(machine.check_resume(3, queue));
  CAF_CHECK(machine.check_resume(4, queue));
}

CAF_TEST(an h that rolled over resumes) {
  enable_resumable({.request_frequency = 0});
  queue = resend_queue<int>{max_h - 1};
  server_sends_stanzas(4);
  machine.detach();
  for (auto h : {max_h - 1, max_h, 0u, 1u, 2u})
    CAF_CHECK(machine.check_resume(h, queue));
  for (auto h : {max_h - 2, 3u})
    CAF_CHECK(!machine.check_resume(h, queue));
}

CAF_TEST(what got no id cannot be resumed) {
  CAF_CHECK(!machine.check_resume(0, queue));
  CAF_CHECK(machine.resumed("id").empty());
  enable();
  CAF_CHECK(!machine.check_resume(0, queue));
  CAF_CHECK(machine.resumed("id").empty());
}

CAF_TEST(R2 a detached session counts on in silence) {
  enable_resumable({.unsolicited_ack_frequency = 1, .request_frequency = 2});
  server_sends_stanzas(1);
  client_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), words{"a 1"});
  machine.detach();
  CAF_CHECK(machine.is_enabled());
  CAF_CHECK(machine.is_resumable());
  CAF_CHECK(!machine.is_attached());
  server_sends_stanzas(3);
  client_sends_stanzas(2);
  client_sends("r");
  perform(machine.probe());
  CAF_CHECK(taken().empty());
  CAF_CHECK_EQUAL(machine.received(), 3u);
  CAF_CHECK_EQUAL(queue.size(), 4u);
}

CAF_TEST(acks and requests go on with the client) {
  enable_resumable({.unsolicited_ack_frequency = 2, .request_frequency = 2});
  server_sends_stanzas(1);
  client_sends_stanzas(1);
  machine.detach();
  machine.attach();
  server_sends_stanzas(1);
  client_sends_stanzas(1);
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"r", "a 2", "a 2"}));
}

CAF_TEST(a late ack counts without a connection) {
  enable_resumable();
  server_sends_stanzas(3);
  machine.detach();
  client_sends("a h='2'");
  client_sends("a h='4'");
  CAF_CHECK_EQUAL(taken(), (words{"forget 2", "fail undefined-condition"}));
}

CAF_TEST(S22 a detached session may not keep more than another) {
  enable_resumable({.request_frequency = 0, .max_unacked = 3});
  machine.detach();
  server_sends_stanzas(3);
  CAF_CHECK(taken().empty());
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"fail policy-violation"}));
}

CAF_TEST(without Stream Management there is nothing to detach) {
  machine.detach();
  CAF_CHECK(machine.is_attached());
  client_sends("enable");
  CAF_CHECK_EQUAL(taken(), (words{"counting", "enabled"}));
  CAF_CHECK(machine.is_attached());
}

CAF_TEST(R12 a session can be resumed time and again) {
  enable_resumable({.request_frequency = 0});
  for (auto round = 1u; round <= 3; ++round) {
    server_sends_stanzas(2);
    client_sends_stanzas(1);
    machine.detach();
    CAF_CHECK(machine.check_resume(2 * round, queue));
    queue.acknowledge(2 * round, [](int) {});
    perform(machine.resumed("id"));
    CAF_CHECK_EQUAL(taken(), words{"resumed " + std::to_string(round)});
  }
}

CAF_TEST(a session that was stored goes on where it was) {
  enable_resumable();
  machine.enable_at(41);
  client_sends_stanzas(1);
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), words{"a 42"});
  CAF_CHECK(machine.is_resumable());
}

CAF_TEST(a failure may tell what was received) {
  CAF_CHECK_EQUAL(sm_failed(stanza_error::item_not_found, 7),
    "<failed xmlns='urn:xmpp:sm:3' h='7'><item-not-found "
    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
  CAF_CHECK(sm_failed(stanza_error::item_not_found, 0).find(" h='0'")
            != std::string::npos);
}

// -- acks that we send --------------------------------------------------------

CAF_TEST(S9 each stanza since enable counts) {
  client_sends_stanzas(3);
  enable();
  client_sends_stanzas(3);
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"a 3"}));
}

CAF_TEST(S10 a request at once is answered by zero) {
  enable();
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"a 0"}));
}

CAF_TEST(S11 what is no stanza does not count) {
  enable();
  client_sends("r");
  client_sends("a h='0'");
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"a 0", "forget 0", "a 0"}));
}

CAF_TEST(the received counter rolls over at 2 ^ 32) {
  machine.enable_at(max_h - 1);
  client_sends("r");
  client_sends_stanzas(1);
  client_sends("r");
  client_sends_stanzas(1);
  client_sends("r");
  client_sends_stanzas(1);
  client_sends("r");
  CAF_CHECK_EQUAL(
    taken(), (words{"a 4294967294", "a 4294967295", "a 0", "a 1"}));
}

// -- acks that we ask for -----------------------------------------------------

CAF_TEST(S13 a request follows each fifth unacknowledged stanza) {
  enable();
  server_sends_stanzas(4);
  CAF_CHECK(taken().empty());
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"r"}));
  server_sends_stanzas(4);
  CAF_CHECK(taken().empty());
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"r"}));
}

CAF_TEST(it is the unacknowledged stanzas that ask and not all of them) {
  enable();
  for (auto h = 1; h <= 12; ++h) {
    server_sends_stanzas(1);
    client_sends("a h='" + std::to_string(h) + "'");
  }
  for (auto& x : taken())
    CAF_CHECK(x.starts_with("forget"));
}

CAF_TEST(no request stands right behind enabled) {
  machine = stream_management{sm_settings{.request_frequency = 1}};
  client_sends("enable");
  CAF_CHECK_EQUAL(taken(), (words{"counting", "enabled"}));
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"r"}));
}

CAF_TEST(a request frequency of zero never asks) {
  machine = stream_management{sm_settings{.request_frequency = 0}};
  enable();
  server_sends_stanzas(20);
  CAF_CHECK(taken().empty());
}

CAF_TEST(a silent client is asked for an ack) {
  enable();
  perform(machine.probe());
  CAF_CHECK_EQUAL(taken(), (words{"r"}));
}

// -- acks that come -----------------------------------------------------------

CAF_TEST(S14 an ack may come twice) {
  enable();
  server_sends_stanzas(3);
  client_sends("a h='3'");
  client_sends("a h='3'");
  CAF_CHECK_EQUAL(taken(), (words{"forget 3", "forget 3"}));
  CAF_CHECK(queue.empty());
}

CAF_TEST(S15 an ack beyond what was sent ends the stream and says why) {
  enable();
  server_sends_stanzas(3);
  client_sends("a h='5'");
  CAF_CHECK_EQUAL(taken(), (words{"fail undefined-condition"}));
  CAF_CHECK_EQUAL(error.application,
    "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='5' send-count='3'/>");
  CAF_CHECK(!error.text.empty());
  CAF_CHECK_EQUAL(queue.size(), 3u);
}

CAF_TEST(S16 an ack for something where nothing was sent ends the stream) {
  enable();
  client_sends("a h='1'");
  CAF_CHECK_EQUAL(taken(), (words{"fail undefined-condition"}));
}

CAF_TEST(S17 an h that is no unsigned integer ends the stream) {
  for (auto h : {"x", "-1", "4294967296", "", "+", "+-1", "1.0", "0x1", " 1",
         "1 ", "-0", "18446744073709551617", "++1"}) {
    machine = stream_management{sm_settings{}};
    enable();
    client_sends("a h='" + std::string{h} + "'");
    CAF_CHECK_EQUAL(taken(), (words{"fail undefined-condition"}));
    CAF_CHECK_EQUAL(error.application, "");
  }
}

CAF_TEST(leading zeros and a plus sign are legal) {
  enable();
  server_sends_stanzas(3);
  client_sends("a h='0001'");
  client_sends("a h='+2'");
  CAF_CHECK_EQUAL(taken(), (words{"forget 1", "forget 2"}));
}

CAF_TEST(S18 an ack without h is ignored) {
  enable();
  client_sends("a");
  CAF_CHECK(taken().empty());
}

CAF_TEST(S19 an ack from the past is ignored) {
  enable();
  server_sends_stanzas(4);
  client_sends("a h='3'");
  client_sends("a h='2'");
  CAF_CHECK_EQUAL(taken(), (words{"forget 3"}));
  CAF_CHECK_EQUAL(queue.size(), 1u);
}

CAF_TEST(S20 an ack leaves what it does not cover) {
  machine = stream_management{sm_settings{.request_frequency = 0}};
  enable();
  server_sends_stanzas(12);
  client_sends("a h='4'");
  client_sends("a h='10'");
  CAF_CHECK_EQUAL(queue.size(), 2u);
}

CAF_TEST(S21 acks roll over at 2 ^ 32 and leave what came after) {
  machine = stream_management{sm_settings{.request_frequency = 0}};
  queue = resend_queue<int>{max_h - 1};
  enable();
  server_sends_stanzas(5);
  client_sends("a h='4294967295'");
  client_sends("a h='0'");
  client_sends("a h='1'");
  client_sends("a h='4294967295'");
  CAF_CHECK_EQUAL(
    taken(), (words{"forget 4294967295", "forget 0", "forget 1"}));
  CAF_CHECK_EQUAL(queue.size(), 2u);
  client_sends("a h='4'");
  CAF_CHECK_EQUAL(taken(), (words{"fail undefined-condition"}));
  CAF_CHECK(error.application.find("send-count='3'") != std::string::npos);
}

CAF_TEST(S22 one stanza more than may be unacknowledged ends the stream) {
  machine =
    stream_management{sm_settings{.request_frequency = 0, .max_unacked = 3}};
  enable();
  server_sends_stanzas(3);
  CAF_CHECK_EQUAL(taken(), words{"r"});
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"fail policy-violation"}));
}

CAF_TEST(S22 one byte more than may be unacknowledged ends the stream) {
  machine = stream_management{
    sm_settings{.request_frequency = 0, .max_unacked_bytes = 100}};
  enable();
  server_sends_stanzas(2, 50);
  CAF_CHECK_EQUAL(taken(), words{"r"});
  server_sends_stanzas(1, 1);
  CAF_CHECK_EQUAL(taken(), (words{"fail policy-violation"}));
}

CAF_TEST(who may soon have too much is asked once whatever the policy) {
  machine =
    stream_management{sm_settings{.request_frequency = 0, .max_unacked = 6}};
  enable();
  server_sends_stanzas(3);
  CAF_CHECK(taken().empty());
  CAF_CHECK(!machine.is_crowded(3, 3));
  server_sends_stanzas(2);
  CAF_CHECK_EQUAL(taken(), words{"r"});
  CAF_CHECK(machine.is_crowded(4, 4));
  client_sends("a h='1'");
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"forget 1", "r"}));
}

// -- requests by time ---------------------------------------------------------

CAF_TEST(what was sent last is asked for once nothing follows) {
  enable_with(0, 1000, 0);
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(fire(), 1000);
  CAF_CHECK_EQUAL(taken(), words{"r"});
  CAF_CHECK_EQUAL(fire(), 0);
}

CAF_TEST(a stanza that follows puts the request off) {
  enable_with(0, 1000, 0);
  for (auto i = 0; i < 3; ++i) {
    server_sends_stanzas(2);
    CAF_CHECK_EQUAL(fire(), 1000);
    CAF_CHECK(taken().empty());
  }
  CAF_CHECK_EQUAL(fire(), 1000);
  CAF_CHECK_EQUAL(taken(), words{"r"});
}

CAF_TEST(a stanza sent while the timer runs waits for the next one) {
  enable_with(300, 1000, 0);
  client_sends_stanzas(1);
  server_sends_stanzas(1);
  // Perhaps it was sent at the very end of that time.
  CAF_CHECK_EQUAL(fire(), 300);
  CAF_CHECK_EQUAL(taken(), words{"a 1"});
  CAF_CHECK_EQUAL(fire(), 300);
  CAF_CHECK_EQUAL(fire(), 300);
  CAF_CHECK_EQUAL(fire(), 300);
  CAF_CHECK(taken().empty());
  CAF_CHECK_EQUAL(fire(), 100);
  CAF_CHECK_EQUAL(taken(), words{"r"});
  CAF_CHECK_EQUAL(fire(), 0);
}

CAF_TEST(traffic without end does not put the request off for ever) {
  enable_with(0, 1000, 3000);
  auto waited = 0;
  while (waited < 10'000 && log.empty()) {
    server_sends_stanzas(2);
    waited += fire();
  }
  CAF_CHECK_EQUAL(taken(), words{"r"});
  CAF_CHECK_EQUAL(waited, 3000);
}

CAF_TEST(nothing is asked for that was asked for or is acknowledged) {
  enable_with(0, 1000, 3000);
  server_sends_stanzas(2);
  client_sends("a h='2'");
  taken();
  CAF_CHECK_EQUAL(fire(), 1000);
  CAF_CHECK(taken().empty());
  CAF_CHECK(timers.empty());
  server_sends_stanzas(2);
  client_sends("a h='3'");
  perform(machine.probe());
  taken();
  CAF_CHECK_EQUAL(fire(), 1000);
  CAF_CHECK(taken().empty());
  CAF_CHECK(timers.empty());
}

CAF_TEST(what an ack leaves is asked for in time) {
  enable_with(0, 1000, 0);
  server_sends_stanzas(2);
  client_sends("a h='1'");
  taken();
  fire();
  fire();
  CAF_CHECK_EQUAL(taken(), words{"r"});
}

CAF_TEST(no timer runs where time asks for nothing) {
  enable_with(0, 0, 0);
  server_sends_stanzas(3);
  client_sends_stanzas(3);
  CAF_CHECK(timers.empty());
  enable_with(0, 1000, 0);
  client_sends_stanzas(3);
  CAF_CHECK(timers.empty());
}

CAF_TEST(who is detached is not asked until the next stanza) {
  enable_with(500, 1000, 3000);
  server_sends_stanzas(1);
  client_sends_stanzas(1);
  machine.detach();
  CAF_CHECK_EQUAL(fire(), 500);
  server_sends_stanzas(1);
  CAF_CHECK(taken().empty());
  CAF_CHECK(timers.empty());
  perform(machine.resumed("x"));
  perform(machine.probe());
  CAF_CHECK_EQUAL(taken(), (words{"resumed 1", "r"}));
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(fire(), 500);
  CAF_CHECK_EQUAL(fire(), 500);
  CAF_CHECK_EQUAL(taken(), words{"r"});
}

CAF_TEST(a client that lost its connection in between is asked again) {
  enable_with(0, 1000, 0);
  server_sends_stanzas(1);
  machine.detach();
  perform(machine.resumed("x"));
  server_sends_stanzas(1);
  taken();
  CAF_CHECK_EQUAL(fire(), 1000);
  CAF_CHECK(taken().empty());
  CAF_CHECK_EQUAL(fire(), 1000);
  CAF_CHECK_EQUAL(taken(), words{"r"});
}

// -- unsolicited acks ---------------------------------------------------------

CAF_TEST(an ack may be due by bytes) {
  machine = stream_management{sm_settings{.unsolicited_ack_bytes = 100}};
  enable();
  client_sends_stanzas(2, 49);
  CAF_CHECK(taken().empty());
  client_sends_stanzas(1, 2);
  client_sends_stanzas(1, 99);
  client_sends("r");
  client_sends_stanzas(1, 99);
  CAF_CHECK_EQUAL(taken(), (words{"a 3", "a 4"}));
  client_sends_stanzas(1, 1);
  CAF_CHECK_EQUAL(taken(), words{"a 6"});
}

CAF_TEST(an ack may be due by time) {
  enable_with(200, 0, 0);
  client_sends_stanzas(3);
  CAF_CHECK_EQUAL(fire(), 200);
  CAF_CHECK_EQUAL(taken(), words{"a 3"});
  CAF_CHECK_EQUAL(fire(), 0);
  client_sends_stanzas(1);
  client_sends("r");
  taken();
  CAF_CHECK_EQUAL(fire(), 200);
  CAF_CHECK(taken().empty());
  CAF_CHECK(timers.empty());
}

CAF_TEST(what another machine has begun goes on with its count) {
  perform(machine.begin_at(2, true, 0));
  CAF_CHECK_EQUAL(log, (words{"counting", "enabled", "a 2"}));
  CAF_CHECK(!machine.is_resumable());
  log.clear();
  perform(machine.begin_at(9, false, 0));
  CAF_CHECK(log.empty());
  CAF_CHECK_EQUAL(machine.received(), 2u);
}

CAF_TEST(what another machine has begun may be resumable) {
  perform(machine.begin_at(2, true, 60));
  CAF_CHECK_EQUAL(log, (words{"grant 60"}));
  client_sends_stanzas(1);
  log.clear();
  perform(machine.grant("id", 60));
  CAF_CHECK_EQUAL(log, (words{"counting", "enabled", "a 3"}));
  CAF_CHECK_EQUAL(machine.window(), 60u);
}

CAF_TEST(what came before enabled is acknowledged in time) {
  sm_settings settings;
  settings.resume_seconds = 600;
  settings.delays.acknowledge = ms{200};
  machine = stream_management{settings};
  client_sends("enable resume='true'");
  client_sends_stanzas(2);
  perform(machine.grant("id", 600));
  taken();
  CAF_CHECK_EQUAL(fire(), 200);
  CAF_CHECK_EQUAL(taken(), words{"a 2"});
}

CAF_TEST(U1 a frequency of zero never acknowledges unasked) {
  enable();
  client_sends_stanzas(100);
  CAF_CHECK(taken().empty());
}

CAF_TEST(U2 a frequency of one acknowledges each stanza and nothing else) {
  apply(1);
  client_sends("enable");
  CAF_CHECK_EQUAL(taken(), (words{"counting", "enabled"}));
  client_sends_stanzas(3);
  CAF_CHECK_EQUAL(taken(), (words{"a 1", "a 2", "a 3"}));
  client_sends("a h='0'");
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"forget 0", "a 3"}));
}

CAF_TEST(U3 the count begins at enable) {
  apply(5);
  client_sends_stanzas(3);
  enable();
  client_sends_stanzas(16);
  CAF_CHECK_EQUAL(taken(), (words{"a 5", "a 10", "a 15"}));
}

CAF_TEST(U5 a request is answered beside the unsolicited ack) {
  apply(3);
  enable();
  client_sends_stanzas(3);
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"a 3", "a 3"}));
}

CAF_TEST(U6 without enable there is no unsolicited ack) {
  apply(1);
  client_sends_stanzas(10);
  CAF_CHECK(taken().empty());
}

CAF_TEST(U7 a new frequency counts from the next stanza on) {
  apply(0);
  enable();
  client_sends_stanzas(2);
  apply(1);
  client_sends_stanzas(1);
  apply(0);
  client_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"a 3"}));
}

CAF_TEST(U8 a negative frequency is off) {
  enable();
  for (auto frequency : {-1, -5, std::numeric_limits<std::int32_t>::min()}) {
    apply(frequency);
    client_sends_stanzas(10);
    CAF_CHECK(taken().empty());
  }
}

CAF_TEST(unsolicited acks go on when the counter rolls over) {
  apply(1);
  machine.enable_at(max_h - 1);
  client_sends_stanzas(3);
  CAF_CHECK_EQUAL(taken(), (words{"a 4294967295", "a 0", "a 1"}));
}

CAF_TEST(switching Stream Management off leaves running streams alone) {
  enable();
  perform(machine.apply(sm_settings{.active = false}, 0, 0));
  client_sends_stanzas(1);
  client_sends("r");
  CAF_CHECK_EQUAL(taken(), (words{"a 1"}));
}

CAF_TEST(a lower limit spares what was sent before) {
  enable();
  server_sends_stanzas(30, 10);
  taken();
  sm_settings settings;
  settings.max_unacked = 10;
  settings.max_unacked_bytes = 100;
  settings.request_frequency = 0;
  perform(machine.apply(settings, queue.size(), queue.bytes()));
  server_sends_stanzas(10, 10);
  // It was asked before.
  CAF_CHECK_EQUAL(taken(), words{});
  server_sends_stanzas(1, 10);
  CAF_CHECK_EQUAL(taken(), (words{"fail policy-violation"}));
}

CAF_TEST(fewer bytes spare what was sent before as well) {
  enable();
  server_sends_stanzas(30, 10);
  taken();
  sm_settings settings;
  settings.max_unacked_bytes = 100;
  settings.request_frequency = 0;
  perform(machine.apply(settings, queue.size(), queue.bytes()));
  client_sends("a h='1'");
  taken();
  server_sends_stanzas(1, 10);
  CAF_CHECK_EQUAL(taken(), (words{"r"}));
  client_sends("a h='31'");
  server_sends_stanzas(11, 10);
  CAF_CHECK_EQUAL(taken(), (words{"forget 31", "r", "fail policy-violation"}));
}

CAF_TEST(another policy leaves no more room than there was) {
  enable();
  sm_settings settings;
  settings.max_unacked = 40;
  settings.max_unacked_bytes = 4000;
  settings.request_frequency = 0;
  perform(machine.apply(settings, queue.size(), queue.bytes()));
  server_sends_stanzas(30, 10);
  taken();
  // The same once more, less, and what it was.
  perform(machine.apply(settings, queue.size(), queue.bytes()));
  settings.max_unacked = 20;
  perform(machine.apply(settings, queue.size(), queue.bytes()));
  settings.max_unacked = 40;
  perform(machine.apply(settings, queue.size(), queue.bytes()));
  server_sends_stanzas(10, 10);
  CAF_CHECK_EQUAL(taken(), words{});
  server_sends_stanzas(1, 10);
  CAF_CHECK_EQUAL(taken(), (words{"fail policy-violation"}));
}

CAF_TEST(once that is acknowledged the limit holds) {
  enable();
  server_sends_stanzas(30);
  sm_settings settings;
  settings.max_unacked = 10;
  settings.request_frequency = 0;
  perform(machine.apply(settings, queue.size(), queue.bytes()));
  client_sends("a h='30'");
  taken();
  server_sends_stanzas(10);
  CAF_CHECK_EQUAL(taken(), (words{"r"}));
  server_sends_stanzas(1);
  CAF_CHECK_EQUAL(taken(), (words{"fail policy-violation"}));
}

CAF_TEST(a new delay starts a timer for what waits already) {
  enable_with(0, 0, 0);
  client_sends_stanzas(1);
  CAF_CHECK(timers.empty());
  sm_settings settings;
  settings.delays = {ms{70}, ms{0}, ms{0}};
  perform(machine.apply(settings, 0, 0));
  CAF_CHECK_EQUAL(fire(), 70);
  CAF_CHECK_EQUAL(taken(), (words{"a 1"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
