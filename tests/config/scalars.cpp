#define CAF_SUITE config_scalars

#include "config/scalars.hpp"

#include "config/address.hpp"
#include "config/config_error.hpp"
#include "config/suggestion.hpp"
#include "config/syntax.hpp"
#include "config/utf8.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway::config;
using namespace std::chrono_literals;

namespace {

/// The value of a result or optional, out of reach of its end of life.
template <class T>
auto value(T x) {
  return std::move(*x);
}

std::string no_mechanism(std::string_view name) {
  return value(check_mechanism(name));
}

template <class T>
std::string error(parsed<T> x) {
  return x.error();
}

} // namespace

CAF_TEST(a duration is a number and a unit) {
  CAF_CHECK(*parse_duration("500ms") == 500ms);
  CAF_CHECK(*parse_duration("30s") == 30s);
  CAF_CHECK(*parse_duration("6m") == 6min);
  CAF_CHECK(*parse_duration("1h") == 1h);
  CAF_CHECK(*parse_duration("6 m") == 6min);
  CAF_CHECK(*parse_duration("0") == 0ms);
}

CAF_TEST(a duration without unit or with a strange one is refused) {
  for (auto text :
    {"", "30", "s", "-1s", "1.5s", "1m30s", "1 min", "30S", "1  s", "s30",
      " 30s", "30s ", "00", "99999999999999999999s", "9223372036854775807h"})
    CAF_CHECK(!parse_duration(text).has_value());
  CAF_CHECK_EQUAL(
    error(parse_duration("30")), "needs a unit: ms, s, m or h, as in 30s");
}

