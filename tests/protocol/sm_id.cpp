#define CAF_SUITE sm_id

#include "protocol/sm_id.hpp"

#include "protocol/base64.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <vector>

using namespace causeway::protocol;

namespace {

using namespace std::literals;

sm_key key_of(unsigned char fill) {
  sm_key key;
  key.secret.fill(fill);
  return key;
}

sm_id example() {
  sm_id x;
  x.node = "earth";
  x.incarnation = 0xfedcba9876543210;
  x.session = 7;
  x.domain = "example.org";
  x.bare_jid = "juliet@example.org";
  x.endpoint = "10.0.0.1:5222";
  x.upstream_id = "<&'\"\0>"s;
  x.issued = 1'796'000'000;
  x.resource = "balc\u00f6ny";
  return x;
}

const std::string nonce(sm_nonce_size, '\x5a');

/// All texts that differ from `text` in one character.
std::vector<std::string> neighbours(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size(); ++i)
    for (auto c : "AQgw_-09z=+/ \0"s) {
      out.push_back(text);
      out.back()[i] = c;
    }
  std::erase(out, text);
  return out;
}

struct fixture {
  sm_key_ring ring{{key_of(1)}};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(sm_id_tests, fixture)

// -- sealing ------------------------------------------------------------------

CAF_TEST(what was sealed can be opened) {
  auto text = ring.seal(example(), nonce);
  CAF_CHECK(!text.empty());
  CAF_CHECK(ring.open(text) == example());
  CAF_CHECK(ring.open(ring.seal(sm_id{}, nonce)) == sm_id{});
}

CAF_TEST(each field comes back by itself) {
  const std::vector<void (*)(sm_id&)> changes{[](sm_id& x) { x.node += 'x'; },
    [](sm_id& x) { ++x.incarnation; }, [](sm_id& x) { ++x.session; },
    [](sm_id& x) { x.domain += 'x'; }, [](sm_id& x) { x.bare_jid += 'x'; },
    [](sm_id& x) { x.endpoint += 'x'; }, [](sm_id& x) { x.upstream_id += 'x'; },
    [](sm_id& x) { ++x.issued; }, [](sm_id& x) { x.resource += 'x'; }};
  for (auto change : changes) {
    auto x = example();
    change(x);
    CAF_CHECK(x != example());
    CAF_CHECK(ring.open(ring.seal(x, nonce)) == x);
  }
}

CAF_TEST(a border between fields is part of them) {
  sm_id left;
  left.domain = "ab";
  left.bare_jid = "c";
  sm_id right;
  right.domain = "a";
  right.bare_jid = "bc";
  CAF_CHECK(ring.open(ring.seal(left, nonce)) == left);
  CAF_CHECK(ring.open(ring.seal(right, nonce)) == right);
}

CAF_TEST(an id needs no escape in XML) {
  for (auto fill = 0; fill < 64; ++fill) {
    std::string random(sm_nonce_size, static_cast<char>(fill * 4 + 3));
    auto text = ring.seal(example(), random);
    CAF_CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                     "pqrstuvwxyz0123456789-_")
              == text.npos);
  }
}

CAF_TEST(an id hides what it says) {
  auto bytes = from_base64url(ring.seal(example(), nonce));
  CAF_REQUIRE(bytes.has_value());
  for (auto word : {"earth", "example.org", "juliet", "10.0.0.1"})
    CAF_CHECK(bytes->find(word) == bytes->npos);
}

CAF_TEST(version and key id and nonce come first) {
  auto one = *from_base64url(ring.seal(example(), nonce));
  auto other = *from_base64url(
    sm_key_ring{{key_of(2)}}.seal(example(), std::string(sm_nonce_size, '1')));
  CAF_CHECK_EQUAL(one[0], '\x01');
  CAF_CHECK_EQUAL(other[0], '\x01');
  // SHA-256 of 32 bytes of 0x01.
  CAF_CHECK_EQUAL(one.substr(1, 8), "\x72\xcd\x6e\x84\x22\xc4\x07\xfb"s);
  CAF_CHECK(one.substr(1, 8) != other.substr(1, 8));
  CAF_CHECK_EQUAL(one.substr(9, sm_nonce_size), nonce);
}

CAF_TEST(a nonce of another size seals nothing) {
  for (auto size : {0u, 11u, 13u, 16u})
    CAF_CHECK_EQUAL(ring.seal(example(), std::string(size, 'x')), "");
}

