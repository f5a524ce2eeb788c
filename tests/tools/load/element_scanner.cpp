/// How the load generator reads elements of any server.
#define CAF_SUITE load_element_scanner

#include "tools/load/element_scanner.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway::load;

CAF_TEST(attributes are found with both kinds of quotes and any spacing) {
  auto tag = scan_tag("<message a='1\">' b = \"2'\"\n id='x&amp;y'/>");
  CAF_REQUIRE(tag);
  CAF_CHECK_EQUAL(tag->name, "message");
  CAF_CHECK(tag->empty);
  CAF_CHECK_EQUAL(tag->value("a"), "1\">");
  CAF_CHECK_EQUAL(tag->value("b"), "2'");
  auto raw = tag->raw("id");
  CAF_CHECK_EQUAL(raw.value(), "x&amp;y");
  CAF_CHECK_EQUAL(tag->value("id"), "x&y");
  CAF_CHECK(!tag->raw("d"));
}

CAF_TEST(an attribute is not mistaken for one that ends or holds its name) {
  auto tag = scan_tag("<m xml:id='no' x=' id=\"no\"' id='yes'>");
  CAF_REQUIRE(tag);
  CAF_CHECK_EQUAL(tag->value("id"), "yes");
}

CAF_TEST(text without a whole tag is refused) {
  for (auto text : {"", "  ", "<", "<a", "<a b='>", "hello", "< a>"})
    CAF_CHECK(!scan_tag(text));
}

CAF_TEST(references are resolved and unknown ones stay) {
  CAF_CHECK_EQUAL(unescape("&lt;&gt;&quot;&apos;&amp;&#65;&#x20ac;&#x1F600;"),
    "<>\"'&A\xe2\x82\xac\xf0\x9f\x98\x80");
  CAF_CHECK_EQUAL(
    unescape("a & b &c; &#0; &#x110000;"), "a & b &c; &#0; &#x110000;");
  CAF_CHECK_EQUAL(unescape(escape("<'\"&>")), "<'\"&>");
}

CAF_TEST(children come with name and text and namespace) {
  auto x =
    scan_element("<stream:features xmlns:stream='s' xmlns='jabber:client'>"
                 "<mechanisms xmlns='sasl'><mechanism>A</mechanism>"
                 "<mechanism><![CDATA[B<]]></mechanism></mechanisms>"
                 "<sm xmlns='urn:xmpp:sm:2'/><x:sm xmlns:x='u3'/>"
                 "<!-- > --><c/>t&amp;u</stream:features>");
  CAF_REQUIRE(x);
  CAF_CHECK_EQUAL(x->name, "features");
  CAF_CHECK_EQUAL(x->xmlns, "s");
  CAF_CHECK_EQUAL(x->text, "t&u");
  CAF_REQUIRE_EQUAL(x->children.size(), 4u);
  auto mechanisms = x->child("mechanisms");
  CAF_REQUIRE(mechanisms);
  CAF_CHECK_EQUAL(mechanisms->children[0].text, "A");
  CAF_CHECK_EQUAL(mechanisms->children[0].xmlns, "sasl");
  CAF_CHECK_EQUAL(mechanisms->children[1].text, "B<");
  CAF_CHECK_EQUAL(x->children[1].xmlns, "urn:xmpp:sm:2");
  CAF_CHECK_EQUAL(x->children[2].xmlns, "u3");
  CAF_CHECK_EQUAL(x->children[3].xmlns, "jabber:client");
}

CAF_TEST(an element that is cut short anywhere is refused) {
  std::string text = "<a b='c'><d>e<![CDATA[f]]></d><!--g--><h/></a>";
  CAF_CHECK(scan_element(text));
  for (std::size_t size = 0; size < text.size(); ++size)
    CAF_CHECK(!scan_element(text.substr(0, size)));
}

CAF_TEST(deep nesting is refused rather than followed) {
  std::string text;
  for (int i = 0; i < 100'000; ++i)
    text += "<a>";
  CAF_CHECK(!scan_element(text));
}
