#define CAF_SUITE element

#include "protocol/element.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"
#include "tests/support/xml_oracle.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>

using namespace causeway;
using namespace causeway::protocol;

namespace {

bool same(const element& x, const element& y) {
  auto same_child = [](const element& a, const element& b) {
    return same(a, b);
  };
  return x.name == y.name && x.ns == y.ns && x.text == y.text
         && x.attributes == y.attributes
         && std::equal(x.children.begin(), x.children.end(), y.children.begin(),
           y.children.end(), same_child);
}

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

element random_tree(std::mt19937& random, int depth) {
  static constexpr std::string_view namespaces[] = {
    ns::client, ns::streams, "urn:a", "", "urn:<&'\">", ns::xml};
  static constexpr std::string_view texts[] = {
    "", "a", "<&>'\"", " \t\r\n ", "\u20ac\U0001F600"};
  element x{"n" + std::to_string(random() % 3),
    namespaces[random() % std::size(namespaces)]};
  x.with_text(texts[random() % std::size(texts)]);
  for (auto name : {"b", "xml:lang", "c"})
    if (random() % 2 == 0)
      x.set(name, texts[random() % std::size(texts)]);
  if (depth < 5)
    for (auto n = random() % 4; n > 0; --n)
      x.add(random_tree(random, depth + 1));
  return x;
}

} // namespace

CAF_TEST(lookup finds by name and by namespace if given) {
  element x{"iq", ns::client};
  x.set("id", "1").add({"a", "u"}).add(element{"a", "v"}.with_text("second"));
  CAF_REQUIRE(x.find("id"));
  CAF_CHECK_EQUAL(*x.find("id"), "1");
  CAF_CHECK(!x.find("i"));
  CAF_CHECK(x.child("a") == &x.children[0]);
  CAF_CHECK(x.child("a", "v") == &x.children[1]);
  CAF_CHECK(!x.child("a", "w"));
  CAF_CHECK(!x.child("b"));
  x.set("id", "2");
  CAF_CHECK_EQUAL(x.attributes.size(), 1u);
  CAF_CHECK_EQUAL(*x.find("id"), "2");
}

CAF_TEST(the root declares its namespace and a child only another one) {
  element x{"iq", ns::client};
  x.set("type", "result")
    .add(element{"query", "u"}.add({"item", "u"}).add({"item", ""}))
    .add({"body", ns::client});
  CAF_CHECK_EQUAL(to_xml(x),
    "<iq xmlns='jabber:client' type='result'>"
    "<query xmlns='u'><item/><item xmlns=''/></query><body/></iq>");
  CAF_CHECK_EQUAL(to_xml(element{"a", ""}.add({"b", ""})), "<a><b/></a>");
}

CAF_TEST(the streams namespace is written with its prefix) {
  element x{"features", ns::streams};
  x.add({"bind", ns::bind}).add({"x", ns::streams});
  CAF_CHECK_EQUAL(to_xml(x),
    "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><stream:x/>"
    "</stream:features>");
}

CAF_TEST(the xml namespace is never declared) {
  element x{"a", "u"};
  x.add({"b", ns::xml});
  CAF_CHECK_EQUAL(to_xml(x), "<a xmlns='u'><xml:b/></a>");
}

CAF_TEST(text is safe in attributes and content) {
  CAF_CHECK_EQUAL(
    escaped("a<b>&'\"\t\n\rc"), "a&lt;b&gt;&amp;&apos;&quot;&#9;&#10;&#13;c");
  CAF_CHECK_EQUAL(escaped("\u20ac ]]>"), "\u20ac ]]&gt;");
  CAF_CHECK_EQUAL(escaped(""), "");
  // No XML can hold other control characters.
  CAF_CHECK_EQUAL(escaped(std::string_view{"\0a\x1f", 3}), "\ufffda\ufffd");
}

CAF_TEST(an attribute whose prefix is unknown is left out) {
  element x{"a", "u"};
  x.set("p:b", "1").set("xml:lang", "de").set("c", "2");
  CAF_CHECK_EQUAL(to_xml(x), "<a xmlns='u' xml:lang='de' c='2'/>");
}

CAF_TEST(what is written is read back the same) {
  std::mt19937 random{3};
  for (int i = 0; i < 1000; ++i) {
    auto x = random_tree(random, 0);
    auto text = to_xml(x);
    CAF_REQUIRE(test::is_well_formed(text));
    xml_limits limits;
    limits.max_namespaces = 10000;
    auto y = parse_tree(text, limits);
    CAF_REQUIRE(y);
    CAF_REQUIRE(same(x, *y));
  }
}
