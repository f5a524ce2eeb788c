#define CAF_SUITE plain_reader

#include "protocol/plain_reader.hpp"

#include "protocol/element_parser.hpp"
#include "tests/support/random_xml.hpp"

#include <caf/test/dsl.hpp>

#include <random>
#include <string>
#include <string_view>

using namespace causeway;
using namespace causeway::protocol;

namespace {

const std::string message =
  "<message xmlns=\"jabber:client\" to='romeo@example.net/x' id=\"a>1\" "
  "type='chat' xml:lang='de'>\n <body>\u00fc &lt;b&gt; \U0001f600 ]] "
  "it's</body><active xmlns='http://jabber.org/protocol/chatstates'/>"
  "</message>";
const std::string ack = "<a xmlns='urn:xmpp:sm:3' h='17'/>";

bool is_plain(std::string_view text, const xml_limits& limits = {}) {
  stream_element x;
  return read_plain(text, limits, x);
}

// What is read here, the parser must read in the same way.
bool agrees_with_parser(
  const std::string& text, const xml_limits& limits = {}) {
  stream_element quick;
  if (!read_plain(text, limits, quick))
    return true;
  // White space behind the element makes the parser take its full way.
  auto full = parse_message(text + ' ', limits);
  quick.bytes = text;
  return full && *full == quick;
}

std::string inside(std::string_view content) {
  return "<m xmlns='u'>" + std::string{content} + "</m>";
}

} // namespace

CAF_TEST(stanzas and nonzas as clients write them are read) {
  for (auto& text :
    {message, ack, std::string{"<iq xmlns='jabber:client'><q xmlns='u'/></iq>"},
      std::string{"<open/>"}, inside("a&amp;b&quot;&apos;")}) {
    CAF_CHECK(is_plain(text));
    CAF_CHECK(agrees_with_parser(text));
  }
  stream_element x;
  CAF_REQUIRE(read_plain(message, {}, x));
  CAF_CHECK_EQUAL(x.to, "romeo@example.net/x");
  CAF_CHECK_EQUAL(x.id, "a>1");
  CAF_CHECK_EQUAL(x.lang, "de");
  CAF_CHECK_EQUAL(x.children, 2u);
  stream_element y;
  CAF_REQUIRE(read_plain(ack, {}, y));
  CAF_CHECK_EQUAL(*y.find("h"), "17");
}

CAF_TEST(everything else is left to the parser) {
  for (std::string text :
    {"", "<", "<m", "<m>", "<m/", "m", " <m/>", "<m/> ", "<m/><m/>", "<1/>",
      "<m></n>", "<m></m >", "<m a='1' a='2'/>", "<m a='1'b='2'/>", "<m a/>",
      "<m a=1/>", "<m a='<'/>", "<m a='&lt;'/>", "<m a='\n'/>", "<p:m/>",
      "<m p:a='1'/>", "<m xml:id='1'/>", "<m xmlns:p='u'/>", "<m xmlns=''/>",
      "<m xml:lang=''/>", "<m xmlns='u' xmlns='u'/>", "<xmlm/>",
      "<?xml version='1.0'?><m/>", "<m><!-- --></m>", "<m><![CDATA[]]></m>",
      "<m>&nbsp;</m>", "<m>&#65;</m>", "<m>& </m>", "<m>]]></m>", "<m>\x01</m>",
      "<m>\x7f</m>", "<m>\xc3</m>", "<m>\xed\xa0\x80</m>",
      "<m>\xef\xbf\xbe</m>", "<m>\xff</m>", "<m\u00fc/>",
      "<m xmlns='http://www.w3.org/XML/1998/namespace'/>",
      "<m xmlns='http://www.w3.org/2000/xmlns/'/>"})
    if (is_plain(text))
      CAF_ERROR("taken for plain: " << text);
}

CAF_TEST(names take the namespace around the element) {
  stream_element x;
  CAF_REQUIRE(read_plain("<iq id='7'><q/></iq>", {}, x, "jabber:client"));
  CAF_CHECK(x.kind == element_kind::iq);
  CAF_CHECK_EQUAL(x.ns, "jabber:client");
  CAF_CHECK_EQUAL(x.id, "7");
  CAF_CHECK_EQUAL(x.child_ns, "jabber:client");
  CAF_CHECK(!x.has_default_ns);
  stream_element y;
  CAF_REQUIRE(read_plain("<iq xmlns='u'><q/></iq>", {}, y, "jabber:client"));
  CAF_CHECK(y.kind == element_kind::nonza);
  CAF_CHECK_EQUAL(y.ns, "u");
  CAF_CHECK_EQUAL(y.child_ns, "u");
}

CAF_TEST(what breaks a limit is left to the parser) {
  auto text = inside("<b c='1' xmlns='v'/>");
  auto with = [&text](auto member, auto value) {
    xml_limits limits;
    limits.*member =
      static_cast<std::remove_reference_t<decltype(limits.*member)>>(value);
    return is_plain(text, limits) && agrees_with_parser(text, limits);
  };
  CAF_CHECK(with(&xml_limits::max_bytes, text.size()));
  CAF_CHECK(!with(&xml_limits::max_bytes, text.size() - 1));
  CAF_CHECK(with(&xml_limits::max_depth, 2));
  CAF_CHECK(!with(&xml_limits::max_depth, 1));
  CAF_CHECK(with(&xml_limits::max_attributes, 2));
  CAF_CHECK(!with(&xml_limits::max_attributes, 1));
  CAF_CHECK(with(&xml_limits::max_name_bytes, 5));
  CAF_CHECK(!with(&xml_limits::max_name_bytes, 4));
  CAF_CHECK(with(&xml_limits::max_tags, 2));
  CAF_CHECK(!with(&xml_limits::max_tags, 1));
  CAF_CHECK(with(&xml_limits::max_namespaces, 2));
  CAF_CHECK(!with(&xml_limits::max_namespaces, 1));
}

CAF_TEST(deep and wide elements are left to the parser) {
  std::string deep;
  for (int i = 0; i < 20; ++i)
    deep = "<a>" + deep + "</a>";
  CAF_CHECK(!is_plain(inside(deep)));
  std::string wide = "<a";
  for (int i = 0; i < 20; ++i)
    wide += " a" + std::to_string(i) + "=''";
  CAF_CHECK(!is_plain(inside(wide + "/>")));
}

CAF_TEST(what is read agrees with the parser under all limits) {
  std::mt19937 random{198};
  auto below = [&random](std::uint16_t n) {
    return static_cast<std::uint16_t>(random() % n);
  };
  std::size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    xml_limits limits;
    limits.max_bytes = below(600);
    limits.max_depth = below(6);
    limits.max_attributes = below(8);
    limits.max_name_bytes = below(12);
    limits.max_tags = below(8);
    limits.max_namespaces = below(4);
    auto text = below(2) == 0 ? message : test::random_stanza(random);
    accepted += is_plain(text, limits);
    if (!agrees_with_parser(text, limits))
      CAF_FAIL("differs: " << text);
  }
  CAF_CHECK(accepted > 100);
}

CAF_TEST(what is read agrees with the parser on mutated input) {
  std::mt19937 random{7395};
  auto pick = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random);
  };
  std::size_t accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    auto text = pick(4) == 0   ? ack
                : pick(2) == 0 ? message
                               : test::random_stanza(random);
    if (pick(8) != 0)
      text = test::mutated(random, text);
    accepted += is_plain(text);
    if (!agrees_with_parser(text))
      CAF_FAIL("differs: " << text);
  }
  CAF_CHECK(accepted > 5'000);
}
