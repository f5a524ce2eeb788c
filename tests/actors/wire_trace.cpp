#define CAF_SUITE wire_trace

#include "actors/inspect/wire_trace.hpp"

#include "actors/inspect/counters.hpp"
#include "actors/inspect/redaction.hpp"
#include "actors/inspect/session_filter.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

struct fixture {
  std::shared_ptr<wire_trace> make(trace_order x) {
    return std::make_shared<wire_trace>(std::move(x), count);
  }

  std::shared_ptr<counters> count = std::make_shared<counters>();
  wire_traces all;
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

constexpr std::string_view message =
  "<message xmlns='jabber:client' to='a@b' id='m1'><body>secret words</body>"
  "<thread>t9</thread></message>";

} // namespace

CAF_TEST_FIXTURE_SCOPE(wire_trace_tests, fixture)

CAF_TEST(texts of stanzas are left out unless asked for) {
  auto hidden = redact_xml(message, false);
  CAF_CHECK(!has(hidden, "secret"));
  CAF_CHECK(!has(hidden, "t9"));
  CAF_CHECK(has(hidden, "<body>[12 bytes]</body>"));
  CAF_CHECK(has(hidden, "m1"));
  CAF_CHECK_EQUAL(redact_xml(message, true), message);
}

CAF_TEST(credentials are left out whatever is asked for) {
  for (std::string_view x : {
         "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
         "mechanism='PLAIN'>AHNlY3JldA==</auth>",
         "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AHNlY3JldA=="
         "</response>",
         "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AHNlY3JldA=="
         "</challenge>",
         "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AHNlY3JldA=="
         "</success>",
         "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
         "<initial-response>AHNlY3JldA==</initial-response></authenticate>",
         "<iq xmlns='jabber:client' type='set'><query "
         "xmlns='jabber:iq:register'><username>u</username>"
         "<password>AHNlY3JldA==</password></query></iq>",
         "<iq xmlns='jabber:client' type='set'><query xmlns='jabber:iq:auth'>"
         "<digest>AHNlY3JldA==</digest></query></iq>",
         "<iq xmlns='jabber:client' type='set'><x xmlns='jabber:x:data'>"
         "<field var='password'><value>AHNlY3JldA==</value></field></x></iq>",
         "<presence xmlns='jabber:client' to='r@c/n'><x "
         "xmlns='http://jabber.org/protocol/muc'>"
         "<password>AHNlY3JldA==</password></x></presence>",
         "<?xml version='1.0'?><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
         "mechanism='PLAIN'>AHNlY3JldA==</auth>",
         " <?xml version='1.0'?>\n<auth "
         "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AHNlY3JldA==</auth>",
         "<iq xmlns='jabber:client' type='result'><slot "
         "xmlns='urn:xmpp:http:upload:0'><put url='https://a/b'><header "
         "name='Authorization'>AHNlY3JldA==</header></put></slot></iq>",
       }) {
    auto shown = redact_xml(x, true);
    CAF_MESSAGE(shown);
    CAF_CHECK(!has(shown, "AHNl"));
    CAF_CHECK(has(shown, "[12 bytes]"));
  }
  auto features = redact_xml("<features xmlns='http://etherx.jabber.org/"
                             "streams'><mechanisms xmlns='urn:ietf:params:xml:"
                             "ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
                             "</mechanisms></features>",
    false);
  CAF_CHECK(has(features, "PLAIN"));
}

