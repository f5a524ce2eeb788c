#define CAF_SUITE ack_parser

#include "protocol/ack_parser.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <random>
#include <string>

using namespace causeway::protocol;

namespace {

const std::string request = "<r xmlns='urn:xmpp:sm:3'/>";
const std::string ack = "<a xmlns='urn:xmpp:sm:3' h='17'/>";

// What parse_ack accepts, the XML parser must read in the same way.
bool agrees_with_parser(const std::string& text) {
  auto quick = parse_ack(text);
  if (!quick)
    return true;
  // A space more makes the parser take its full way.
  auto padded = text;
  padded.insert(2, std::string(80, ' '));
  auto full = parse_message(padded);
  return full && full->name == quick->name && full->ns == quick->ns
         && full->kind == quick->kind && full->attributes == quick->attributes
         && full->children == 0 && full->prefix.empty();
}

} // namespace

CAF_TEST(requests and acks as clients write them are read) {
  for (auto text : {request, ack, std::string{"<r xmlns=\"urn:xmpp:sm:3\" />"},
         std::string{"<a h=\"4294967295\" xmlns=\"urn:xmpp:sm:3\"/>"}}) {
    CAF_CHECK(parse_ack(text).has_value());
    CAF_CHECK(agrees_with_parser(text));
  }
  CAF_CHECK_EQUAL(*parse_ack(ack)->find("h"), "17");
}

CAF_TEST(everything else is left to the parser) {
  for (auto text :
    {"", "<", "<r/>", "<r xmlns='urn:xmpp:sm:2'/>", "<r xmlns='urn:xmpp:sm:3'>",
      "<r xmlns='urn:xmpp:sm:3' h='1'/>", "<a xmlns='urn:xmpp:sm:3'/>",
      "<a xmlns='urn:xmpp:sm:3' h=''/>", "<a xmlns='urn:xmpp:sm:3' h='-1'/>",
      "<a xmlns='urn:xmpp:sm:3' h='1' h='2'/>",
      "<a xmlns='urn:xmpp:sm:3' h='1'/><a/>", "<ra xmlns='urn:xmpp:sm:3'/>",
      "<message xmlns='jabber:client'/>"})
    CAF_CHECK(!parse_ack(text));
}

CAF_TEST(what is read agrees with the parser on mutated input) {
  std::mt19937 random{198};
  const std::string bytes = " <>/='\"arhxmlns:spu0123456789&\n\t\x01\xc3";
  auto pick = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random);
  };
  std::size_t accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    auto text = pick(2) == 0 ? request : ack;
    for (auto n = 1 + pick(2); n > 0; --n) {
      auto at = pick(text.size());
      switch (pick(3)) {
      case 0: text.erase(at, 1); break;
      case 1: text.insert(at, 1, bytes[pick(bytes.size())]); break;
      default: text[at] = bytes[pick(bytes.size())];
      }
    }
    accepted += parse_ack(text).has_value();
    if (!agrees_with_parser(text))
      CAF_FAIL("differs: " << text);
  }
  CAF_CHECK(accepted > 1000);
}
