/// The PROXY protocol (haproxy.org, proxy-protocol.txt), sections 2.1 and 2.2.
#define CAF_SUITE proxy_protocol

#include "actors/transport/proxy_protocol.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway;

namespace {

constexpr auto v1 = config::proxy_protocol::v1;
constexpr auto v2 = config::proxy_protocol::v2;

const std::string signature{"\r\n\r\n\0\r\nQUIT\n", 12};

template <std::size_t N>
std::string bytes(const char (&x)[N]) {
  return {x, N - 1};
}

} // namespace

CAF_TEST(without the protocol nothing is said) {
  CAF_CHECK_EQUAL(proxy_header(config::proxy_protocol::none,
                    "192.168.0.1:56324", "192.168.0.11:443"),
    "");
}

CAF_TEST(version 1 tells both addresses as text) {
  CAF_CHECK_EQUAL(proxy_header(v1, "192.168.0.1:56324", "192.168.0.11:443"),
    "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
  CAF_CHECK_EQUAL(
    proxy_header(v1, "255.255.255.255:65535", "255.255.255.255:65535"),
    "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n");
  CAF_CHECK_EQUAL(proxy_header(v1, "[2001:db8::1]:54321", "[::1]:7070"),
    "PROXY TCP6 2001:db8::1 ::1 54321 7070\r\n");
}

CAF_TEST(version 1 has room for the longest line) {
  std::string address = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535";
  auto header = proxy_header(v1, address, address);
  CAF_CHECK_EQUAL(header.size(), 104u);
  CAF_CHECK_EQUAL(header.substr(0, 16), "PROXY TCP6 ffff:");
}

CAF_TEST(version 2 tells both addresses in network order) {
  CAF_CHECK_EQUAL(proxy_header(v2, "192.168.0.1:56324", "192.168.0.11:443"),
    signature
      + bytes("\x21\x11\x00\x0c\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01"
              "\xbb"));
  CAF_CHECK_EQUAL(proxy_header(v2, "[2001:db8::1]:258", "[::1]:1"),
    signature
      + bytes("\x21\x21\x00\x24"
              "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
              "\x01\x02\x00\x01"));
}

CAF_TEST(two families are told as IPv6) {
  CAF_CHECK_EQUAL(proxy_header(v1, "203.0.113.7:1", "[2001:db8::1]:2"),
    "PROXY TCP6 ::ffff:cb00:7107 2001:db8::1 1 2\r\n");
  CAF_CHECK_EQUAL(
    proxy_header(v2, "[2001:db8::1]:2", "203.0.113.7:1").substr(12, 36),
    bytes("\x21\x21\x00\x24"
          "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
          "\0\0\0\0\0\0\0\0\0\0\xff\xff\xcb\x00\x71\x07"));
}

CAF_TEST(IPv4 on an IPv6 socket is told as IPv4) {
  CAF_CHECK_EQUAL(
    proxy_header(v1, "[::ffff:203.0.113.7]:1", "[::ffff:192.0.2.1]:2"),
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2\r\n");
  CAF_CHECK_EQUAL(proxy_header(v1, "[::ffff:203.0.113.7]:1", "192.0.2.1:2"),
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2\r\n");
}

CAF_TEST(what is no address is said to be unknown) {
  CAF_CHECK_EQUAL(proxy_header(v1, "", "192.0.2.1:2"), "PROXY UNKNOWN\r\n");
  CAF_CHECK_EQUAL(
    proxy_header(v1, "192.0.2.1:2", "/run/socket"), "PROXY UNKNOWN\r\n");
  CAF_CHECK_EQUAL(
    proxy_header(v2, "", ""), signature + bytes("\x20\x00\x00\x00"));
}
