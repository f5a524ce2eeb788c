/// URLs, the opening handshake, message ids, /proc, the verdict.
#define CAF_SUITE load_parts

#include "tools/load/message_id.hpp"
#include "tools/load/process_stats.hpp"
#include "tools/load/report.hpp"
#include "tools/load/upgrade.hpp"
#include "tools/load/url.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway::load;

namespace {

const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";

std::string response(const std::string& headers) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" + headers
         + "\r\n";
}

report good_report() {
  report x;
  x.messages.sent = 2;
  x.messages.delivered = 2;
  return x;
}

} // namespace

CAF_TEST(a URL has scheme and host and port and target) {
  auto x = parse_url("wss://[::1]:7443/ws/?a=b");
  CAF_REQUIRE(x);
  CAF_CHECK(x->secure);
  CAF_CHECK_EQUAL(x->host, "::1");
  CAF_CHECK_EQUAL(x->port, 7443);
  CAF_CHECK_EQUAL(x->target, "/ws/?a=b");
  CAF_CHECK_EQUAL(x->authority(), "[::1]:7443");
  auto y = parse_url("ws://example.org");
  CAF_REQUIRE(y);
  CAF_CHECK_EQUAL(y->target, "/");
  CAF_CHECK_EQUAL(y->authority(), "example.org");
}

CAF_TEST(what is no WebSocket URL is refused) {
  for (auto text : {"http://a/", "ws://", "ws://:80/", "ws://a:0/",
         "ws://a:70000/", "ws://a:b/", "ws://u@a/", "ws://a/#f", "ws://[::1/"})
    CAF_CHECK(!parse_url(text));
}

CAF_TEST(the accept value is that of RFC 6455 section 1 point 3) {
  CAF_CHECK_EQUAL(accept_value(key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

CAF_TEST(an upgrade needs status and accept and subprotocol) {
  auto accept = "sec-websocket-ACCEPT:  " + accept_value(key) + "\r\n";
  std::string protocol = "Sec-WebSocket-Protocol: xmpp\r\n";
  CAF_CHECK_EQUAL(judge_upgrade(response(accept + protocol), key), "");
  CAF_CHECK_NOT_EQUAL(judge_upgrade(response(accept), key), "");
  CAF_CHECK_NOT_EQUAL(judge_upgrade(response(protocol), key), "");
  CAF_CHECK_NOT_EQUAL(
    judge_upgrade(
      response(
        accept + protocol + "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
      key),
    "");
  CAF_CHECK_EQUAL(judge_upgrade("HTTP/1.1 404 Not Found\r\n\r\n", key),
    "the server refused the WebSocket upgrade: HTTP/1.1 404 Not Found");
}

CAF_TEST(a message id comes back as it was) {
  std::string text;
  append_id(text, {4'294'967'295u, 7, 123'456'789'012, 5});
  CAF_CHECK_EQUAL(text, "4294967295-7-123456789012-5");
  auto x = parse_id(text);
  CAF_REQUIRE(x);
  CAF_CHECK_EQUAL(x->run, 4'294'967'295u);
  CAF_CHECK_EQUAL(x->sender, 7u);
  CAF_CHECK_EQUAL(x->number, 123'456'789'012u);
  CAF_CHECK_EQUAL(x->stamp, 5);
  for (auto bad : {"", "1-2-3", "1-2-3-", "1-2-3-4-", "1-2-3-4-5", "a-2-3-4"})
    CAF_CHECK(!parse_id(bad));
}

CAF_TEST(a process name with blanks and parentheses does not confuse) {
  auto x = parse_stat("12 (a) b (c) S 34 5 6 7 8 9 10 11 12 13 140 150 16 17");
  CAF_CHECK_EQUAL(x.parent, 34);
  CAF_CHECK_EQUAL(x.user_ticks, 140u);
  CAF_CHECK_EQUAL(x.system_ticks, 150u);
}

CAF_TEST(a new process counts in full and an ended one not at all) {
  auto used = total(used_between({{1, {1, {5, 4, 1}}}, {2, {1, {9, 9, 0}}}},
    {{1, {1, {7, 5, 2}}}, {3, {1, {1, 1, 0}}}}));
  CAF_CHECK_EQUAL(used.total, 3.);
  CAF_CHECK_EQUAL(used.user, 2.);
}

CAF_TEST(what descendants use is told by their root) {
  auto used = used_between({{1, {1, {5, 4, 1}}}, {2, {2, {1, 1, 0}}}},
    {{1, {1, {6, 5, 1}}}, {2, {2, {3, 3, 0}}}, {3, {2, {4, 4, 0}}}});
  CAF_CHECK_EQUAL(used.at(1).total, 1.);
  CAF_CHECK_EQUAL(used.at(2).total, 6.);

  report x;
  x.measured = 2'000'000;
  x.cpu_of = used;
  CAF_CHECK_EQUAL(cpu_us_per_message(x, 2), 3.);
  CAF_CHECK_EQUAL(cpu_us_per_message(x, 9), 0.);
}

CAF_TEST(the exit code tells loss and failure apart) {
  options opts;
  auto x = good_report();
  CAF_CHECK_EQUAL(exit_code(opts, x), 0);
  x.messages.sent = 3;
  CAF_CHECK_EQUAL(exit_code(opts, x), 1);
  opts.allow_loss = 1;
  CAF_CHECK_EQUAL(exit_code(opts, x), 0);
  x.messages.doubled = 1;
  CAF_CHECK_EQUAL(exit_code(opts, x), 1);
  x.failure = "connection refused";
  CAF_CHECK_EQUAL(exit_code(opts, x), 2);
}

CAF_TEST(a broken connection is a fault unless reconnects are wanted) {
  options opts;
  auto x = good_report();
  x.broken = 1;
  CAF_CHECK_EQUAL(exit_code(opts, x), 1);
  opts.reconnect = true;
  CAF_CHECK_EQUAL(exit_code(opts, x), 0);
}
