#define CAF_SUITE stanza_translation

#include "protocol/stanza_translation.hpp"

#include "protocol/namespaces.hpp"
#include "protocol/xml_framer.hpp"
#include "tests/support/random_xml.hpp"
#include "tests/support/xml_oracle.hpp"

#include <caf/test/dsl.hpp>

#include <random>
#include <string>
#include <vector>

using namespace causeway;
using namespace causeway::protocol;

namespace {

using namespace std::literals;

const auto header =
  "<stream:stream xmlns='jabber:client' "
  "xmlns:stream='http://etherx.jabber.org/streams' xmlns:p='urn:p' "
  "xmlns:q='urn:q' from='example.org' id='i1' version='1.0' xml:lang='en'>"s;

stream_context context_of(std::string_view tag) {
  auto x = parse_header(tag);
  CAF_REQUIRE(x.has_value());
  return x->context;
}

std::string translated(std::string_view bytes, std::string_view tag = header) {
  auto x = to_websocket(bytes, context_of(tag), {});
  if (!x)
    CAF_FAIL(std::string{bytes} + ": " + x.error().detail);
  return x->bytes;
}

std::string refused(std::string_view bytes, const xml_limits& limits = {}) {
  auto x = to_websocket(bytes, context_of(header), limits);
  return x ? "accepted" : std::string{to_string(x.error().condition)};
}

std::string refused_header(std::string_view tag) {
  auto x = parse_header(tag);
  return x ? "accepted" : std::string{to_string(x.error().condition)};
}

stream_element parsed(std::string text) {
  auto x = parse_message(std::move(text));
  if (!x)
    CAF_FAIL(x.error().detail);
  return std::move(*x);
}

// An element in normal form as it counts inside a stream.
std::string on_stream(std::string_view element) {
  auto whole =
    test::canonical(header + std::string{element} + "</stream:stream>");
  auto empty = test::canonical(header + "</stream:stream>");
  if (!whole)
    CAF_FAIL("not well-formed: " + std::string{element});
  auto begin = empty->find('>') + 1;
  return whole->substr(begin, whole->size() - empty->size());
}

const std::vector<std::string> lang{
  "http://www.w3.org/XML/1998/namespace\flang"};

} // namespace

// -- headers ------------------------------------------------------------------

CAF_TEST(G45 a header carries to and from and language and version) {
  CAF_CHECK_EQUAL(header_for({"example.org", "a@example.org", "de"}),
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' "
    "from='a@example.org' version='1.0' xml:lang='de'>");
  CAF_CHECK_EQUAL(header_for({"example.org", "", ""}),
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' "
    "version='1.0'>");
}

CAF_TEST(what a client says cannot leave its attribute) {
  auto text = header_for({"a'>", "\"<&", "x'y"}) + "</stream:stream>";
  CAF_CHECK(test::is_well_formed(text));
  auto x = parse_header(header_for({"a'>", "\"<&", "x'y"}).substr(21));
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(x->header.from, "\"<&");
  CAF_CHECK_EQUAL(x->header.lang, "x'y");
}

CAF_TEST(a header is read with its context) {
  auto x = parse_header(header);
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(x->header.from, "example.org");
  CAF_CHECK_EQUAL(x->header.id, "i1");
  CAF_CHECK_EQUAL(x->header.version, "1.0");
  CAF_CHECK_EQUAL(x->header.lang, "en");
  CAF_CHECK_EQUAL(x->context.default_ns, "jabber:client");
  CAF_CHECK_EQUAL(x->context.lang, "en");
  std::vector<std::pair<std::string, std::string>> prefixes{
    {"stream", std::string{ns::streams}}, {"p", "urn:p"}, {"q", "urn:q"}};
  CAF_CHECK(x->context.prefixes == prefixes);
}

CAF_TEST(a header may use other quotes and prefixes and leave all out) {
  auto x = parse_header("<s:stream xmlns:s=\"http://etherx.jabber.org/streams\""
                        "\n xmlns = \"jabber:client\" id='&lt;&#39;' >");
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(x->header.id, "<'");
  CAF_CHECK_EQUAL(x->header.version, "");
  CAF_CHECK_EQUAL(x->context.lang, "");
}

CAF_TEST(a header in another namespace is refused) {
  const std::string_view streams = "'http://etherx.jabber.org/streams'";
  for (auto& tag : {
         "<stream:stream xmlns='jabber:server' xmlns:stream="s,
         "<stream:stream xmlns:stream="s,
         "<stream:features xmlns='jabber:client' xmlns:stream="s,
         "<stream xmlns="s,
       })
    CAF_CHECK_EQUAL(
      refused_header(tag + std::string{streams} + ">"), "invalid-namespace");
  CAF_CHECK_EQUAL(
    refused_header("<stream:stream xmlns='jabber:client' xmlns:stream='x'>"),
    "invalid-namespace");
  CAF_CHECK_EQUAL(refused_header("<html>"), "invalid-namespace");
}

