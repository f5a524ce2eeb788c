#define CAF_SUITE element_parser

#include "protocol/element_parser.hpp"

#include "protocol/parser_memory.hpp"
#include "protocol/utf8.hpp"
#include "tests/support/random_xml.hpp"
#include "tests/support/xml_oracle.hpp"

#include <caf/test/dsl.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <malloc.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace causeway;
using namespace causeway::protocol;

namespace {

stream_element parsed(std::string text) {
  auto x = parse_message(std::move(text));
  if (!x)
    CAF_FAIL(x.error().detail);
  return std::move(*x);
}

element tree_of(std::string_view text) {
  auto x = parse_tree(text);
  if (!x)
    CAF_FAIL(x.error().detail);
  return std::move(*x);
}

bool is_message(std::string body) {
  return parse_message("<m xmlns='u'>" + body + "</m>").has_value();
}

} // namespace

CAF_TEST(a stanza tells what routing asks for) {
  std::string text =
    "<message xmlns=\"jabber:client\" to='a&amp;b@c/d&#x20ac;' from = \"e\""
    " type='chat' id='&lt;1&gt;' xml:lang='de' x='y'><body>hi</body>"
    "<active xmlns='http://jabber.org/protocol/chatstates'/>text</message>";
  auto x = parsed(text);
  CAF_CHECK(x.kind == element_kind::message);
  CAF_CHECK(x.is_stanza());
  CAF_CHECK_EQUAL(x.bytes, text);
  CAF_CHECK_EQUAL(x.name, "message");
  CAF_CHECK_EQUAL(x.prefix, "");
  CAF_CHECK_EQUAL(x.ns, "jabber:client");
  CAF_CHECK_EQUAL(x.to, "a&b@c/d\u20ac");
  CAF_CHECK_EQUAL(x.from, "e");
  CAF_CHECK_EQUAL(x.type, "chat");
  CAF_CHECK_EQUAL(x.id, "<1>");
  CAF_CHECK_EQUAL(x.lang, "de");
  CAF_CHECK_EQUAL(x.child_name, "body");
  CAF_CHECK_EQUAL(x.child_ns, "jabber:client");
  CAF_CHECK_EQUAL(x.children, 2u);
  CAF_CHECK_EQUAL(x.name_end, 8u);
  CAF_CHECK(x.has_default_ns);
  CAF_CHECK(x.attributes.empty());
}

CAF_TEST(the kind depends on name and namespace) {
  auto kind = [](std::string text) { return parsed(std::move(text)).kind; };
  CAF_CHECK(kind("<iq xmlns='jabber:client'/>") == element_kind::iq);
  CAF_CHECK(
    kind("<presence xmlns='jabber:client'/>") == element_kind::presence);
  CAF_CHECK(kind("<c:iq xmlns:c='jabber:client'/>") == element_kind::iq);
  CAF_CHECK(kind("<iq xmlns='jabber:server'/>") == element_kind::nonza);
  CAF_CHECK(kind("<body xmlns='jabber:client'/>") == element_kind::nonza);
  CAF_CHECK(kind("<iq/>") == element_kind::nonza);
}

CAF_TEST(a nonza keeps its attributes by qualified name) {
  auto x = parsed("<q:resume xmlns:q='urn:xmpp:sm:3' xmlns:z='u' h='&#49;2'"
                  " z:h='3' xml:lang='en' previd=\"a'b\"/>");
  CAF_CHECK_EQUAL(x.name, "resume");
  CAF_CHECK_EQUAL(x.prefix, "q");
  CAF_CHECK_EQUAL(x.ns, "urn:xmpp:sm:3");
  CAF_CHECK(!x.has_default_ns);
  CAF_CHECK_EQUAL(x.name_end, 9u);
  std::vector<attribute> expected{
    {"h", "12"}, {"z:h", "3"}, {"xml:lang", "en"}, {"previd", "a'b"}};
  CAF_CHECK(x.attributes == expected);
  CAF_REQUIRE(x.find("z:h"));
  CAF_CHECK_EQUAL(*x.find("z:h"), "3");
  CAF_CHECK(!x.find("z"));
}

CAF_TEST(an element without namespace is not given one) {
  auto x = parsed("<message to='a'><body/></message>");
  CAF_CHECK_EQUAL(x.ns, "");
  CAF_CHECK_EQUAL(x.child_ns, "");
  CAF_CHECK(!x.has_default_ns);
  CAF_CHECK(!x.is_stanza());
}

