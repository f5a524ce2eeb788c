#define CAF_SUITE bad_xml

#include "protocol/element_parser.hpp"

#include <caf/test/dsl.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace causeway::protocol;

namespace {

constexpr auto restricted = stream_error::restricted_xml;
constexpr auto malformed = stream_error::not_well_formed;
constexpr auto encoding = stream_error::unsupported_encoding;
constexpr auto policy = stream_error::policy_violation;
constexpr auto format = stream_error::bad_format;
constexpr std::nullopt_t accepted = std::nullopt;

struct input {
  const char* name;
  std::string text;
  // What the client must hear; nothing: a good message.
  std::optional<stream_error> expected;
};

std::string times(std::size_t n, std::string_view text) {
  std::string out;
  out.reserve(n * text.size());
  while (n-- > 0)
    out += text;
  return out;
}

// Appends what `make` returns for 0, 1, 2 .. until `size` is reached.
template <class F>
std::string fill(std::string out, std::size_t size, F&& make) {
  for (int i = 0; out.size() < size; ++i)
    out += make(std::to_string(i));
  return out;
}

const std::string start = "<message xmlns='jabber:client'>";
const std::string end = "</message>";

std::string inside(std::string_view body) {
  return start + std::string{body} + end;
}

std::string operator""_bytes(const char* text, std::size_t size) {
  return {text, size};
}

std::string billion_laughs() {
  std::string out = "<!DOCTYPE m [<!ENTITY a0 'lol'>";
  for (int i = 1; i < 10; ++i)
    out += "<!ENTITY a" + std::to_string(i) + " '"
           + times(10, "&a" + std::to_string(i - 1) + ";") + "'>";
  return out + "]><m>&a9;</m>";
}

std::string namespace_ladder() {
  std::string out = start;
  int i = 0;
  for (; out.size() < 120000; ++i)
    out += "<a xmlns='u" + std::to_string(i) + "'>";
  return out + times(static_cast<std::size_t>(i), "</a>") + end;
}

std::string duplicate_behind_120() {
  std::string out = "<m xmlns:a='u' xmlns:b='u' a:x='1'";
  for (int i = 0; i < 120; ++i)
    out += " k" + std::to_string(i) + "=''";
  return out + " b:x='2'/>";
}

const input declarations[] = {
  {"billion laughs", billion_laughs(), restricted},
  {"quadratic blow-up",
    "<!DOCTYPE m [<!ENTITY a '" + times(50000, "x") + "'>]><m>"
      + times(10000, "&a;") + "</m>",
    restricted},
  {"external entity",
    "<!DOCTYPE m [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><m>&a;</m>",
    restricted},
  {"external DTD", "<!DOCTYPE m SYSTEM 'http://127.0.0.1:9/x.dtd'><m/>",
    restricted},
  {"external parameter entity",
    "<!DOCTYPE m [<!ENTITY % p SYSTEM 'file:///nonexistent'> %p;]><m/>",
    restricted},
  {"recursive entity",
    "<!DOCTYPE m [<!ENTITY a '&b;'><!ENTITY b '&a;'>]><m>&a;</m>", restricted},
  {"internal subset only", "<!DOCTYPE m [<!ELEMENT m ANY>]><m/>", restricted},
  {"bare DOCTYPE", "<!DOCTYPE m><m/>", restricted},
  {"DOCTYPE after XML declaration", "<?xml version='1.0'?><!DOCTYPE m><m/>",
    restricted},
  {"undefined entity reference", inside("&foo;"), restricted},
  {"undefined entity in attribute", "<m a='&foo;'/>", restricted},
  {"comment in content", inside("<!-- x -->"), restricted},
  {"comment before root", "<!-- x --><m/>", restricted},
  {"comment after root", "<m/><!-- x -->", malformed},
  {"PI in content", inside("<?php x?>"), restricted},
  {"PI before root", "<?xml-stylesheet href='x'?><m/>", restricted},
  {"PI after root", "<m/><?x?>", malformed},
  {"XML declaration inside", inside("<?xml version='1.0'?>"), restricted},
};

const input names[] = {
  {"undefined element prefix", inside("<x:y/>"), malformed},
  {"undefined attribute prefix", inside("<y x:a='1'/>"), malformed},
  {"duplicate attribute", "<m a='1' a='2'/>", malformed},
  {"duplicate attribute by namespace",
    "<m xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>", malformed},
  {"duplicate attribute as last of 120", duplicate_behind_120(), policy},
  {"undeclared prefix", "<m xmlns:p=''/>", malformed},
  {"xmlns:xml rebound", "<m xmlns:xml='u'/>", malformed},
  {"xmlns:xmlns bound", "<m xmlns:xmlns='u'/>", malformed},
  {"prefix bound to the namespace of xmlns",
    "<m xmlns:p='http://www.w3.org/2000/xmlns/'/>", malformed},
  {"two colons in a name", inside("<a:b:c xmlns:a='u'/>"), malformed},
};

const input utf8[] = {
  {"lone FF", inside("\xff"), encoding},
  {"overlong C0 80", inside("\xc0\x80"), encoding},
  {"overlong E0 80 AF", inside("\xe0\x80\xaf"), encoding},
  {"overlong F0 80 80 80", inside("\xf0\x80\x80\x80"), encoding},
  {"surrogate ED A0 80", inside("\xed\xa0\x80"), encoding},
  {"F4 90 80 80", inside("\xf4\x90\x80\x80"), encoding},
  {"five bytes from F8", inside("\xf8\x88\x80\x80\x80"), encoding},
  {"F7 after 40 characters", inside(times(40, "x") + "\xf7\x9f\x98\x80 y"),
    encoding},
  {"F5 80 80 80 at the start", inside("\xf5\x80\x80\x80"), encoding},
  {"lone continuation", inside("\x80"), encoding},
  {"truncated in text", inside("a\xe2\x82"), encoding},
  {"truncated at the end of input", "<m/>\xe2\x82", format},
  {"invalid in attribute", "<m a='\xc3\x28'/>", encoding},
  {"invalid in a name", "<m\xc3\x28/>", encoding},
};

const input characters[] = {
  {"NUL in text", inside("a\0b"_bytes), malformed},
  {"NUL directly after a tag", inside("\0b"_bytes), malformed},
  {"NUL in attribute", "<m a='\0'/>"_bytes, malformed},
  {"NUL after root", "<m/>\0<b>"_bytes, format},
  {"NUL in tag", "<m \0/>"_bytes, malformed},
  {"U+FFFE", inside("\xef\xbf\xbe"), malformed},
  {"U+FFFF", inside("\xef\xbf\xbf"), malformed},
  {"U+FFFE in attribute", "<m a='\xef\xbf\xbe'/>", malformed},
  {"U+1FFFE, legal", inside("\xf0\x9f\xbf\xbe"), accepted},
  {"control 01", inside("\x01"), malformed},
  {"control 0B in attribute", "<m a='\x0b'/>", malformed},
  {"DEL, legal", inside("\x7f"), accepted},
  {"&#0;", inside("&#0;"), malformed},
  {"&#1;", inside("&#1;"), malformed},
  {"&#xD800;", inside("&#xD800;"), malformed},
  {"&#xFFFE;", inside("&#xFFFE;"), malformed},
  {"&#x110000;", inside("&#x110000;"), malformed},
  {"&#99999999999999;", inside("&#99999999999999;"), malformed},
  {"&#;", inside("&#;"), malformed},
  {"& alone", inside("a & b"), malformed},
};

const input floods[] = {
  {"nesting a million deep", times(1000000, "<a>"), policy},
  {"nesting 37000 deep", inside(times(37000, "<a>") + times(37000, "</a>")),
    policy},
  {"nesting 65 deep", inside(times(65, "<a>") + times(65, "</a>")), policy},
  {"27000 attributes",
    fill("<m", 250000, [](std::string i) { return " a" + i + "=''"; }) + "/>",
    policy},
  {"9000 prefixes",
    fill("<m", 250000,
      [](std::string i) { return " xmlns:p" + i + "='urn:" + i + "'"; })
      + "/>",
    policy},
  {"default namespace at 6000 levels", namespace_ladder(), policy},
  {"60000 elements", inside(times(60000, "<a/>")), policy},
  {"30000 element names",
    fill(start, 250000, [](std::string i) { return "<e" + i + "/>"; }) + end,
    policy},
  {"element name of 200 KB", "<" + times(200000, "n") + "/>", policy},
  {"attribute name of 200 KB", "<m " + times(200000, "n") + "=''/>", policy},
  {"prefix of 200 KB",
    "<" + times(200000, "p") + ":m xmlns:" + times(20000, "p") + "='u'/>",
    policy},
  {"entity name of 200 KB", inside("&" + times(200000, "e") + ";"), restricted},
  {"namespace of 200 KB, legal", "<m xmlns='" + times(200000, "u") + "'/>",
    accepted},
  {"attribute value of 200 KB, legal",
    "<m xmlns='u' a='" + times(200000, "v") + "'/>", accepted},
  {"text of 250 KB, legal", inside(times(250000, "t")), accepted},
  {"50000 entities, legal", inside(times(50000, "&amp;")), accepted},
  {"white space of 250 KB in a tag", "<m" + times(250000, " ") + "/>",
    accepted},
  {"stanza of 300 KB", inside(times(300000, "t")), policy},
};

const input structure[] = {
  {"unterminated element", start + "x", malformed},
  {"unterminated start tag", "<m a='1'", malformed},
  {"unterminated attribute", "<m a='1", malformed},
  {"unterminated CDATA", inside("<![CDATA[ x"), malformed},
  {"unterminated comment", inside("<!-- x"), restricted},
  {"two roots", "<a/><b/>", malformed},
  {"text after root", "<a/>x", format},
  {"text before root", "x<a/>", format},
  {"white space before root", " <a/>", format},
  {"white space after root, tolerated", "<a/> \n", accepted},
  {"empty message", "", malformed},
  {"just <", "<", malformed},
  {"not XML", "hello", format},
  {"]]> in text", inside("]]>"), malformed},
  {"< in attribute value", "<m a='<'/>", malformed},
  {"mismatched end tag", "<a></b>", malformed},
  {"no space between attributes", "<m a='1'b='2'/>", malformed},
  {"unquoted attribute", "<m a=1/>", malformed},
  {"attribute without value", "<m a/>", malformed},
  {"space before name", "< m/>", malformed},
  {"CDATA at top level", "<![CDATA[x]]>", format},
  {"CDATA in content, legal", inside("<![CDATA[<b>]]>"), accepted},
  {"end tag only", "</m>", malformed},
  {"end tag of a wrapper", "<a/></w><w>", malformed},
  {"name starts with a digit", "<1a/>", malformed},
  {"attribute in end tag", "<a></a b='1'>", malformed},
  {"slash in the middle", "<a/b/>", malformed},
};

const input encodings[] = {
  {"UTF-8 byte order mark", "\xef\xbb\xbf<m/>", encoding},
  {"UTF-16LE with mark", "\xff\xfe<\0m\0/\0>\0"_bytes, encoding},
  {"UTF-16BE", "\0<\0m\0/\0>"_bytes, encoding},
  {"UTF-16LE", "<\0m\0/\0>\0"_bytes, encoding},
  {"declares UTF-16", "<?xml version='1.0' encoding='UTF-16'?><m/>", encoding},
  {"declares and uses ISO-8859-1",
    "<?xml version='1.0' encoding='ISO-8859-1'?><m>\xe9</m>", encoding},
  {"declares UTF-7", "<?xml version='1.0' encoding='UTF-7'?><m>+ADw-a+AD4-</m>",
    encoding},
  {"declares EBCDIC", "<?xml version='1.0' encoding='ebcdic-cp-us'?><m/>",
    encoding},
  {"declares nonsense", "<?xml version='1.0' encoding='foo'?><m/>", encoding},
  {"declares version 1.1", "<?xml version='1.1'?><m>&#1;</m>", malformed},
  {"declares utf-8, tolerated", "<?xml version='1.0' encoding='utf-8'?><m/>",
    accepted},
  {"declares no version", "<?xml encoding='UTF-8'?><m/>", malformed},
};

std::string to_text(const std::optional<stream_error>& x) {
  return x ? std::string{to_string(*x)} : "accepted";
}

// A bad input must not spoil the parser for the next one.
bool parses_good_stanza() {
  auto x = parse_message("<message xmlns='jabber:client' to='a' id='1'>"
                         "<body>&lt;3</body><x xmlns='u'/></message>");
  return x && x->kind == element_kind::message && x->to == "a"
         && x->child_name == "body" && x->children == 2;
}

template <std::size_t N>
std::size_t check(const input (&inputs)[N]) {
  for (auto& x : inputs) {
    CAF_MESSAGE(x.name);
    auto result = parse_message(x.text);
    std::optional<stream_error> condition;
    if (!result)
      condition = result.error().condition;
    CAF_CHECK_EQUAL(to_text(condition), to_text(x.expected));
    CAF_CHECK(result || !result.error().detail.empty());
    CAF_CHECK(parses_good_stanza());
  }
  return N;
}

} // namespace

CAF_TEST(declarations and entities are restricted) {
  CAF_CHECK_EQUAL(check(declarations), 18u);
}

CAF_TEST(names and namespaces follow the rules) {
  CAF_CHECK_EQUAL(check(names), 10u);
}

CAF_TEST(only valid UTF8 passes) {
  CAF_CHECK_EQUAL(check(utf8), 14u);
}

CAF_TEST(only characters of XML pass) {
  CAF_CHECK_EQUAL(check(characters), 20u);
}

CAF_TEST(floods hit a limit) {
  CAF_CHECK_EQUAL(check(floods), 18u);
}

CAF_TEST(a message is one element) {
  CAF_CHECK_EQUAL(check(structure), 27u);
}

CAF_TEST(other encodings are refused) {
  CAF_CHECK_EQUAL(check(encodings), 12u);
}
