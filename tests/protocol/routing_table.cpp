#define CAF_SUITE routing_table

#include "protocol/routing_table.hpp"

#include "protocol/element_parser.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <vector>

using namespace causeway::protocol;

namespace {

constexpr auto romeo = "romeo@localhost/orchard";
constexpr auto juliet = "juliet@localhost/balcony";
constexpr auto chamber = "juliet@localhost/chamber";

element_ptr parse(const std::string& xml) {
  auto x = parse_message(xml);
  CAF_REQUIRE(x.has_value());
  return std::make_shared<const stream_element>(std::move(*x));
}

element_ptr stanza(const std::string& name, const std::string& from,
  const std::string& to = {}, const std::string& type = {},
  const std::string& inside = {}) {
  auto xml = "<" + name + " xmlns='jabber:client' id='1' from='" + from + "'";
  if (!to.empty())
    xml += " to='" + to + "'";
  if (!type.empty())
    xml += " type='" + type + "'";
  return parse(xml + ">" + inside + "</" + name + ">");
}

element_ptr message(const std::string& to, const std::string& type = {}) {
  return stanza("message", romeo, to, type, "<body>hello</body>");
}

element_ptr iq(const std::string& to, const std::string& type) {
  return stanza("iq", romeo, to, type, "<ping xmlns='urn:xmpp:ping'/>");
}

element_ptr presence(const std::string& from, int priority = 0) {
  return stanza("presence", from, {}, {},
    "<priority>" + std::to_string(priority) + "</priority>");
}

/// A decision as one line: "1", "copies 1 2", "domain", "store juliet@..",
/// "error gone", "drop".
std::string say(const routing_decision& x) {
  if (auto* to = std::get_if<deliver_to>(&x))
    return std::to_string(to->route);
  if (auto* all = std::get_if<deliver_copies>(&x)) {
    std::string out = "copies";
    for (auto& copy : all->copies)
      out += " " + std::to_string(copy.to.route);
    return out;
  }
  if (std::holds_alternative<hand_to_domain>(x))
    return "domain";
  if (auto* store = std::get_if<store_offline>(&x))
    return "store " + store->account;
  if (auto* error = std::get_if<reply_error>(&x))
    return "error " + std::string{to_string(error->condition)};
  return "drop " + std::string{to_string(std::get<drop_stanza>(x).reason)};
}

std::string say(const std::vector<routed_copy>& x) {
  std::string out;
  for (auto& copy : x)
    out += std::to_string(copy.to.route) + ":" + copy.stanza->type + ">"
           + copy.stanza->to + " ";
  return out;
}

struct fixture {
  fixture() { table.add(1, romeo); }

  std::string route(
    const element_ptr& x, route_id sender = 1, route_id failed = 0) {
    return say(table.route(x, sender, failed));
  }
  void bind_juliet(int balcony, int in_chamber) {
    table.add(2, juliet);
    table.add(3, chamber);
    route(presence(juliet, balcony), 2);
    route(presence(chamber, in_chamber), 3);
  }