CAF_TEST(declaration and space around the element are cut off) {
  auto x = parsed("<?xml version=\"1.0\" encoding='utf-8' ?>\r\n\t <a/>\n \t");
  CAF_CHECK_EQUAL(x.bytes, "<a/>");
  CAF_CHECK_EQUAL(x.name_end, 2u);
}

CAF_TEST(good bytes are moved and not copied) {
  std::string text = "<message xmlns='jabber:client'><body>"
                     + std::string(1000, 'x') + "</body></message> ";
  auto data = text.data();
  auto x = parsed(std::move(text));
  CAF_CHECK(x.bytes.data() == data);
}

CAF_TEST(the limits given are the ones that count) {
  xml_limits limits;
  limits.max_namespaces = 2;
  auto good = parse_message("<a xmlns='u'><b xmlns:p='v'/></a>", limits);
  CAF_CHECK(good);
  auto bad =
    parse_message("<a xmlns='u'><b xmlns:p='v'><c xmlns='w'/></b></a>", limits);
  CAF_REQUIRE(!bad);
  CAF_CHECK(bad.error().condition == stream_error::policy_violation);
  limits.max_bytes = 10;
  CAF_CHECK(parse_message("<abcdefg/>", limits));
  CAF_CHECK(!parse_message("<abcdefgh/>", limits));
  CAF_CHECK(!parse_message("<abcdefg/>" + std::string(9000, ' '), limits));
}

CAF_TEST(a tree has namespaces and text as written) {
  auto x = tree_of(
    "<iq xmlns='jabber:client' xmlns:p='urn:p' type='get' p:k='v&#9;w'>a"
    "<p:query node='n'><![CDATA[<&]]>&amp;&#x1F600;</p:query>"
    "<none xmlns=''><deep/></none>b<q xmlns='urn:q'/></iq>");
  CAF_CHECK_EQUAL(x.name, "iq");
  CAF_CHECK_EQUAL(x.ns, "jabber:client");
  CAF_CHECK_EQUAL(x.text, "ab");
  std::vector<attribute> expected{{"type", "get"}, {"p:k", "v\tw"}};
  CAF_CHECK(x.attributes == expected);
  CAF_REQUIRE_EQUAL(x.children.size(), 3u);
  CAF_CHECK_EQUAL(x.children[0].name, "query");
  CAF_CHECK_EQUAL(x.children[0].ns, "urn:p");
  CAF_CHECK_EQUAL(x.children[0].text, "<&&\U0001F600");
  CAF_CHECK_EQUAL(*x.children[0].find("node"), "n");
  CAF_CHECK_EQUAL(x.children[1].ns, "");
  CAF_REQUIRE_EQUAL(x.children[1].children.size(), 1u);
  CAF_CHECK_EQUAL(x.children[1].children[0].ns, "");
  CAF_CHECK_EQUAL(x.children[2].ns, "urn:q");
}

CAF_TEST(a tree is bounded in depth) {
  auto nested = [](std::size_t n) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i)
      text += "<a>";
    for (std::size_t i = 0; i < n; ++i)
      text += "</a>";
    return text;
  };
  CAF_CHECK(parse_tree(nested(64)));
  CAF_CHECK(!parse_tree(nested(65)));
}

CAF_TEST(nothing is accepted that expat refuses) {
  std::mt19937 random{11};
  std::size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    auto text = test::random_stanza(random);
    if (i % 4 != 0)
      text = test::mutated(random, std::move(text));
    if (!parse_message(text))
      continue;
    ++accepted;
    if (!test::is_well_formed(text))
      CAF_FAIL(text);
  }
  CAF_CHECK_GREATER(accepted, 5000u);
  CAF_CHECK_LESS(accepted, 15000u);
}

CAF_TEST(random stanzas are accepted) {
  std::mt19937 random{12};
  for (int i = 0; i < 2000; ++i) {
    auto text = test::random_stanza(random);
    auto x = parsed(text);
    CAF_REQUIRE(x.is_stanza());
    CAF_REQUIRE(x.bytes == text);
  }
}

