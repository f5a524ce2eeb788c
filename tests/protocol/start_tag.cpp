#define CAF_SUITE start_tag

#include "protocol/start_tag.hpp"

#include "protocol/element_parser.hpp"
#include "tests/support/random_xml.hpp"
#include "tests/support/xml_oracle.hpp"

#include <caf/test/dsl.hpp>

#include <random>
#include <string>
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

// The stanza that a stream of `jabber:client` would hold as `text`.
stream_element on_stream(std::string text) {
  auto x = parsed(text);
  x.kind = element_kind::message;
  x.ns = "jabber:client";
  return x;
}

bool same(const stream_element& x, const stream_element& y) {
  return x.kind == y.kind && x.bytes == y.bytes && x.name == y.name
         && x.prefix == y.prefix && x.ns == y.ns && x.to == y.to
         && x.from == y.from && x.id == y.id && x.type == y.type
         && x.lang == y.lang && x.child_name == y.child_name
         && x.child_ns == y.child_ns && x.attributes == y.attributes
         && x.name_end == y.name_end && x.children == y.children
         && x.has_default_ns == y.has_default_ns;
}

} // namespace

CAF_TEST(attributes are replaced and inserted and removed) {
  auto x = parsed("<a xmlns='u' b='1' c=\"2\" d='3'>t</a>");
  CAF_CHECK_EQUAL(rewrite_start_tag(x, {{"c", "4"}, {"e", "5"}}),
    "<a c='4' e='5' xmlns='u' b='1' d='3'>t</a>");
  CAF_CHECK_EQUAL(
    rewrite_start_tag(x, {{"b", ""}, {"d", ""}}), "<a xmlns='u' c=\"2\">t</a>");
  CAF_CHECK_EQUAL(rewrite_start_tag(x, {{"e", ""}}, "xmlns:p='v'"),
    "<a xmlns:p='v' xmlns='u' b='1' c=\"2\" d='3'>t</a>");
  CAF_CHECK_EQUAL(rewrite_start_tag(x, {}), x.bytes);
}

CAF_TEST(quotes and space and lookalikes do not mislead) {
  auto x = parsed("<c:m xmlns:c='jabber:client'\n xmlns:x=\"u\" x:from='1'"
                  " xfrom='>' fromx=\"'from='\" from\t=\n\">/'\" to = '\"'\n>"
                  "<body from='2'/></c:m>");
  CAF_CHECK_EQUAL(rewrite_start_tag(x, {{"from", "a"}, {"to", ""}}),
    "<c:m from='a' xmlns:c='jabber:client'\n xmlns:x=\"u\" x:from='1'"
    " xfrom='>' fromx=\"'from='\"\n><body from='2'/></c:m>");
}

CAF_TEST(values are escaped) {
  auto x = parsed("<a b=''/>");
  CAF_CHECK_EQUAL(rewrite_start_tag(x, {{"b", "<&'\">"}}),
    "<a b='&lt;&amp;&apos;&quot;&gt;'/>");
}

CAF_TEST(tags without attributes are rewritten too) {
  CAF_CHECK_EQUAL(
    rewrite_start_tag(parsed("<a/>"), {{"b", "1"}}), "<a b='1'/>");
  CAF_CHECK_EQUAL(
    rewrite_start_tag(parsed("<a />"), {{"b", "1"}}), "<a b='1' />");
  CAF_CHECK_EQUAL(
    rewrite_start_tag(parsed("<a></a>"), {{"b", "1"}}), "<a b='1'></a>");
}

CAF_TEST(a stamp sets from and adds the language that is missing) {
  auto x = parsed("<message xmlns='jabber:client' from='liar' to='r@d'>"
                  "<body/></message>");
  auto y = stamp(x, "j@d/o'", "de");
  CAF_CHECK_EQUAL(y.bytes, "<message from='j@d/o&apos;' xml:lang='de'"
                           " xmlns='jabber:client' to='r@d'><body/></message>");
  CAF_CHECK(same(y, parsed(y.bytes)));
  x.lang = "en";
  CAF_CHECK_EQUAL(stamp(x, "j", "de", "s@d").bytes,
    "<message from='j' to='s@d' xmlns='jabber:client'><body/></message>");
}

CAF_TEST(a stamp gives the namespace of the stream) {
  auto y = stamp(on_stream("<message><body/></message>"), "j", "");
  CAF_CHECK_EQUAL(
    y.bytes, "<message from='j' xmlns='jabber:client'><body/></message>");
  CAF_CHECK(y.has_default_ns);
  // A prefix brings its own.
  auto z = stamp(parsed("<c:iq xmlns:c='jabber:client'/>"), "j", "");
  CAF_CHECK_EQUAL(z.bytes, "<c:iq from='j' xmlns:c='jabber:client'/>");
}

CAF_TEST(a stamp makes a stanza of an element without namespace) {
  for (auto text : {"<message id='1' to='r' xml:lang='en'><body/></message>",
         "<message xmlns='' type='chat' from='x'/>", "<iq/>"}) {
    auto y = stamp(parsed(text), "j", "de");
    CAF_CHECK(same(y, parsed(y.bytes)));
    CAF_CHECK_EQUAL(y.ns, "jabber:client");
  }
}

CAF_TEST(only from and to and language differ after a stamp) {
  std::mt19937 random{5};
  const std::vector<std::string> stamped{
    "from", "to", "http://www.w3.org/XML/1998/namespace\flang"};
  for (int i = 0; i < 5000; ++i) {
    auto x = parsed(test::random_stanza(random));
    auto to = random() % 2 ? "t<o" : "";
    auto lang = random() % 2 ? "de" : "";
    auto y = stamp(x, "j@d/'\"&", lang, to);
    // What the value says of itself is what its bytes say.
    CAF_REQUIRE(same(y, parsed(y.bytes)));
    CAF_REQUIRE_EQUAL(y.from, "j@d/'\"&");
    CAF_REQUIRE_EQUAL(y.to, *to ? to : x.to);
    CAF_REQUIRE_EQUAL(y.lang, x.lang.empty() ? lang : x.lang);
    CAF_REQUIRE(
      test::canonical(x.bytes, stamped) == test::canonical(y.bytes, stamped));
    CAF_REQUIRE(test::canonical(y.bytes).has_value());
  }
}
