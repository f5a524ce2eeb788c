#define CAF_SUITE jid

#include "protocol/jid.hpp"

#include <caf/test/dsl.hpp>

#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace causeway::protocol;

namespace {

/// The normalised address, or the name of the error.
std::string parsed(std::string_view text) {
  auto x = jid::parse(text);
  return x ? to_string(*x) : std::string{to_string(x.error())};
}

std::string local(std::string_view text) {
  auto x = normalize_local(text);
  return x ? *x : std::string{to_string(x.error())};
}

std::string domain(std::string_view text) {
  auto x = normalize_domain(text);
  return x ? *x : std::string{to_string(x.error())};
}

std::string resource(std::string_view text) {
  auto x = normalize_resource(text);
  return x ? *x : std::string{to_string(x.error())};
}

const std::string bad_local = "bad-local";
const std::string bad_domain = "bad-domain";
const std::string bad_resource = "bad-resource";
const std::string too_long = "too-long";

} // namespace

CAF_TEST(every error has a name of its own) {
  std::set<std::string> names;
  for (auto x : {jid_error::bad_domain, jid_error::bad_local,
         jid_error::bad_resource, jid_error::too_long})
    names.emplace(to_string(x));
  CAF_CHECK_EQUAL(names.size(), 4u);
  CAF_CHECK_EQUAL(names.count(""), 0u);
}

CAF_TEST(the valid examples of RFC 7622 section 3 point 5 are valid) {
  for (std::string text : {"juliet@example.com", "juliet@example.com/foo",
         "juliet@example.com/foo bar", "juliet@example.com/foo@bar",
         "foo\\20bar@example.com", "fussball@example.com",
         "fu\u00dfball@example.com", "\u03c0@example.com",
         "king@example.com/\u265a", "example.com", "example.com/foobar",
         "a.example.com/b@example.net"})
    CAF_CHECK_EQUAL(parsed(text), text);
  CAF_CHECK_EQUAL(parsed("\u03a3@example.com/foo"), "\u03c3@example.com/foo");
}

CAF_TEST(the invalid examples of RFC 7622 section 3 point 5 are invalid) {
  CAF_CHECK_EQUAL(parsed("\"juliet\"@example.com"), bad_local);
  CAF_CHECK_EQUAL(parsed("foo bar@example.com"), bad_local);
  CAF_CHECK_EQUAL(parsed("juliet@example.com/"), bad_resource);
  CAF_CHECK_EQUAL(parsed("@example.com/foobar"), bad_local);
  CAF_CHECK_EQUAL(parsed("henry\u2163@example.com"), bad_local);
  CAF_CHECK_EQUAL(parsed("\u265a@example.com"), bad_local);
  CAF_CHECK_EQUAL(parsed("juliet@"), bad_domain);
  CAF_CHECK_EQUAL(parsed("/foobar"), bad_domain);
  CAF_CHECK_EQUAL(parsed(""), bad_domain);
}

CAF_TEST(the first slash and then the first at sign part an address) {
  auto x = jid::parse("a@b/c@d/e");
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(x->local(), "a");
  CAF_CHECK_EQUAL(x->domain(), "b");
  CAF_CHECK_EQUAL(x->resource(), "c@d/e");
  CAF_CHECK_EQUAL(parsed("a@b@c"), bad_domain);
}

CAF_TEST(equal addresses are equal after parsing) {
  CAF_CHECK(
    *jid::parse("ROMEO@Example.ORG/A") == *jid::parse("romeo@example.org/A"));
  CAF_CHECK(
    *jid::parse("romeo@example.org/A") != *jid::parse("romeo@example.org/a"));
}

CAF_TEST(a bare address and a full one are made from each other) {
  auto full = *jid::parse("romeo@example.org/orchard");
  CAF_CHECK(!full.is_bare());
  CAF_CHECK(full.bare().is_bare());
  CAF_CHECK_EQUAL(to_string(full.bare()), "romeo@example.org");
  CAF_CHECK(full.bare().with_resource("orchard") == full);
  CAF_CHECK(jid{}.empty());
  CAF_CHECK(!full.empty());
}