CAF_TEST(a header that is no XML is refused) {
  for (auto tag : {"<stream:stream xmlns='jabber:client'>", "<a b='1' b='2'>",
         "<a b=1>", "<a", "", ">", "<a/>>", "<a><b>"})
    CAF_CHECK(refused_header(tag) != "accepted");
}

CAF_TEST(the framer and the reader of headers agree) {
  struct : xml_framer::sink {
    std::string tag;
    bool on_header(std::string_view x, std::string_view) override {
      tag = x;
      return true;
    }
    bool on_element(std::string_view) override { return true; }
    bool on_close() override { return true; }
  } sink;
  xml_framer framer{xml_framer::mode::stream};
  CAF_REQUIRE(framer.feed("<?xml version='1.0'?>\n" + header + "<a/>", sink));
  CAF_CHECK_EQUAL(refused_header(sink.tag), "accepted");
}

// -- TCP to WebSocket ---------------------------------------------------------

CAF_TEST(G40 a stanza gets the namespace and the language of its stream) {
  CAF_CHECK_EQUAL(translated("<message to='a'><body>x</body></message>"),
    "<message xmlns='jabber:client' xml:lang='en' to='a'><body>x</body>"
    "</message>");
  CAF_CHECK_EQUAL(
    translated("<iq/>"), "<iq xmlns='jabber:client' xml:lang='en'/>");
  CAF_CHECK_EQUAL(translated("<presence xmlns='jabber:client' />"),
    "<presence xml:lang='en' xmlns='jabber:client' />");
}

CAF_TEST(a language that a stanza has stays) {
  CAF_CHECK_EQUAL(translated("<message xml:lang='de'/>"),
    "<message xmlns='jabber:client' xml:lang='de'/>");
  CAF_CHECK_EQUAL(translated("<message xml:lang=''/>"),
    "<message xmlns='jabber:client' xml:lang=''/>");
  CAF_CHECK_EQUAL(translated("<message lang='de'/>"),
    "<message xmlns='jabber:client' xml:lang='en' lang='de'/>");
}

CAF_TEST(a stream without language gives none) {
  CAF_CHECK_EQUAL(translated("<message/>",
                    "<stream:stream xmlns='jabber:client' "
                    "xmlns:stream='http://etherx.jabber.org/streams'>"),
    "<message xmlns='jabber:client'/>");
}

CAF_TEST(only stanzas have a language) {
  CAF_CHECK_EQUAL(translated("<thing/>"), "<thing xmlns='jabber:client'/>");
  CAF_CHECK_EQUAL(
    translated("<message xmlns='urn:x'/>"), "<message xmlns='urn:x'/>");
  CAF_CHECK_EQUAL(translated("<p:message/>"), "<p:message xmlns:p='urn:p'/>");
}

CAF_TEST(what declares its namespace passes byte for byte) {
  for (auto xml : {"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
         "<a xmlns='urn:xmpp:sm:3' h='1'/>",
         "<x xmlns=\"urn:x\"\n a='&lt;' ><y  b = '>'/><![CDATA[<p:z>]]></x >"})
    CAF_CHECK_EQUAL(translated(xml), xml);
}

CAF_TEST(features and errors keep their prefix and declare it) {
  CAF_CHECK_EQUAL(
    translated("<stream:features><bind xmlns='urn:b'/></stream:features>"),
    "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
    "<bind xmlns='urn:b'/></stream:features>");
  auto x = to_websocket("<stream:error><host-gone "
                        "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                        "</stream:error>",
    context_of(header), {});
  CAF_REQUIRE(x.has_value());
  CAF_CHECK(x->is("error", ns::streams));
  CAF_CHECK_EQUAL(x->prefix, "stream");
  CAF_CHECK_EQUAL(x->child_name, "host-gone");
}

CAF_TEST(children of a prefixed root get the default namespace too) {
  CAF_CHECK_EQUAL(translated("<stream:features><x/></stream:features>"),
    "<stream:features xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'><x/></stream:features>");
  CAF_CHECK_EQUAL(translated("<p:a><b xmlns='u'><c/></b><d/></p:a>"),
    "<p:a xmlns='jabber:client' xmlns:p='urn:p'><b xmlns='u'><c/></b><d/>"
    "</p:a>");
  CAF_CHECK_EQUAL(translated("<p:a><b xmlns='u'><c/></b><p:d/></p:a>"),
    "<p:a xmlns:p='urn:p'><b xmlns='u'><c/></b><p:d/></p:a>");
}