CAF_TEST(exactly UTF8 is accepted at the start and after 40 characters) {
  std::size_t valid = 0;
  std::size_t wrong = 0;
  for (std::size_t before : {0, 40})
    for (int a = 0x80; a < 0x100; ++a)
      for (int b : {0x28, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff})
        for (int c : {0x80, 0xbf, 0x41})
          for (int d : {0x80, 0xbf, 0x41}) {
            std::string text;
            for (auto x : {a, b, c, d})
              text += static_cast<char>(x);
            auto good = test::is_utf8(text);
            valid += good;
            // U+FFFE and U+FFFF are UTF-8 and no characters of XML.
            if (text.starts_with("\xef\xbf\xbf"))
              continue;
            wrong += good != is_message(std::string(before, 'x') + text + 'y');
          }
  CAF_CHECK_GREATER(valid, 100u);
  CAF_CHECK_EQUAL(wrong, 0u);
}

CAF_TEST(a byte above F4 is found at every place) {
  for (int c = 0; c < 256; ++c)
    for (std::size_t size : {1, 15, 16, 17, 31, 33, 64})
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(c);
        CAF_REQUIRE_EQUAL(has_byte_above_f4(text), c > 0xf4);
      }
}

CAF_TEST(UTF16 becomes UTF8) {
  std::string out = "<";
  append_utf8(out, u"a\u00e9\u20ac\U0001F600\uffff");
  CAF_CHECK_EQUAL(out, "<a\u00e9\u20ac\U0001F600\uffff");
  out.clear();
  char16_t halves[] = {0xd83d, u'a', 0xde00, 0xd83d};
  append_utf8(out, {halves, 4});
  CAF_CHECK_EQUAL(out, "\ufffda\ufffd\ufffd");
}

CAF_TEST(new namespaces in every message do not make a parser grow) {
  // Each name is kept for ever by a parser that is not rebuilt: 60 MB here.
  auto in_use = [] {
    auto x = mallinfo2();
    return x.uordblks + x.hblkhd;
  };
  auto feed = [](int from, int to) {
    for (int i = from; i < to; ++i) {
      auto name = std::to_string(i) + std::string(1000, 'n');
      CAF_REQUIRE(is_message("<a xmlns='" + name + "'/>"));
    }
  };
  feed(0, 1000);
  auto before = in_use();
  feed(1000, 31000);
  CAF_CHECK_LESS(in_use(), before + 1024 * 1024);
}

CAF_TEST(threads parse at the same time) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed)
    threads.emplace_back([seed, &wrong] {
      std::mt19937 random{seed};
      for (int i = 0; i < 2000; ++i) {
        auto id = std::to_string(random());
        auto x = parse_message(
          "<iq xmlns='jabber:client' id='" + id + "'><q xmlns='u'/></iq>");
        wrong += !x || x->id != id;
        wrong += parse_message("<iq id='" + id + "'").has_value();
      }
    });
  for (auto& x : threads)
    x.join();
  CAF_CHECK_EQUAL(wrong.load(), 0);
}

CAF_TEST(parser memory reuses blocks and keeps its limit) {
  parser_memory memory{1024 * 1024};
  auto block = memory.allocate(100);
  CAF_REQUIRE(block);
  CAF_CHECK_EQUAL(memory.in_use(), 112u);
  CAF_CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
  memory.deallocate(block);
  CAF_CHECK_EQUAL(memory.in_use(), 0u);
  CAF_CHECK(memory.allocate(112) == block);
  for (std::size_t size : {0, 1, 16, 17, 1024, 1025, 2048, 2049, 20000, 65536,
         300000, 524288, 524289}) {
    auto x = memory.allocate(size);
    CAF_REQUIRE(x);
    std::memset(x, 1, size);
    CAF_CHECK_GREATER_OR_EQUAL(memory.in_use(), 112 + size);
    memory.deallocate(x);
    CAF_CHECK_EQUAL(memory.in_use(), 112u);
  }
  CAF_CHECK(!memory.allocate(1024 * 1024));
  CAF_CHECK(memory.allocate(1024 * 1024 - 112 - 16));
  CAF_CHECK(memory.allocate(1));
  CAF_CHECK(!memory.allocate(1));
  memory.drop();
  CAF_CHECK_EQUAL(memory.in_use(), 0u);
  CAF_CHECK_EQUAL(memory.reserved(), 0u);
  CAF_CHECK(memory.allocate(1));
}
