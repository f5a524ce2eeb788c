/// XEP-0198 sections 3 to 5.
#include "tests/support/sm_events.hpp"

#include "protocol/namespaces.hpp"
#include "protocol/stream_management.hpp"

#include <string>
#include <utility>

namespace causeway::test {

namespace {

constexpr std::pair<std::string_view, sm_word> words[] = {
  {"<r xmlns='urn:xmpp:sm:3'/>", sm_word::request},
  {"<a xmlns='urn:xmpp:sm:3' h='", sm_word::ack},
  {"<enabled xmlns='urn:xmpp:sm:3' id='id' resume='true' max='600'/>",
    sm_word::enabled},
  {"<resumed xmlns='urn:xmpp:sm:3' previd='id' h='", sm_word::resumed},
};

} // namespace

protocol::stream_element to_nonza(const sm_item& x) {
  protocol::stream_element y;
  y.ns = protocol::ns::stream_management;
  if (x.what == sm_word::enable) {
    y.name = "enable";
    y.attributes = {{"resume", "true"}};
  } else if (x.what == sm_word::ack) {
    y.name = "a";
    y.attributes = {{"h", std::to_string(x.h)}};
  } else {
    y.name = "r";
  }
  return y;
}

std::optional<sm_item> to_item(std::string_view xml) {
  for (auto& [text, what] : words) {
    if (xml == text)
      return sm_item{what};
    if (!xml.starts_with(text))
      continue;
    auto rest = xml.substr(text.size());
    auto h = protocol::parse_counter(rest.substr(0, rest.find('\'')));
    if (h && rest.ends_with("'/>"))
      return sm_item{what, *h};
  }
  return std::nullopt;
}

} // namespace causeway::test