CAF_TEST(behind a declaration or a stream tag nothing passes unread) {
  std::string declaration{"<?xml version='1.0'?>"};
  auto hidden = redact_xml(declaration + std::string{message}, false);
  CAF_CHECK(!has(hidden, "secret"));
  CAF_CHECK(has(hidden, "<body>[12 bytes]</body>"));
  std::string_view tag = "<stream:stream xmlns='jabber:client' to='localhost' "
                         "xmlns:stream='http://etherx.jabber.org/streams'>";
  CAF_CHECK_EQUAL(redact_xml(tag, false), tag);
  CAF_CHECK_EQUAL(redact_xml(declaration + std::string{tag}, false), tag);
  std::string_view open =
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost'/>";
  CAF_CHECK_EQUAL(redact_xml(declaration + std::string{open}, false), open);
  auto both = redact_xml(std::string{tag} + std::string{message}, false);
  CAF_CHECK(has(both, tag));
  CAF_CHECK(!has(both, "secret"));
  CAF_CHECK(has(redact_xml("<?xml <auth>AHNlY3JldA==</auth>", true), "unread"));
  CAF_CHECK(
    !has(redact_xml("<?xml ?><?xml ?><auth>AHNl</auth>", true), "AHNl"));
  // Another element, whose name only begins like that.
  CAF_CHECK(!has(redact_xml("<stream:streamX password='AHNl'>", true), "AHNl"));
  // As many as a client likes.
  std::string many;
  for (int i = 0; i < 4'000; ++i)
    many += "<stream:stream>";
  CAF_CHECK_EQUAL(
    redact_xml(many, true), "<stream:stream>[unreadable, 59985 bytes]");
}

CAF_TEST(texts in attributes are left out like others) {
  std::string_view roster =
    "<iq xmlns='jabber:client' type='set' id='r1'><query "
    "xmlns='jabber:iq:roster'><item jid='a@b' name='My dearest'/></query></iq>";
  auto hidden = redact_xml(roster, false);
  CAF_CHECK(!has(hidden, "dearest"));
  CAF_CHECK(has(hidden, "name='[10 bytes]'"));
  for (auto told : {"type='set'", "id='r1'", "jid='a@b'"})
    CAF_CHECK(has(hidden, told));
  CAF_CHECK_EQUAL(redact_xml(roster, true), roster);
}

CAF_TEST(what cannot be read is not shown) {
  auto cut = redact_xml("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                        "mechanism='PLAIN'>AHNlY3JldA",
    true);
  CAF_CHECK(!has(cut, "AHNl"));
  CAF_CHECK(has(cut, "unreadable"));
  CAF_CHECK_EQUAL(redact_xml("</stream:stream>", false), "</stream:stream>");
}

CAF_TEST(ids that resume a session are shortened) {
  std::string id = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  CAF_CHECK_EQUAL(redact_id(id), "ABCD...(26)");
  CAF_CHECK_EQUAL(redact_id("ABCDEFGH"), "...(8)");
  for (std::string x : {"<resume xmlns='urn:xmpp:sm:3' h='1' previd='",
         "<enabled xmlns='urn:xmpp:sm:3' resume='true' id='"})
    CAF_CHECK(!has(redact_xml(x + id + "'/>", true), "EFGH"));
}

CAF_TEST(a trace takes messages until its size is reached) {
  auto x = make({.session = 7, .bytes = 150});
  int told = 0;
  x->on_lines([&told] { ++told; });
  x->saw(7, wire_way::from_client, message);
  x->saw(7, wire_way::to_client, message);
  CAF_CHECK_EQUAL(told, 1);
  CAF_CHECK(x->is_closed());
  x->saw(7, wire_way::to_client, message);
  auto text = x->take(100'000);
  CAF_CHECK(has(text, R"("way":"from_client")"));
  CAF_CHECK(has(text, R"("end":"size","shown":2)"));
  CAF_CHECK(x->is_over());
  CAF_CHECK(x->take(100'000).empty());
}

CAF_TEST(a trace ends with its time) {
  auto x = make({.session = 7, .time = 0ms});
  CAF_CHECK(has(x->take(1'000), R"("end":"time")"));
  CAF_CHECK(x->is_over());
}

CAF_TEST(a trace whose time is over takes no message and tells its reader) {
  auto x = make({.session = 7, .time = 0ms});
  int told = 0;
  x->on_lines([&told] { ++told; });
  x->saw(7, wire_way::from_client, message);
  CAF_CHECK(x->is_closed());
  CAF_CHECK_EQUAL(told, 1);
  CAF_CHECK(has(x->take(1'000), R"({"end":"time","shown":0,)"));
}

CAF_TEST(there is room for some traces and again once one has ended) {
  std::vector<std::shared_ptr<wire_trace>> kept;
  for (std::uint64_t i = 0; i < wire_traces::most; ++i) {
    kept.push_back(make({.session = i + 1}));
    CAF_CHECK(all.add(kept.back()));
  }
  CAF_CHECK_LESS(wire_traces::most, 16u);
  auto one_more = make({.session = 99});
  CAF_CHECK(!all.add(one_more));
  CAF_CHECK(!all.find(99, ""));
  kept.front()->stop();
  CAF_CHECK(all.add(one_more));
  kept.pop_back();
  CAF_CHECK(all.add(make({.session = 100})));
}

CAF_TEST(what its reader does not take is left out and told) {
  auto x = make({.session = 7, .bytes = 1'000'000'000});
  std::string large(60'000, 'x');
  for (int i = 0; i < 100; ++i)
    x->saw(7, wire_way::to_client, large);
  auto left_out = count->get(counter::trace_left_out);
  CAF_CHECK_GREATER(left_out, 80u);
  CAF_CHECK_LESS(left_out, 100u);
  CAF_CHECK(has(x->take(1), R"({"left_out":)" + std::to_string(left_out)));
}

CAF_TEST(streams are found by session and address and JID) {
  auto one = make({.session = 7});
  auto two = make({.ip = "192.0.2.0/24"});
  auto three = make({.jid = "romeo@localhost"});
  all.add(one);
  all.add(two);
  all.add(three);
  auto count_of = [this](std::uint64_t session, std::string_view address) {
    auto x = all.find(session, address);
    return x ? x->size() : 0;
  };
  CAF_CHECK_EQUAL(count_of(7, "192.0.2.9:5000"), 2u);
  CAF_CHECK_EQUAL(count_of(8, "127.0.0.1:5000"), 0u);
  auto before = all.generation();
  all.bound(8, "juliet@localhost/x");
  CAF_CHECK_EQUAL(all.generation(), before);
  all.bound(8, "romeo@localhost/x");
  CAF_CHECK_NOT_EQUAL(all.generation(), before);
  CAF_CHECK_EQUAL(count_of(8, "127.0.0.1:5000"), 1u);
  all.include(*three, {9});
  CAF_CHECK_EQUAL(count_of(9, ""), 1u);
  three->stop();
  CAF_CHECK_EQUAL(count_of(9, ""), 0u);
}

CAF_TEST(a probe looks again only when traces have changed) {
  wire_probe probe;
  int asked = 0;
  auto see = [&](std::string_view text) {
    probe.saw(all, wire_way::to_client, text, [&asked] {
      ++asked;
      return std::pair{std::uint64_t{7}, std::string_view{"127.0.0.1:1"}};
    });
  };
  see("<a/>");
  see("<a/>");
  CAF_CHECK_EQUAL(asked, 0);
  auto trace = make({.session = 7});
  all.add(trace);
  see("<b/>");
  see("<c/>");
  CAF_CHECK_EQUAL(asked, 1);
  auto text = trace->take(10'000);
  CAF_CHECK(!has(text, "<a/>"));
  CAF_CHECK(has(text, "<b/>"));
  CAF_CHECK(has(text, "<c/>"));
  probe.renew();
  see("<d/>");
  CAF_CHECK_EQUAL(asked, 2);
}

CAF_TEST(patterns and networks fit what they should) {
  CAF_CHECK(fits_pattern("*@localhost/*", "romeo@localhost/x"));
  CAF_CHECK(fits_pattern("ro*o@*", "romeo@localhost"));
  CAF_CHECK(!fits_pattern("ro*x@*", "romeo@localhost"));
  CAF_CHECK(fits_pattern("*", ""));
  CAF_CHECK(is_traced_jid("a@b", "a@b/c"));
  CAF_CHECK(!is_traced_jid("a@b", "a@bc/d"));
  CAF_CHECK(!is_traced_jid("a@b/c", "a@b/cd"));
  auto v4 = parse_network("10.1.0.0/16");
  CAF_REQUIRE(v4);
  CAF_CHECK(contains(*v4, "10.1.200.3:99"));
  CAF_CHECK(!contains(*v4, "10.2.0.1:99"));
  auto v6 = parse_network("2001:db8::/32");
  CAF_REQUIRE(v6);
  CAF_CHECK(contains(*v6, "[2001:db8:5::1]:99"));
  CAF_CHECK(!contains(*v6, "[2001:db9::1]:99"));
  CAF_CHECK(!parse_network("10.1.0.0/33"));
  CAF_CHECK(!parse_network("10.1.0.0/x"));
  CAF_CHECK(!parse_network("example.org"));
}

CAF_TEST_FIXTURE_SCOPE_END()