CAF_TEST(parts that are empty are absent) {
  auto x = jid::make("", "Example.org");
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(to_string(*x), "example.org");
}

CAF_TEST(each excluded character makes a local part invalid) {
  for (char c : std::string_view{"\"&'/:<>@"})
    CAF_CHECK_EQUAL(local(std::string{"a"} + c + "b"), bad_local);
  for (auto c = 0; c <= 32; ++c)
    CAF_CHECK_EQUAL(local(std::string{"a"} + static_cast<char>(c)), bad_local);
  CAF_CHECK_EQUAL(local("a\x7f"), bad_local);
  CAF_CHECK_EQUAL(
    local("!#$%()*+,-.;=?[\\]^_`{|}~"), "!#$%()*+,-.;=?[\\]^_`{|}~");
}

CAF_TEST(an excluded character may not hide behind its wide form) {
  for (auto c : {"\uff02", "\uff06", "\uff07", "\uff0f", "\uff1a", "\uff1c",
         "\uff1e", "\uff20"})
    CAF_CHECK_EQUAL(local(std::string{"a"} + c + "b"), bad_local);
}

CAF_TEST(a local part is width mapped and case mapped and composed) {
  CAF_CHECK_EQUAL(local("\uff21\uff22\uff23"), "abc");
  CAF_CHECK_EQUAL(local("\uff76\uff9e"), "\u30ac");
  CAF_CHECK_EQUAL(local("\u00c5NGSTR\u00d6M"), "\u00e5ngstr\u00f6m");
  CAF_CHECK_EQUAL(local("a\u030angstrom"), "\u00e5ngstrom");
  CAF_CHECK_EQUAL(local("A\u030A"), "\u00e5");
}

CAF_TEST(the identifier class has no symbols nor spaces nor oddities) {
  for (auto c : {"\u00a0", "\u3000", "\u2603", "\U0001F600", "\u2160", "\ufb01",
         "\u00ad", "\u200b", "\u0640", "\u1100", "\ue000", "\u0378", "\ufdd0",
         "\u2028", "\u00bd", "\ufffd"})
    CAF_CHECK_EQUAL(local(std::string{"a"} + c), bad_local);
}

CAF_TEST(context rules of RFC 5892 hold) {
  // Zero width joiner and non-joiner need a virama, or letters that join.
  CAF_CHECK_EQUAL(
    local("\u0915\u094d\u200d\u0937"), "\u0915\u094d\u200d\u0937");
  CAF_CHECK_EQUAL(local("a\u200db"), bad_local);
  CAF_CHECK_EQUAL(local("a\u200cb"), bad_local);
  CAF_CHECK_EQUAL(local("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc"),
    "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc");
  CAF_CHECK_EQUAL(local("\u200c"), bad_local);
  // Middle dot between two l, keraia before Greek, geresh after Hebrew.
  CAF_CHECK_EQUAL(local("l\u00b7l"), "l\u00b7l");
  CAF_CHECK_EQUAL(local("a\u00b7l"), bad_local);
  CAF_CHECK_EQUAL(local("l\u00b7"), bad_local);
  CAF_CHECK_EQUAL(local("\u0375\u03b1"), "\u0375\u03b1");
  CAF_CHECK_EQUAL(local("\u0375a"), bad_local);
  CAF_CHECK_EQUAL(local("\u05d0\u05f3"), "\u05d0\u05f3");
  CAF_CHECK_EQUAL(local("a\u05f3"), bad_local);
  CAF_CHECK_EQUAL(local("a\u30fb"), bad_local);
  CAF_CHECK_EQUAL(local("\u30a2\u30fb"), "\u30a2\u30fb");
  // Digits of two Arabic kinds do not mix.
  CAF_CHECK_EQUAL(local("\u0627\u0661\u06f1"), bad_local);
  CAF_CHECK_EQUAL(local("\u0627\u0661"), "\u0627\u0661");
}

