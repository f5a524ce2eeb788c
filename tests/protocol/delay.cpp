#define CAF_SUITE delay

#include "protocol/delay.hpp"

#include "protocol/element_parser.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>
#include <string>

using namespace causeway::protocol;

namespace {

using namespace std::literals;
using time_point = std::chrono::system_clock::time_point;

// 2026-11-25T01:13:20.005Z
const time_point moment{1'795'569'200'005ms};

const std::string mark = "<delay xmlns='urn:xmpp:delay' from='example.org' "
                         "stamp='2026-11-25T01:13:20.005Z'/>";

stream_element parsed(std::string text) {
  auto x = parse_message(std::move(text));
  if (!x)
    CAF_FAIL(x.error().detail);
  return std::move(*x);
}

/// The bytes with a delay, after a look at everything beside them.
std::string delayed(const std::string& text) {
  auto x = parsed(text);
  auto y = add_delay(x, "example.org", moment);
  auto z = parsed(y.bytes);
  CAF_CHECK(y.kind == x.kind && y.kind == z.kind);
  CAF_CHECK(y.name == z.name && y.prefix == z.prefix && y.ns == z.ns);
  CAF_CHECK(y.to == z.to && y.from == z.from && y.id == z.id);
  CAF_CHECK(y.type == z.type && y.lang == z.lang);
  CAF_CHECK_EQUAL(y.child_name, z.child_name);
  CAF_CHECK_EQUAL(y.child_ns, z.child_ns);
  CAF_CHECK_EQUAL(y.children, z.children);
  CAF_CHECK_EQUAL(y.name_end, z.name_end);
  CAF_CHECK_EQUAL(y.has_default_ns, z.has_default_ns);
  return y.bytes;
}

} // namespace

CAF_TEST(a delay is the last child and all else stays as it was) {
  CAF_CHECK_EQUAL(delayed("<message xmlns='jabber:client' from='a@b/c'  to=\""
                          "d@e\" id='1' type='chat' xml:lang='de'><body>x &lt; "
                          "\xc3\xbc</body><x xmlns='u'/> \n</message >"),
    "<message xmlns='jabber:client' from='a@b/c'  to=\"d@e\" id='1' "
    "type='chat' xml:lang='de'><body>x &lt; \xc3\xbc</body><x xmlns='u'/> \n"
      + mark + "</message >");
}

CAF_TEST(an empty element is opened for it) {
  CAF_CHECK_EQUAL(delayed("<message xmlns='jabber:client' to='a@b'/>"),
    "<message xmlns='jabber:client' to='a@b'>" + mark + "</message>");
  CAF_CHECK_EQUAL(delayed("<presence xmlns='jabber:client' />"),
    "<presence xmlns='jabber:client' >" + mark + "</presence>");
  CAF_CHECK_EQUAL(delayed("<c:message xmlns:c='jabber:client'\n/>"),
    "<c:message xmlns:c='jabber:client'\n>" + mark + "</c:message>");
  CAF_CHECK_EQUAL(delayed("<message xmlns='jabber:client' id='/>'/>"),
    "<message xmlns='jabber:client' id='/>'>" + mark + "</message>");
  CAF_CHECK_EQUAL(delayed("<message xmlns='jabber:client'></message>"),
    "<message xmlns='jabber:client'>" + mark + "</message>");
}

CAF_TEST(the first child is the delay where there was only text) {
  auto y = add_delay(
    parsed("<message xmlns='jabber:client'>text</message>"), "d", moment);
  CAF_CHECK_EQUAL(y.child_name, "delay");
  CAF_CHECK_EQUAL(y.child_ns, "urn:xmpp:delay");
  CAF_CHECK_EQUAL(y.children, 1u);
}

CAF_TEST(text that looks like tags does not mislead) {
  auto text = "<message xmlns='jabber:client'><body><![CDATA[</message>]]>"
              "</body>"s;
  CAF_CHECK_EQUAL(delayed(text + "</message>"), text + mark + "</message>");
}

CAF_TEST(presence is stamped and an iq is left alone) {
  CAF_CHECK_EQUAL(
    delayed("<presence xmlns='jabber:client'><show>xa</show></presence>"),
    "<presence xmlns='jabber:client'><show>xa</show>" + mark + "</presence>");
  for (auto text : {"<iq xmlns='jabber:client' type='get' id='1'><q xmlns='u'/>"
                    "</iq>",
         "<iq xmlns='jabber:client' type='result' id='1'/>",
         "<r xmlns='urn:xmpp:sm:3'/>", "<message xmlns='other'/>"})
    CAF_CHECK_EQUAL(delayed(text), text);
}

CAF_TEST(a second delay of the same domain is not added) {
  auto once = delayed("<message xmlns='jabber:client'><body/></message>");
  CAF_CHECK_EQUAL(delayed(once), once);
  auto later = add_delay(parsed(once), "example.org", moment + 1h);
  CAF_CHECK_EQUAL(later.bytes, once);
  CAF_CHECK_EQUAL(later.children, 2u);
}

