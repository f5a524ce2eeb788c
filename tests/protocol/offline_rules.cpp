#define CAF_SUITE offline_rules

#include "protocol/offline_rules.hpp"

#include "protocol/element_parser.hpp"

#include <caf/test/dsl.hpp>

#include <string>

using namespace causeway::protocol;

namespace {

constexpr auto active =
  "<active xmlns='http://jabber.org/protocol/chatstates'/>";
constexpr auto hint = "<no-store xmlns='urn:xmpp:hints'/>";
constexpr auto origin_id = "<origin-id xmlns='urn:xmpp:sid:0' id='1'/>";
constexpr auto receipt = "<received xmlns='urn:xmpp:receipts' id='1'/>";

std::string rule(const std::string& type, const std::string& inside) {
  auto x = parse_message("<message xmlns='jabber:client' type='" + type + "'>"
                         + inside + "</message>");
  CAF_REQUIRE(x.has_value());
  constexpr const char* names[] = {"store", "drop", "refuse"};
  return names[static_cast<int>(offline_rule_of(*x))];
}

} // namespace

CAF_TEST(the type of a message decides) {
  for (auto type : {"", "normal", "chat", "odd"})
    CAF_CHECK_EQUAL(rule(type, "<body>x</body>"), "store");
  CAF_CHECK_EQUAL(rule("groupchat", "<body>x</body>"), "refuse");
  CAF_CHECK_EQUAL(rule("headline", "<body>x</body>"), "drop");
  CAF_CHECK_EQUAL(rule("error", "<body>x</body>"), "drop");
}

CAF_TEST(a chat state alone is not kept) {
  CAF_CHECK_EQUAL(rule("chat", active), "drop");
  CAF_CHECK_EQUAL(rule("", active), "drop");
  CAF_CHECK_EQUAL(
    rule("chat", std::string{"<thread>t</thread>"} + active), "drop");
  CAF_CHECK_EQUAL(rule("chat", std::string{hint} + origin_id + active), "drop");
}

CAF_TEST(a chat state beside content is kept with it) {
  CAF_CHECK_EQUAL(
    rule("chat", std::string{active} + "<body>x</body>"), "store");
  CAF_CHECK_EQUAL(
    rule("chat", std::string{"<subject>x</subject>"} + active), "store");
  CAF_CHECK_EQUAL(rule("chat", std::string{active} + receipt), "store");
}

CAF_TEST(what is no chat state is content) {
  CAF_CHECK_EQUAL(rule("chat", receipt), "store");
  CAF_CHECK_EQUAL(rule("chat", "<x xmlns='urn:x'/>"), "store");
  CAF_CHECK_EQUAL(rule("chat", "<active xmlns='urn:x'/>"), "store");
  CAF_CHECK_EQUAL(rule("chat", ""), "refuse");
}