  routing_table table{{"localhost", "example.org"}};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(routing_table_tests, fixture)

CAF_TEST(any message reaches a full JID that is bound) {
  table.add(2, juliet);
  for (auto type : {"", "chat", "groupchat", "headline", "error", "odd"})
    CAF_CHECK_EQUAL(route(message(juliet, type)), "2");
}

CAF_TEST(an address is compared normalised) {
  table.add(2, juliet);
  CAF_CHECK_EQUAL(route(message("JULIET@LocalHost/balcony")), "2");
  CAF_CHECK_EQUAL(route(message("Juliet@localhost/Balcony", "normal")),
    "store juliet@localhost");
}

CAF_TEST(for a bare JID without available resource the type decides) {
  // A resource that is bound and sent no presence does not count.
  table.add(2, juliet);
  std::string to = "juliet@localhost";
  for (auto type : {"", "normal", "chat", "odd"})
    CAF_CHECK_EQUAL(route(message(to, type)), "store juliet@localhost");
  CAF_CHECK_EQUAL(route(message(to, "groupchat")), "error service-unavailable");
  CAF_CHECK_EQUAL(route(message(to, "headline")), "drop nobody-available");
  CAF_CHECK_EQUAL(route(message(to, "error")), "drop unexpected-reply");
}

CAF_TEST(the highest priority gets messages to the bare JID) {
  bind_juliet(1, 5);
  std::string to = "juliet@localhost";
  CAF_CHECK_EQUAL(route(message(to, "chat")), "3");
  CAF_CHECK_EQUAL(route(message(to)), "3");
  CAF_CHECK_EQUAL(route(message(to, "headline")), "copies 2 3");
  CAF_CHECK_EQUAL(route(message(to, "groupchat")), "error service-unavailable");
  CAF_CHECK_EQUAL(route(message(to, "error")), "drop unexpected-reply");
}

CAF_TEST(resources that tie for the highest priority all get it) {
  bind_juliet(5, 5);
  CAF_CHECK_EQUAL(route(message("juliet@localhost", "chat")), "copies 2 3");
}

CAF_TEST(a negative priority gets nothing sent to the bare JID) {
  bind_juliet(-1, -128);
  std::string to = "juliet@localhost";
  CAF_CHECK_EQUAL(route(message(to, "chat")), "store juliet@localhost");
  CAF_CHECK_EQUAL(route(message(to, "headline")), "drop nobody-available");
  CAF_CHECK_EQUAL(route(message(juliet, "chat")), "2");
  // Presence goes there all the same.
  CAF_CHECK_EQUAL(route(stanza("presence", romeo, to)), "copies 2 3");
}

CAF_TEST(for a full JID that is not bound the type decides) {
  bind_juliet(1, 5);
  std::string to = "juliet@localhost/garden";
  CAF_CHECK_EQUAL(route(message(to, "chat")), "3");
  CAF_CHECK_EQUAL(route(message(to)), "3");
  CAF_CHECK_EQUAL(route(message(to, "groupchat")), "error service-unavailable");
  CAF_CHECK_EQUAL(route(message(to, "headline")), "drop nobody-available");
  CAF_CHECK_EQUAL(route(message(to, "error")), "drop unexpected-reply");
  CAF_CHECK_EQUAL(route(iq(to, "get")), "error service-unavailable");
  CAF_CHECK_EQUAL(route(iq(to, "set")), "error service-unavailable");
  CAF_CHECK_EQUAL(route(iq(to, "result")), "drop unexpected-reply");
  CAF_CHECK_EQUAL(route(iq(to, "error")), "drop unexpected-reply");
  CAF_CHECK_EQUAL(
    route(stanza("presence", romeo, to)), "drop nobody-available");
}

CAF_TEST(a message without addressee goes to the own account) {
  CAF_CHECK_EQUAL(route(message("")), "store romeo@localhost");
  route(presence(romeo), 1);
  CAF_CHECK_EQUAL(route(message("")), "1");
}

CAF_TEST(iqs go to a bound full JID and else to the domain) {
  table.add(2, juliet);
  for (auto type : {"get", "set", "result", "error"})
    CAF_CHECK_EQUAL(route(iq(juliet, type)), "2");
  for (auto to : {"", "localhost", "localhost/x", "example.org",
         "juliet@localhost", "romeo@localhost"}) {
    CAF_CHECK_EQUAL(route(iq(to, "get")), "domain");
    CAF_CHECK_EQUAL(route(iq(to, "set")), "domain");
    CAF_CHECK_EQUAL(route(iq(to, "result")), "drop unexpected-reply");
    CAF_CHECK_EQUAL(route(iq(to, "error")), "drop unexpected-reply");
  }
}

CAF_TEST(an iq that breaks RFC 6120 section 8 2 3 is a bad request) {
  table.add(2, juliet);
  std::string head = "<iq xmlns='jabber:client' from='" + std::string{romeo}
                     + "' to='" + juliet + "' ";
  auto check = [&](const std::string& rest) {
    CAF_CHECK_EQUAL(route(parse(head + rest)), "error bad-request");
  };
  check("type='get'><a xmlns='b'/></iq>");
  check("id='1' type='ask'><a xmlns='b'/></iq>");
  check("id='1'><a xmlns='b'/></iq>");
  check("id='1' type='get'/>");
  check("id='1' type='set'><a xmlns='b'/><a xmlns='b'/></iq>");
}

CAF_TEST(a bad or foreign address is refused) {
  CAF_CHECK_EQUAL(route(message("@localhost")), "error jid-malformed");
  CAF_CHECK_EQUAL(route(iq("juliet@localhost/", "get")), "error jid-malformed");
  CAF_CHECK_EQUAL(
    route(message("juliet@capulet.lit")), "error remote-server-not-found");
  CAF_CHECK_EQUAL(
    route(iq("capulet.lit", "get")), "error remote-server-not-found");
  CAF_CHECK_EQUAL(route(iq("capulet.lit", "result")), "drop unexpected-reply");
}

CAF_TEST(messages and presence to a domain are handed to it) {
  CAF_CHECK_EQUAL(route(message("localhost")), "domain");
  CAF_CHECK_EQUAL(
    route(message("localhost", "error")), "drop unexpected-reply");
  CAF_CHECK_EQUAL(route(stanza("presence", romeo, "localhost")), "domain");
}

CAF_TEST(initial presence reaches every own resource and brings theirs) {
  table.add(2, juliet);
  table.add(3, chamber);
  CAF_CHECK_EQUAL(route(presence(juliet, 1), 2), "copies 2");
  // To 2 and 3 the new one, then to 3 that of 2.
  auto decision = table.route(presence(chamber), 3);
  CAF_CHECK_EQUAL(say(decision), "copies 2 3 3");
  auto& copies = std::get<deliver_copies>(decision).copies;
  CAF_CHECK_EQUAL(copies[0].stanza->from, chamber);
  CAF_CHECK_EQUAL(copies[0].stanza->to, "juliet@localhost");
  CAF_CHECK_EQUAL(copies[2].stanza->from, juliet);
  CAF_CHECK_EQUAL(copies[2].stanza->to, "juliet@localhost");
  CAF_CHECK(parse_tree(copies[2].stanza->bytes)->child("priority"));
  CAF_CHECK_EQUAL(table.available(), 2u);
  // A later presence brings nothing back.
  CAF_CHECK_EQUAL(route(presence(chamber, 4), 3), "copies 2 3");
}

CAF_TEST(unavailable reaches every own resource and ends availability) {
  bind_juliet(1, 1);
  auto bye = stanza("presence", juliet, {}, "unavailable");
  auto decision = table.route(bye, 2);
  CAF_CHECK_EQUAL(say(decision), "copies 2 3");
  CAF_CHECK_EQUAL(
    std::get<deliver_copies>(decision).copies[1].stanza->type, "unavailable");
  CAF_CHECK_EQUAL(table.available(), 1u);
  CAF_CHECK_EQUAL(route(message("juliet@localhost", "chat")), "3");
  CAF_CHECK_EQUAL(route(bye, 2), "copies");
}

CAF_TEST(an end without unavailable is told like one) {
  bind_juliet(1, 1);
  CAF_CHECK_EQUAL(say(table.remove(2)), "3:unavailable>juliet@localhost ");
  CAF_CHECK_EQUAL(say(table.remove(2)), "");
  CAF_CHECK_EQUAL(table.size(), 2u);
  CAF_CHECK_EQUAL(table.available(), 1u);
  // One that was not available says nothing.
  CAF_CHECK_EQUAL(say(table.remove(1)), "");
}

CAF_TEST(directed presence is delivered and taken back at the end) {
  bind_juliet(1, 1);
  table.add(4, "nurse@localhost/hall");
  CAF_CHECK_EQUAL(
    route(stanza("presence", romeo, "nurse@localhost/hall")), "copies 4");
  CAF_CHECK_EQUAL(
    route(stanza("presence", romeo, "juliet@localhost")), "copies 2 3");
  CAF_CHECK_EQUAL(say(table.remove(1)),
    "4:unavailable>nurse@localhost/hall 2:unavailable>juliet@localhost "
    "3:unavailable>juliet@localhost ");
}

CAF_TEST(directed presence follows an unavailable of the client) {
  table.add(2, juliet);
  route(presence(romeo), 1);
  route(stanza("presence", romeo, juliet));
  auto bye = stanza("presence", romeo, {}, "unavailable");
  CAF_CHECK_EQUAL(route(bye), "copies 1 2");
  // Told once.
  CAF_CHECK_EQUAL(say(table.remove(1)), "");
}

CAF_TEST(directed unavailable is not repeated at the end) {
  table.add(2, juliet);
  route(stanza("presence", romeo, juliet));
  CAF_CHECK_EQUAL(
    route(stanza("presence", romeo, juliet, "unavailable")), "copies 2");
  CAF_CHECK_EQUAL(say(table.remove(1)), "");
}

CAF_TEST(the oldest of too many directed presences is forgotten) {
  auto name = [](std::size_t i) {
    return "user" + std::to_string(i) + "@localhost/x";
  };
  for (std::size_t i = 0; i <= max_directed_presences; ++i) {
    table.add(100 + i, name(i));
    route(stanza("presence", romeo, name(i)));
  }
  auto notices = table.remove(1);
  CAF_CHECK_EQUAL(notices.size(), max_directed_presences);
  CAF_CHECK_EQUAL(notices.front().stanza->to, name(1));
}

CAF_TEST(subscriptions are refused and probes ignored) {
  bind_juliet(1, 1);
  for (auto type : {"subscribe", "subscribed", "unsubscribe", "unsubscribed"})
    for (auto to : {"juliet@localhost", juliet, "nobody@localhost", ""})
      CAF_CHECK_EQUAL(route(stanza("presence", romeo, to, type)),
        "error service-unavailable");
  for (auto to : {"juliet@localhost", juliet, "capulet.lit", ""})
    CAF_CHECK_EQUAL(
      route(stanza("presence", romeo, to, "probe")), "drop probe");
  CAF_CHECK_EQUAL(
    route(stanza("presence", romeo, "", "dancing")), "error bad-request");
}

CAF_TEST(a presence error goes to a full JID alone) {
  bind_juliet(1, 1);
  CAF_CHECK_EQUAL(route(stanza("presence", romeo, juliet, "error")), "2");
  for (auto to : {"juliet@localhost", "juliet@localhost/x", ""})
    CAF_CHECK_EQUAL(
      route(stanza("presence", romeo, to, "error")), "drop unexpected-reply");
}

CAF_TEST(a session that failed counts as not bound) {
  bind_juliet(5, 1);
  CAF_CHECK_EQUAL(route(message(juliet, "chat"), 1, 2), "3");
  CAF_CHECK_EQUAL(route(message("juliet@localhost"), 1, 2), "3");
  CAF_CHECK_EQUAL(route(message(juliet), 1, 2), "3");
  CAF_CHECK_EQUAL(route(iq(juliet, "get"), 1, 2), "error service-unavailable");
}

CAF_TEST(presence of a session that is over goes nowhere) {
  table.add(2, juliet);
  table.remove(1);
  CAF_CHECK_EQUAL(route(presence(romeo), 1), "drop sender-gone");
  CAF_CHECK_EQUAL(
    route(stanza("presence", romeo, juliet), 1), "drop sender-gone");
  CAF_CHECK_EQUAL(route(message(juliet), 1), "2");
}

CAF_TEST(an older session leaves a newer one of its JID alone) {
  table.add(2, juliet);
  table.add(7, juliet);
  CAF_CHECK_EQUAL(route(message(juliet)), "7");
  table.remove(2);
  CAF_CHECK_EQUAL(route(message(juliet)), "7");
  table.remove(7);
  CAF_CHECK_EQUAL(route(message(juliet)), "store juliet@localhost");
}

CAF_TEST(slots are dense and used again) {
  CAF_CHECK_EQUAL(table.find(1).slot, 0u);
  CAF_CHECK_EQUAL(table.add(2, juliet), 1u);
  table.remove(1);
  CAF_CHECK_EQUAL(table.add(3, chamber), 0u);
  CAF_CHECK_EQUAL(table.find(juliet).slot, 1u);
  CAF_CHECK_EQUAL(table.find(1).route, 0u);
}

CAF_TEST(a restored presence counts and tells nobody) {
  table.add(2, juliet);
  table.restore(2, presence(juliet, 3));
  CAF_CHECK_EQUAL(table.available(), 1u);
  CAF_CHECK_EQUAL(route(message("juliet@localhost", "chat")), "2");
  CAF_CHECK_EQUAL(route(presence(juliet, 3), 2), "copies 2");
}

CAF_TEST(a priority out of range counts as zero) {
  table.add(2, juliet);
  table.add(3, chamber);
  route(stanza("presence", juliet, {}, {}, "<priority>200</priority>"), 2);
  route(presence(chamber, 1), 3);
  CAF_CHECK_EQUAL(route(message("juliet@localhost", "chat")), "3");
  route(stanza("presence", juliet, {}, {}, "<priority> +2 </priority>"), 2);
  CAF_CHECK_EQUAL(route(message("juliet@localhost", "chat")), "2");
}

CAF_TEST(a message that says nothing is not stored) {
  auto say_to_juliet = [&](const std::string& inside) {
    return route(stanza("message", romeo, "juliet@localhost", "chat", inside));
  };
  auto composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
  CAF_CHECK_EQUAL(say_to_juliet(composing), "drop transient");
  CAF_CHECK_EQUAL(say_to_juliet(""), "error service-unavailable");
  CAF_CHECK_EQUAL(
    say_to_juliet("<subject>x</subject>"), "store juliet@localhost");
}

CAF_TEST(presence tells when a session begins to take messages) {
  auto begins = [this](const std::string& from, int priority, route_id id) {
    auto decision = table.route(presence(from, priority), id, 0);
    return std::get<deliver_copies>(decision).takes_messages;
  };
  table.add(2, juliet);
  CAF_CHECK(!table.takes_messages(2));
  CAF_CHECK_EQUAL(table.taker_of("juliet@localhost").route, 0u);
  CAF_CHECK(!begins(juliet, -1, 2));
  CAF_CHECK(!table.takes_messages(2));
  CAF_CHECK(begins(juliet, 0, 2));
  CAF_CHECK(table.takes_messages(2));
  CAF_CHECK_EQUAL(table.taker_of("juliet@localhost").route, 2u);
  CAF_CHECK(!begins(juliet, 5, 2));
  CAF_CHECK(!begins(juliet, -5, 2));
  CAF_CHECK(begins(juliet, 1, 2));
  route(stanza("presence", juliet, {}, "unavailable"), 2);
  CAF_CHECK(!table.takes_messages(2));
  CAF_CHECK(begins(juliet, 1, 2));
  CAF_CHECK_EQUAL(table.account_of(2), "juliet@localhost");
  CAF_CHECK_EQUAL(table.account_of(9), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