CAF_TEST(the delay of another domain does not count) {
  auto other = "<delay xmlns='urn:xmpp:delay' from='room.example.org' "
               "stamp='2020-01-01T00:00:00Z'/>"s;
  auto open = "<message xmlns='jabber:client'>"s;
  CAF_CHECK_EQUAL(
    delayed(open + other + "</message>"), open + other + mark + "</message>");
  auto nameless = "<delay xmlns='urn:xmpp:delay' stamp='x'/>"s;
  CAF_CHECK_EQUAL(delayed(open + nameless + "</message>"),
    open + nameless + mark + "</message>");
}

CAF_TEST(only a child of the stanza is its delay) {
  auto forwarded = "<message xmlns='jabber:client'><f xmlns='u'>" + mark
                   + "</f><delay from='example.org'/>";
  CAF_CHECK_EQUAL(
    delayed(forwarded + "</message>"), forwarded + mark + "</message>");
  auto prefixed = "<message xmlns='jabber:client' xmlns:d='urn:xmpp:delay'>"
                  "<d:delay from='example.org' stamp='x'/></message>"s;
  CAF_CHECK_EQUAL(delayed(prefixed), prefixed);
}

CAF_TEST(a client cannot say what only its server may) {
  auto stripped = [](const std::string& inside, const std::string& to) {
    auto open = "<message xmlns='jabber:client' to='" + to + "'>";
    auto y = strip_delay(
      parsed(open + inside + "</message>"), "juliet@example.org/balcony");
    if (!y)
      return std::string{"as it was"};
    auto z = parsed(y->bytes);
    CAF_CHECK_EQUAL(y->child_name, z.child_name);
    CAF_CHECK_EQUAL(y->child_ns, z.child_ns);
    CAF_CHECK_EQUAL(y->children, z.children);
    CAF_CHECK_EQUAL(y->to, z.to);
    CAF_REQUIRE(y->bytes.starts_with(open));
    return y->bytes.substr(
      open.size(), y->bytes.size() - open.size() - "</message>"s.size());
  };
  auto body = "<body>a &lt;delay></body>"s;
  CAF_CHECK_EQUAL(stripped(body, "a@b"), "as it was");
  CAF_CHECK_EQUAL(stripped(mark + body, "a@b"), body);
  CAF_CHECK_EQUAL(stripped(body + " " + mark + "\n", "a@b"), body + " \n");
  CAF_CHECK_EQUAL(stripped(mark + mark, "a@b"), "");
  // In other words, and of the domain of the addressee.
  CAF_CHECK_EQUAL(
    stripped("<d:delay xmlns:d='urn&#58;xmpp:delay' from='Example.ORG'><x/>"
             "</d:delay>"
               + body,
      "a@b"),
    body);
  CAF_CHECK_EQUAL(stripped(mark + body, "romeo@example.org/orchard"), body);
  auto theirs = "<delay xmlns='urn:xmpp:delay' from='b'/>"s;
  CAF_CHECK_EQUAL(stripped(theirs + body, "a@b/c"), body);
  CAF_CHECK_EQUAL(stripped(theirs + body, "a@c"), "as it was");
  // What is forwarded is not about this stanza; a user may say so of itself.
  CAF_CHECK_EQUAL(
    stripped("<f xmlns='u'>" + mark + "</f>", "a@b"), "as it was");
  CAF_CHECK_EQUAL(
    stripped(
      "<delay xmlns='urn:xmpp:delay' from='juliet@example.org'/>", "a@b"),
    "as it was");
}

CAF_TEST(the domain is escaped) {
  auto y =
    add_delay(parsed("<message xmlns='jabber:client'/>"), "a'<&", moment);
  CAF_CHECK(y.bytes.find("from='a&apos;&lt;&amp;'") != y.bytes.npos);
}

CAF_TEST(time is told in UTC to the millisecond) {
  CAF_CHECK_EQUAL(date_time(moment), "2026-11-25T01:13:20.005Z");
  CAF_CHECK_EQUAL(date_time(time_point{}), "1970-01-01T00:00:00.000Z");
  CAF_CHECK_EQUAL(
    date_time(time_point{1'709'251'199'999ms}), "2024-02-29T23:59:59.999Z");
  CAF_CHECK_EQUAL(
    date_time(time_point{1'709'251'200'000ms}), "2024-03-01T00:00:00.000Z");
  // What is below a millisecond is cut off.
  CAF_CHECK_EQUAL(date_time(time_point{999'999us}), "1970-01-01T00:00:00.999Z");
  CAF_CHECK_EQUAL(date_time(time_point{-1ms}), "1969-12-31T23:59:59.999Z");
}