CAF_TEST(a size is in bytes or in powers of 1024) {
  CAF_CHECK_EQUAL(value(parse_size("0")), 0);
  CAF_CHECK_EQUAL(value(parse_size("4096")), 4096);
  CAF_CHECK_EQUAL(value(parse_size("64B")), 64);
  CAF_CHECK_EQUAL(value(parse_size("256KiB")), 262'144);
  CAF_CHECK_EQUAL(value(parse_size("8 KiB")), 8'192);
  CAF_CHECK_EQUAL(value(parse_size("4MiB")), 4'194'304);
  CAF_CHECK_EQUAL(value(parse_size("1GiB")), 1'073'741'824);
}

CAF_TEST(a size with an ambiguous unit or without number is refused) {
  for (auto text : {"", "KiB", "-1", "1KB", "1kib", "1K", "1.5MiB", "4 ",
         "0x10", "010", "9223372036854775807KiB"})
    CAF_CHECK(!parse_size(text).has_value());
  CAF_CHECK_EQUAL(error(parse_size("1KB")),
    "unknown unit \"KB\", expected B, KiB, MiB or GiB");
}

CAF_TEST(what is formatted parses to the same value) {
  for (std::int64_t bytes :
    {0l, 1l, 1'023l, 1'024l, 10'000l, 262'144l, 1'073'741'824l, 1'073'741'825l})
    CAF_CHECK_EQUAL(value(parse_size(format_size(bytes))), bytes);
  for (auto time : {0ms, 1ms, 1'500ms, 30'000ms, 360'000ms, 86'400'000ms})
    CAF_CHECK(*parse_duration(format_duration(time)) == time);
  CAF_CHECK_EQUAL(format_size(262'144), "256KiB");
  CAF_CHECK_EQUAL(format_duration(360s), "6m");
}

CAF_TEST(an integer has digits only) {
  CAF_CHECK_EQUAL(value(parse_integer("0")), 0);
  CAF_CHECK_EQUAL(value(parse_integer("-7")), -7);
  CAF_CHECK_EQUAL(
    value(parse_integer("9223372036854775807")), 9'223'372'036'854'775'807);
  for (auto text : {"", "-", "+1", "1_000", "1e3", "0x1f", "010", " 1", "1 ",
         "--1", "9223372036854775808"})
    CAF_CHECK(!parse_integer(text).has_value());
}

CAF_TEST(a flag is true or false and nothing else) {
  CAF_CHECK_EQUAL(value(parse_flag("true")), true);
  CAF_CHECK_EQUAL(value(parse_flag("false")), false);
  for (auto text : {"", "yes", "no", "on", "off", "True", "1", "0"})
    CAF_CHECK(!parse_flag(text).has_value());
}

CAF_TEST(an address is an IP address and a port) {
  auto v4 = parse_address("127.0.0.1:7070");
  CAF_REQUIRE(v4.has_value());
  CAF_CHECK(!v4->v6);
  CAF_CHECK_EQUAL(v4->port, 7070);
  CAF_CHECK(v4->is_loopback());
  auto v6 = parse_address("[::1]:0");
  CAF_REQUIRE(v6.has_value());
  CAF_CHECK(v6->v6);
  CAF_CHECK_EQUAL(v6->port, 0);
  CAF_CHECK(v6->is_loopback());
  CAF_CHECK(parse_address("[::ffff:127.0.0.1]:1")->is_loopback());
  CAF_CHECK(parse_address("127.255.0.9:1")->is_loopback());
  for (auto text : {"0.0.0.0:1", "[::]:1", "128.0.0.1:1", "[::2]:1",
         "[fe80::1]:1", "[::ffff:10.0.0.1]:1"})
    CAF_CHECK(!parse_address(text)->is_loopback());
}

CAF_TEST(what is no address is refused with a hint) {
  for (auto text : {"", ":", ":7070", "127.0.0.1", "127.0.0.1:", "1.2.3:80",
         "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:08", "127.0.0.1:http",
         "[::1]", "[::1]7070", "[::1:7070", "[]:1", "[127.0.0.1]:1",
         "127.0.0.1:1:2", "[::1%lo]:1", "*:7070"})
    CAF_CHECK(!parse_address(text).has_value());
  CAF_CHECK(parse_address("localhost:7070")
              .error()
              .starts_with("host names are not resolved"));
  CAF_CHECK(
    error(parse_address("::1:7070")).find("brackets") != std::string::npos);
}

CAF_TEST(addresses overlap if one port of one family is in both) {
  auto overlap = [](const char* x, const char* y) {
    return parse_address(x)->overlaps(*parse_address(y));
  };
  CAF_CHECK(overlap("127.0.0.1:1", "127.0.0.1:1"));
  CAF_CHECK(overlap("0.0.0.0:1", "127.0.0.1:1"));
  CAF_CHECK(overlap("[::1]:1", "[0:0:0:0:0:0:0:1]:1"));
  CAF_CHECK(!overlap("127.0.0.1:1", "127.0.0.2:1"));
  CAF_CHECK(!overlap("127.0.0.1:1", "127.0.0.1:2"));
  CAF_CHECK(!overlap("0.0.0.0:1", "[::]:1"));
  CAF_CHECK(!overlap("127.0.0.1:0", "127.0.0.1:0"));
}

CAF_TEST(an origin is written as a browser writes it) {
  for (auto text : {"same-host", "*", "https://chat.example.org",
         "http://localhost:8080", "https://[::1]:8443", "https://127.0.0.1",
         "app+x-1.0://com.example", "https://xn--bcher-kva.example"})
    CAF_CHECK(!check_origin(text));
  for (auto text : {"", "null", "example.org", "https://", "https://x/",
         "https://x/path", "https://X", "HTTPS://x", "https://x:443",
         "http://x:80", "https://x:0", "https://x:65536",
         "https://x:", "https://a..b", "https://a b", "https://u@x", "1a://x",
         "://x", "https://[::1", "https://[zz]", "https://b\xc3\xbc.example"})
    CAF_CHECK(check_origin(text));
}

CAF_TEST(a domain name is lower case and has no empty label) {
  for (auto text : {"localhost", "example.org", "a-b.c_d.9",
         "b\xc3\xbc"
         "cher.example",
         "127.0.0.1"})
    CAF_CHECK(!check_domain(text));
  for (auto text : {"", ".", "a..b", ".a", "a.", "Example.org", "a b", "a@b",
         "a/b", "a:5222", "a\n"})
    CAF_CHECK(check_domain(text));
  CAF_CHECK(!check_domain(std::string(63, 'a')));
  CAF_CHECK(check_domain(std::string(64, 'a')));
}

CAF_TEST(a path begins and ends with a slash) {
  for (auto text : {"/", "/ws/", "/xmpp/websocket/", "/a-b_c.d~/"})
    CAF_CHECK(!check_path(text));
  for (auto text : {"", "ws", "/ws", "ws/", "/a b/", "/a?/", "/a#/", "//",
         "/a//b/", "/%2f/", "/\xc3\xbc/"})
    CAF_CHECK(check_path(text));
}

CAF_TEST(a pin is the base64 of 32 bytes) {
  const std::string digits(42, 'a');
  CAF_CHECK(!check_pin("sha256/" + digits + "A="));
  CAF_CHECK(!check_pin("sha256/" + digits + "8="));
  for (const auto& text : {std::string{}, std::string{"sha256/"},
         digits + "A=", "sha256:" + digits + "A=", "sha1/" + digits + "A=",
         "sha256/" + digits + "AA",
         "sha256/" + digits + "B=", "sha256/" + digits + "=",
         "sha256/" + digits + "AA=", "sha256/" + digits.substr(1) + "-A="})
    CAF_CHECK(check_pin(text));
}

CAF_TEST(a server has a name or an address and a port) {
  auto v6 = value(parse_host_port("[::1]:5222"));
  CAF_CHECK_EQUAL(v6.host, "::1");
  CAF_CHECK_EQUAL(v6.port, 5222u);
  CAF_CHECK(v6.loopback);
  auto v4 = value(parse_host_port("192.0.2.1:1"));
  CAF_CHECK_EQUAL(v4.host, "192.0.2.1");
  CAF_CHECK(!v4.loopback);
  auto name = value(parse_host_port("localhost:65535"));
  CAF_CHECK_EQUAL(name.host, "localhost");
  CAF_CHECK_EQUAL(name.port, 65535u);
  CAF_CHECK(!name.loopback);
}

CAF_TEST(a misspelt mechanism is answered with the right one) {
  for (auto name : known_mechanisms)
    CAF_CHECK(!check_mechanism(name));
  CAF_CHECK_EQUAL(no_mechanism("SCRAM-SHA1"),
    "unknown SASL mechanism \"SCRAM-SHA1\"; did you mean SCRAM-SHA-1?");
  CAF_CHECK_EQUAL(no_mechanism("GSSAPI"), "unknown SASL mechanism \"GSSAPI\"");
}

CAF_TEST(the edit distance counts single changes) {
  CAF_CHECK_EQUAL(edit_distance("", ""), 0u);
  CAF_CHECK_EQUAL(edit_distance("", "abc"), 3u);
  CAF_CHECK_EQUAL(edit_distance("kitten", "sitting"), 3u);
  CAF_CHECK_EQUAL(edit_distance("adress", "address"), 1u);
  CAF_CHECK_EQUAL(edit_distance("paht", "path"), 1u);
}

CAF_TEST(a suggestion is near or is not made) {
  std::string_view names[] = {"path", "maxMessage", "pingInterval"};
  CAF_CHECK_EQUAL(suggest("max_message", names), "; did you mean maxMessage?");
  CAF_CHECK_EQUAL(suggest("PATH", names), "; did you mean path?");
  CAF_CHECK_EQUAL(suggest("cluster", names), "");
  CAF_CHECK_EQUAL(suggest("", names), "");
  CAF_CHECK_EQUAL(suggest(std::string(1'000'000, 'p'), names), "");
}

CAF_TEST(only well formed UTF 8 counts as text) {
  CAF_CHECK_EQUAL(valid_utf8_prefix(""), 0u);
  CAF_CHECK_EQUAL(
    valid_utf8_prefix("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"), 10u);
  for (auto text : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
         "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"})
    CAF_CHECK_EQUAL(valid_utf8_prefix(std::string{"ab"} + text), 2u);
}

CAF_TEST(a message keeps to one line) {
  CAF_CHECK_EQUAL(printable("a\n\x1b[31mb"), "a\\x0a\\x1b[31mb");
  CAF_CHECK_EQUAL(in_quotes("a"), "\"a\"");
  // The cut does not split a character.
  auto cut = printable("a" + std::string(79, 'b') + "\xc3\xbc");
  CAF_CHECK_EQUAL(cut, "a" + std::string(79, 'b') + "...");
  cut = printable(std::string(79, 'b') + "\xc3\xbc");
  CAF_CHECK_EQUAL(cut, std::string(79, 'b') + "...");
}

CAF_TEST(an error reads as compilers write theirs) {
  CAF_CHECK_EQUAL(to_string(config_error{"a.yaml", 3, 7, "log.level", "no"}),
    "a.yaml:3:7: log.level: no");
  CAF_CHECK_EQUAL(
    to_string(config_error{"a.yaml", 0, 0, {}, "gone"}), "a.yaml: gone");
  CAF_CHECK_EQUAL(
    to_string(config_error{{}, 0, 0, "log.level", "no"}), "log.level: no");
}