CAF_TEST(prefixes of the header are declared where a name uses them) {
  CAF_CHECK_EQUAL(translated("<message><p:x/></message>"),
    "<message xmlns='jabber:client' xmlns:p='urn:p' xml:lang='en'><p:x/>"
    "</message>");
  CAF_CHECK_EQUAL(translated("<message q:y='1'><p:x/></message>"),
    "<message xmlns='jabber:client' xmlns:p='urn:p' xmlns:q='urn:q' "
    "xml:lang='en' q:y='1'><p:x/></message>");
}

CAF_TEST(text that looks like a prefix declares nothing) {
  for (auto body :
    {"p:x", "&lt;p:x/>", "<![CDATA[<p:x/>]]>", "<a b='<p:x p:y=1'/>"}) {
    auto content = ">"s + body + "</message>";
    // A "<" in an attribute value is refused whatever stands behind it.
    if (body[1] == 'a') {
      CAF_CHECK_EQUAL(refused("<message" + content), "not-well-formed");
      continue;
    }
    CAF_CHECK_EQUAL(translated("<message" + content),
      "<message xmlns='jabber:client' xml:lang='en'" + content);
  }
}

CAF_TEST(a prefix that the root declares itself stays its own) {
  CAF_CHECK_EQUAL(translated("<message xmlns:p='urn:other'><p:x/></message>"),
    "<message xmlns='jabber:client' xml:lang='en' xmlns:p='urn:other'><p:x/>"
    "</message>");
}

CAF_TEST(a stanza with a prefix of jabber client is a stanza) {
  auto x = to_websocket("<c:message xmlns:c='jabber:client'><c:body/>"
                        "</c:message>",
    context_of(header), {});
  CAF_REQUIRE(x.has_value());
  CAF_CHECK(x->is_stanza());
  CAF_CHECK_EQUAL(x->lang, "en");
  // Declared on the header only.
  auto tag = header;
  tag.insert(tag.find(" from"), " xmlns:c='jabber:client'");
  auto y = to_websocket("<c:iq/>", context_of(tag), {});
  CAF_REQUIRE(y.has_value());
  CAF_CHECK(y->is_stanza());
  CAF_CHECK_EQUAL(y->bytes, "<c:iq xmlns:c='jabber:client' xml:lang='en'/>");
}

CAF_TEST(G42 restricted and broken XML of a server is refused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
    {"<message><!-- x --></message>", "restricted-xml"},
    {"<message><?x y?></message>", "restricted-xml"},
    {"<message>&x;</message>", "restricted-xml"},
    {"<message></presence>", "not-well-formed"},
    {"<message><x:y/></message>", "not-well-formed"},
    {"<message a='1' a='2'/>", "not-well-formed"},
    {"<message>\xff</message>", "unsupported-encoding"},
    {"text", "bad-format"},
  };
  for (auto& [xml, condition] : cases)
    CAF_CHECK_EQUAL(refused(xml), std::string{condition});
  for (auto xml : {"", "<", "<a", "<a/><b/>"})
    CAF_CHECK(refused(xml) != "accepted");
}

CAF_TEST(what is added does not count for the limits) {
  auto xml = "<message a='1'><p:x/></message>"s;
  xml_limits limits;
  limits.max_bytes = static_cast<std::uint32_t>(xml.size());
  limits.max_attributes = 1;
  limits.max_namespaces = 0;
  CAF_CHECK_EQUAL(refused(xml, limits), "accepted");
  --limits.max_bytes;
  CAF_CHECK_EQUAL(refused(xml, limits), "policy-violation");
}

CAF_TEST(random elements mean on a WebSocket what they meant on TCP) {
  std::mt19937 random{17};
  auto context = context_of(header);
  context.lang.clear();
  for (int i = 0; i < 5000; ++i) {
    auto xml = test::random_element(random);
    auto x = to_websocket(xml, context, {});
    if (!x)
      CAF_FAIL(xml + ": " + x.error().detail);
    CAF_CHECK_EQUAL(on_stream(xml), test::canonical(x->bytes).value_or(""));
  }
}

CAF_TEST(random stanzas gain a language and nothing else) {
  std::mt19937 random{18};
  auto context = context_of(header);
  for (int i = 0; i < 5000; ++i) {
    auto xml = test::random_stanza(random);
    // As servers send them: what the stream declares is not repeated.
    for (auto text : {"xmlns=\"jabber:client\""sv, "xmlns:p='urn:p'"sv})
      if (auto at = xml.find(text); at != xml.npos && random() % 2)
        xml.erase(at, text.size());
    auto x = to_websocket(xml, context, {});
    if (!x)
      CAF_FAIL(xml + ": " + x.error().detail);
    CAF_CHECK(x->is_stanza());
    auto mute = context;
    mute.lang.clear();
    auto y = to_websocket(xml, mute, {});
    CAF_REQUIRE(y.has_value());
    CAF_CHECK_EQUAL(on_stream(xml), test::canonical(y->bytes).value_or(""));
    CAF_CHECK_EQUAL(test::canonical(y->bytes, lang).value_or("x"),
      test::canonical(x->bytes, lang).value_or("y"));
    CAF_CHECK(xml.find("xml:lang") != xml.npos || x->lang == "en");
  }
}