CAF_TEST(the Bidi Rule holds for a local part) {
  CAF_CHECK_EQUAL(local("\u05d0\u05d1"), "\u05d0\u05d1");
  CAF_CHECK_EQUAL(local("\u05d0a"), bad_local);
  CAF_CHECK_EQUAL(local("a\u05d0"), bad_local);
  CAF_CHECK_EQUAL(local("\u05d01"), "\u05d01");
  CAF_CHECK_EQUAL(local("1\u05d0"), bad_local);
  CAF_CHECK_EQUAL(local("\u0627\u06611"), bad_local);
}

CAF_TEST(what is not UTF - 8 is no address) {
  for (std::string bytes : {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80",
         "\xf5\x80\x80\x80", "\xe2\x82"}) {
    CAF_CHECK_EQUAL(local("a" + bytes), bad_local);
    CAF_CHECK_EQUAL(domain("a" + bytes), bad_domain);
    CAF_CHECK_EQUAL(resource("a" + bytes), bad_resource);
  }
}

CAF_TEST(a resource keeps its case and may have spaces and symbols) {
  CAF_CHECK_EQUAL(resource("Foo Bar"), "Foo Bar");
  CAF_CHECK_EQUAL(resource("\U0001F600 \u265a"), "\U0001F600 \u265a");
  CAF_CHECK_EQUAL(resource("a\u00a0b\u3000c"), "a b c");
  CAF_CHECK_EQUAL(resource("\uff21"), "\uff21");
  CAF_CHECK_EQUAL(resource("e\u0301"), "\u00e9");
  for (auto c : {"\n", "\t", "\x7f", "\u0085", "\u200b", "\u0378", "\u2028"})
    CAF_CHECK_EQUAL(resource(std::string{"a"} + c), bad_resource);
  CAF_CHECK_EQUAL(resource(std::string("a\0", 2)), bad_resource);
  CAF_CHECK_EQUAL(resource(""), bad_resource);
}

CAF_TEST(a domain is a host name in lower case without the dot of the root) {
  CAF_CHECK_EQUAL(domain("Example.ORG."), "example.org");
  CAF_CHECK_EQUAL(domain("localhost"), "localhost");
  CAF_CHECK_EQUAL(domain("a-b.1.c"), "a-b.1.c");
  CAF_CHECK_EQUAL(domain("127.0.0.1"), "127.0.0.1");
  for (auto text : {"", ".", "a..b", ".a", "a..", "-a", "a-", "a_b", "a b",
         "a/b", "a@b", "a:5222", "a\n"})
    CAF_CHECK_EQUAL(domain(text), bad_domain);
}

CAF_TEST(an international domain has U - labels) {
  CAF_CHECK_EQUAL(domain("B\u00dcCHER.example"), "b\u00fccher.example");
  CAF_CHECK_EQUAL(domain("xn--bcher-kva.example"), "b\u00fccher.example");
  CAF_CHECK_EQUAL(domain("XN--BCHER-KVA.example"), "b\u00fccher.example");
  CAF_CHECK_EQUAL(domain("stra\u00dfe.example"), "stra\u00dfe.example");
  CAF_CHECK_EQUAL(domain("a\u3002b"), "a.b");
  CAF_CHECK_EQUAL(domain("xn--a"), bad_domain);
  CAF_CHECK_EQUAL(domain("a\u2044b"), bad_domain);
  for (auto text : {"\u265a.example", "b\u00fccher.example\uff0f", "\u00df..",
         "\u00df\u3002", "\u00df..a", "\u05d0a.example"})
    CAF_CHECK_EQUAL(domain(text), bad_domain);
}