CAF_TEST(an id has at most 4000 bytes) {
  auto x = example();
  std::string longest;
  for (std::size_t size = 2000; size < 3100; ++size) {
    x.upstream_id.assign(size, 'x');
    auto text = ring.seal(x, nonce);
    CAF_REQUIRE(text.size() <= 4000u);
    if (text.empty())
      break;
    CAF_REQUIRE(ring.open(text) == x);
    longest = text;
  }
  CAF_CHECK_EQUAL(longest.size(), 4000u);
  CAF_CHECK(!ring.open(longest + "AAAA"));
  for (auto size : {3000u, 65'535u, 65'536u, 70'000u}) {
    x.upstream_id.assign(size, 'x');
    CAF_CHECK_EQUAL(ring.seal(x, nonce), "");
  }
}

// -- what nobody here has sealed ----------------------------------------------

CAF_TEST(a change of any character is noticed) {
  auto text = ring.seal(example(), nonce);
  for (auto& x : neighbours(text))
    CAF_REQUIRE(!ring.open(x));
}

CAF_TEST(a change of any bit is noticed) {
  auto bytes = *from_base64url(ring.seal(example(), nonce));
  CAF_REQUIRE(ring.open(to_base64url(bytes)));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    auto other = bytes;
    other[i / 8] = static_cast<char>(other[i / 8] ^ (1 << i % 8));
    CAF_REQUIRE(!ring.open(to_base64url(other)));
  }
}

CAF_TEST(a part of an id is none) {
  auto text = ring.seal(example(), nonce);
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAF_REQUIRE(!ring.open(text.substr(0, size)));
    CAF_REQUIRE(!ring.open(text.substr(text.size() - size)));
  }
}

CAF_TEST(an id with something behind it is none) {
  auto text = ring.seal(example(), nonce);
  for (auto tail : {"A", "AA", "AAA", "AAAA", "=", "==", " ", "\n"})
    CAF_CHECK(!ring.open(text + tail));
  CAF_CHECK(!ring.open(text + text));
  CAF_CHECK(!ring.open(' ' + text));
}

CAF_TEST(what was never an id is none) {
  for (auto text : {"", "x", "abc", "0", "null", "causeway", "=", "\xff\xfe",
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    CAF_CHECK(!ring.open(text));
  for (auto size : {3999u, 4000u, 4001u, 100'000u})
    for (auto c : {'A', '_', '=', '\0'})
      CAF_CHECK(!ring.open(std::string(size, c)));
}

// -- keys ---------------------------------------------------------------------

CAF_TEST(another key opens nothing) {
  auto text = ring.seal(example(), nonce);
  CAF_CHECK(!sm_key_ring{{key_of(2)}}.open(text));
  auto key = key_of(1);
  key.secret.back() ^= 1;
  CAF_CHECK(!sm_key_ring{{key}}.open(text));
}

CAF_TEST(keys are replaced one after the other) {
  auto before = ring.seal(example(), nonce);
  sm_key_ring both{{key_of(2), key_of(1)}};
  auto between = both.seal(example(), nonce);
  sm_key_ring after{{key_of(2)}};
  CAF_CHECK(both.open(before) == example());
  CAF_CHECK(both.open(between) == example());
  CAF_CHECK(after.open(between) == example());
  CAF_CHECK(!after.open(before));
  CAF_CHECK(!ring.open(between));
  // A node that has not got the new key as its first yet opens it all the same.
  CAF_CHECK((sm_key_ring{{key_of(1), key_of(2)}}.open(between)) == example());
}

CAF_TEST(the key id of another key does not help) {
  auto one = *from_base64url(ring.seal(example(), nonce));
  auto other = *from_base64url(sm_key_ring{{key_of(2)}}.seal(example(), nonce));
  sm_key_ring both{{key_of(1), key_of(2)}};
  CAF_CHECK(!both.open(to_base64url(one.substr(0, 9) + other.substr(9))));
  CAF_CHECK(!both.open(to_base64url(other.substr(0, 9) + one.substr(9))));
}

CAF_TEST(without a key nothing is sealed and nothing is opened) {
  sm_key_ring none{{}};
  CAF_CHECK_EQUAL(none.seal(example(), nonce), "");
  CAF_CHECK(!none.open(ring.seal(example(), nonce)));
  CAF_CHECK(!none.open(""));
}

CAF_TEST(a key is 64 hexadecimal digits) {
  auto digits = "00112233445566778899aAbBcCdDeEfF"
                "0123456789abcdef0123456789ABCDEF"s;
  auto key = parse_sm_key(digits);
  CAF_REQUIRE(key.has_value());
  CAF_CHECK_EQUAL(key->secret[0], 0x00);
  CAF_CHECK_EQUAL(key->secret[10], 0xaa);
  CAF_CHECK_EQUAL(key->secret[15], 0xff);
  CAF_CHECK_EQUAL(key->secret[31], 0xef);
  auto spaced = parse_sm_key(" \t" + digits + "\r\n");
  CAF_REQUIRE(spaced.has_value());
  CAF_CHECK(spaced->secret == key->secret);
}

CAF_TEST(what is no key is refused with the reason) {
  auto digits = std::string(64, 'a');
  for (auto& text : {""s, " "s, "\n\n"s, digits + "a", digits.substr(1),
         "0x" + digits.substr(2), "g" + digits.substr(1),
         digits.substr(0, 32) + ' ' + digits.substr(32),
         digits.substr(0, 32) + ' ' + digits.substr(33),
         digits.substr(0, 63) + '\0', digits + '\n' + digits}) {
    auto key = parse_sm_key(text);
    CAF_REQUIRE(key.has_error());
    CAF_CHECK(!key.error().empty());
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