CAF_TEST(what is said of an element is what its bytes say) {
  std::mt19937 random{20};
  auto context = context_of(header);
  for (int i = 0; i < 5000; ++i) {
    auto xml = i % 2 ? test::random_stanza(random)
                     : "<message id='" + std::to_string(i)
                         + "' to='a@b'><body>c</body></message>";
    auto x = to_websocket(xml, context, {});
    if (!x)
      CAF_FAIL(xml + ": " + x.error().detail);
    // White space behind it makes the parser take its full way.
    CAF_CHECK(*x == parsed(x->bytes + ' '));
  }
}

CAF_TEST(plain elements are what the full way makes of them) {
  std::mt19937 random{21};
  auto context = context_of(header);
  auto below = [&random](std::uint16_t n) {
    return static_cast<std::uint16_t>(random() % n);
  };
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto xml = test::plain_element(random);
    if (below(4) == 0)
      xml = test::mutated(random, xml);
    // Of two elements the full way would cut one.
    auto elements =
      test::first_level_elements(header + xml + "</stream:stream>");
    if (!elements || elements->size() != 1 || elements->front() != xml)
      continue;
    xml_limits limits;
    if (below(2) == 0) {
      limits.max_bytes = below(600);
      limits.max_depth = below(6);
      limits.max_attributes = below(8);
      // The names of what is added fit.
      limits.max_name_bytes = static_cast<std::uint16_t>(8 + below(4));
      limits.max_tags = below(8);
      limits.max_namespaces = below(4);
    }
    context.lang = below(2) == 0 ? "" : "e'n";
    auto x = to_websocket(xml, context, limits);
    // White space behind it makes the parser take its full way.
    auto y = to_websocket(xml + ' ', context, limits);
    if (x.has_value() != y.has_value() || (x && *x != *y))
      CAF_ERROR(xml << " is taken in two ways");
    accepted += x.has_value();
  }
  CAF_CHECK(accepted > 5000);
}

CAF_TEST(a language of its own is kept even if empty) {
  for (auto x : {"de"s, ""s}) {
    auto xml = "<message xml:lang='" + x + "'/>";
    CAF_CHECK_EQUAL(
      translated(xml), "<message xmlns='jabber:client' xml:lang='" + x + "'/>");
  }
  CAF_CHECK_EQUAL(
    translated("<message/>"), "<message xmlns='jabber:client' xml:lang='en'/>");
  CAF_CHECK_EQUAL(
    translated("<a xmlns='urn:xmpp:sm:3'/>"), "<a xmlns='urn:xmpp:sm:3'/>");
}

CAF_TEST(mutated elements are refused or mean the same) {
  std::mt19937 random{19};
  auto context = context_of(header);
  context.lang.clear();
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    auto xml = test::mutated(random, test::random_element(random));
    auto x = to_websocket(xml, context, {});
    if (!x)
      continue;
    ++accepted;
    // Without white space behind it, which is the framer's to cut.
    auto elements =
      test::first_level_elements(header + xml + "</stream:stream>");
    if (elements && elements->size() == 1)
      CAF_CHECK_EQUAL(
        on_stream(elements->front()), test::canonical(x->bytes).value_or(""));
  }
  CAF_CHECK(accepted > 1000);
}

// -- WebSocket to TCP ---------------------------------------------------------

CAF_TEST(G41 what declares its namespace goes to TCP as it is) {
  for (auto xml : {"<message xmlns='jabber:client'/>",
         "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>x</auth>",
         "<c:iq xmlns:c='jabber:client' xmlns='urn:x'/>"})
    CAF_CHECK_EQUAL(to_tcp(parsed(xml)), "");
}

CAF_TEST(a root without default namespace says so on TCP) {
  CAF_CHECK_EQUAL(to_tcp(parsed("<c:iq xmlns:c='jabber:client'><x/></c:iq>")),
    "<c:iq xmlns='' xmlns:c='jabber:client'><x/></c:iq>");
  CAF_CHECK_EQUAL(to_tcp(parsed("<thing/>")), "<thing xmlns=''/>");
}

CAF_TEST(random messages mean on TCP what they meant on a WebSocket) {
  std::mt19937 random{20};
  for (int i = 0; i < 5000; ++i) {
    auto x = parsed(test::random_stanza(random));
    auto changed = to_tcp(x);
    auto& bytes = changed.empty() ? x.bytes : changed;
    CAF_CHECK_EQUAL(
      on_stream(bytes), test::canonical(x.bytes).value_or("none"));
  }
}