CAF_TEST(an IPv6 address stands in brackets in its shortest form) {
  CAF_CHECK_EQUAL(domain("[::1]"), "[::1]");
  CAF_CHECK_EQUAL(domain("[2001:DB8:0:0:0:0:0:1]"), "[2001:db8::1]");
  CAF_CHECK_EQUAL(parsed("a@[::1]/b"), "a@[::1]/b");
  for (auto text :
    {"[", "[]", "[::1", "::1", "[1.2.3.4]", "[::1]a", "[a]", "[fe80::1%eth0]"})
    CAF_CHECK_EQUAL(domain(text), bad_domain);
  CAF_CHECK_EQUAL(domain(std::string_view("[::1\0]", 6)), bad_domain);
}

CAF_TEST(each part has at most 1023 bytes) {
  std::string most(1023, 'a'), more(1024, 'a');
  CAF_CHECK_EQUAL(local(most), most);
  CAF_CHECK_EQUAL(local(more), too_long);
  CAF_CHECK_EQUAL(resource(most), most);
  CAF_CHECK_EQUAL(resource(more), too_long);
  CAF_CHECK_EQUAL(domain(more), too_long);
  CAF_CHECK_EQUAL(domain(most), bad_domain);
  CAF_CHECK_EQUAL(domain(std::string(63, 'a')), std::string(63, 'a'));
  CAF_CHECK_EQUAL(domain(std::string(64, 'a')), bad_domain);
  // A mapping may make a part longer than it came.
  std::string growing;
  for (auto i = 0; i < 511; ++i)
    growing += "\u0130";
  CAF_CHECK_EQUAL(local(growing), too_long);
}

CAF_TEST(normalising twice changes nothing) {
  constexpr std::string_view pieces[] = {"a", "Z", "0", ".", "-", "\u0130",
    "\u00df", "\uff21", "\u0301", "\u03a3", "\u03c2", "\u05d0", "\u0661",
    "\uff76\uff9e", "\u1e9e", "\u00c5", "\u212b", "\u1f88", "\uac00"};
  std::mt19937 random{7};
  auto valid = 0;
  for (auto i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto n = 1 + random() % 5; n > 0; --n)
      text += pieces[random() % std::size(pieces)];
    for (auto normalize :
      {normalize_local, normalize_domain, normalize_resource})
      if (auto once = normalize(text)) {
        ++valid;
        auto twice = normalize(*once);
        CAF_REQUIRE(twice.has_value());
        CAF_REQUIRE_EQUAL(*twice, *once);
      }
  }
  CAF_CHECK(valid > 1'000);
}

CAF_TEST(the fast path for ASCII agrees with the profiles) {
  // A character beyond ASCII that stays leads the same text to ICU.
  for (auto c = 1; c < 128; ++c) {
    std::string text{'x', static_cast<char>(c), 'x'};
    auto fast = normalize_local(text);
    auto slow = normalize_local("\u00e9" + text);
    CAF_CHECK_EQUAL(fast.has_value(), slow.has_value());
    if (fast && slow)
      CAF_CHECK_EQUAL("\u00e9" + *fast, *slow);
    auto fast_resource = normalize_resource(text);
    auto slow_resource = normalize_resource("\u00e9" + text);
    CAF_CHECK_EQUAL(fast_resource.has_value(), slow_resource.has_value());
    auto fast_domain = normalize_domain(text);
    auto slow_domain = normalize_domain("\u00e9." + text);
    CAF_CHECK_EQUAL(fast_domain.has_value(), slow_domain.has_value());
  }
}

CAF_TEST(addresses may be parsed by many threads at once) {
  std::vector<int> good(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < good.size(); ++t)
    threads.emplace_back([&good, t] {
      for (auto i = 0; i < 500; ++i)
        good[t] += parsed("\u00c5@B\u00fccher.example/\u265a")
                   == "\u00e5@b\u00fccher.example/\u265a";
    });
  for (auto& x : threads)
    x.join();
  for (auto x : good)
    CAF_CHECK_EQUAL(x, 500);
}
