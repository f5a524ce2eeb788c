#define CAF_SUITE upstream_stream

#include "protocol/upstream_stream.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"

#include <caf/test/dsl.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace causeway::protocol;

namespace {

using namespace std::literals;
using words = std::vector<std::string>;

const auto streams = "xmlns:stream='http://etherx.jabber.org/streams'"s;

std::string features(std::string_view content) {
  return "<stream:features " + streams + ">" + std::string{content}
         + "</stream:features>";
}

std::string error(std::string_view content) {
  return "<stream:error " + streams + ">" + std::string{content}
         + "</stream:error>";
}

const auto mechanisms = features(
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN"
  "</mechanism></mechanisms>");
const auto starttls =
  features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
const auto starttls_required = features(
  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>");
constexpr auto proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr auto tls_failure =
  "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr auto success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr auto message = "<message xmlns='jabber:client'/>";
const auto see_other_host =
  error("<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>[::1]:5222"
        "</see-other-host>");
const auto host_unknown =
  error("<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>");

// Name of the first element in it.
std::string name_in(std::string xml) {
  if (xml.starts_with("<?xml"))
    xml.erase(0, xml.find('<', 1));
  return xml.substr(1, xml.find_first_of(" />") - 1);
}

/// One stream, driven with what a server sends; a word per action.
struct fixture {
  fixture() { begin(true); }

  void begin(bool require_tls) {
    machine.emplace(
      stream_wish{"example.org", "a@example.org", "de"}, require_tls);
  }

  words perform(const upstream_event& event) {
    actions = machine->handle(event);
    words out;
    for (auto& action : actions)
      out.push_back(std::visit(
        overload{
          [](const upstream_send& x) { return "send " + name_in(x.xml); },
          [](const upstream_expect_header&) { return "expect header"s; },
          [](const upstream_start_tls&) { return "start tls"s; },
          [](const upstream_features&) { return "features"s; },
          [](const upstream_pass& x) { return "pass " + x.element->name; },
          [](const upstream_fail& x) {
            return "fail " + std::string{to_string(x.cause)};
          },
        },
        action));
    return out;
  }

  words receive(std::string_view xml) {
    auto x = parse_message(std::string{xml});
    CAF_REQUIRE(x.has_value());
    return perform(upstream_element_received{
      std::make_shared<const stream_element>(std::move(*x))});
  }

  words header(std::string version = "1.0") {
    return perform(upstream_header_received{
      {"example.org", "i1", std::move(version), "en"}});
  }

  const upstream_fail& failure() const {
    CAF_REQUIRE_EQUAL(actions.size(), 1u);
    CAF_REQUIRE(std::holds_alternative<upstream_fail>(actions.front()));
    return std::get<upstream_fail>(actions.front());
  }

  std::string sent(std::size_t n) const {
    CAF_REQUIRE(n < actions.size());
    return std::get<upstream_send>(actions[n]).xml;
  }

  std::string state() const { return std::string{machine->state_name()}; }

  /// Walks the way with STARTTLS until the state has that name.
  void reach(std::string_view wanted) {
    begin(true);
    const std::pair<std::string_view, std::function<void()>> steps[] = {
      {"connecting", [] {}},
      {"opening", [this] { perform(upstream_connected{false}); }},
      {"awaiting-features", [this] { header(); }},
      {"awaiting-proceed", [this] { receive(starttls); }},
      {"securing", [this] { receive(proceed); }},
      {"open",
        [this] {
          perform(upstream_secured{});
          header();
          receive(mechanisms);
        }},
      {"failed", [this] { perform(upstream_close_received{}); }},
    };
    for (auto& [name, step] : steps) {
      step();
      if (name == wanted)
        break;
    }
    CAF_REQUIRE_EQUAL(state(), std::string{wanted});
  }

  std::optional<upstream_stream> machine;
  upstream_actions actions;
};

const words all_states{"connecting", "opening", "awaiting-features",
  "awaiting-proceed", "securing", "open", "failed"};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upstream_stream_tests, fixture)

// -- the straight way ---------------------------------------------------------

CAF_TEST(a stream is secured by STARTTLS and opened and restarted) {
  CAF_CHECK_EQUAL(
    perform(upstream_connected{false}), words{"send stream:stream"});
  CAF_CHECK_EQUAL(header(), words{});
  CAF_CHECK_EQUAL(receive(starttls), words{"send starttls"});
  CAF_CHECK_EQUAL(
    sent(0), "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  CAF_CHECK_EQUAL(receive(proceed), words{"start tls"});
  CAF_CHECK(!machine->is_secure());
  CAF_CHECK_EQUAL(perform(upstream_secured{}),
    (words{"expect header", "send stream:stream"}));
  CAF_CHECK(machine->is_secure());
  CAF_CHECK_EQUAL(header(), words{});
  CAF_CHECK_EQUAL(receive(mechanisms), words{"features"});
  CAF_CHECK(machine->is_open());
  auto& opened = std::get<upstream_features>(actions[0]);
  CAF_CHECK_EQUAL(opened.header.id, "i1");
  CAF_CHECK(opened.features.child("mechanisms", ns::sasl));
  CAF_CHECK_EQUAL(receive(success), words{"pass success"});
  CAF_CHECK_EQUAL(perform(upstream_restart{"b@example.org", "fr"}),
    (words{"expect header", "send stream:stream"}));
  CAF_CHECK(sent(1).find("from='b@example.org'") != std::string::npos);
  CAF_CHECK(sent(1).find("xml:lang='fr'") != std::string::npos);
  CAF_CHECK_EQUAL(header(), words{});
  CAF_CHECK_EQUAL(receive(features("")), words{"features"});
  CAF_CHECK_EQUAL(receive(message), words{"pass message"});
  CAF_CHECK_EQUAL(perform(upstream_close_received{}), words{"fail closed"});
}

CAF_TEST(the way with STARTTLS passes every state) {
  words passed;
  for (auto& name : all_states) {
    reach(name);
    passed.push_back(state());
  }
  CAF_CHECK_EQUAL(passed, all_states);
}

CAF_TEST(direct TLS needs no STARTTLS) {
  CAF_CHECK_EQUAL(
    perform(upstream_connected{true}), words{"send stream:stream"});
  CAF_CHECK(machine->is_secure());
  header();
  CAF_CHECK_EQUAL(receive(starttls), words{"features"});
}

CAF_TEST(without TLS an offer of STARTTLS is let be) {
  begin(false);
  perform(upstream_connected{false});
  header();
  CAF_CHECK_EQUAL(receive(starttls), words{"features"});
  CAF_CHECK(!machine->is_secure());
}

CAF_TEST(only an address and a language tag are passed on) {
  auto said = [this](std::string from, std::string lang) {
    machine.emplace(
      stream_wish{"example.org", std::move(from), std::move(lang)}, false);
    perform(upstream_connected{false});
    return sent(0);
  };
  auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  auto good = said("a@example.org/\u00e4", "de-CH-1996");
  CAF_CHECK(has(good, "from='a@example.org/\u00e4'"));
  CAF_CHECK(has(good, "xml:lang='de-CH-1996'"));
  CAF_CHECK(has(said("a@b", std::string(35, 'x')), "xml:lang="));
  for (auto& lang : {std::string(36, 'x'), "de_CH"s, "de de"s, "\u00e4"s})
    CAF_CHECK(!has(said("a@b", lang), "xml:lang="));
  for (auto& from : {"@"s, "a@"s, "a b@c"s, std::string(4000, 'a') + "@b"})
    CAF_CHECK(!has(said(from, "de"), "from="));
}

CAF_TEST(the client is not named in the clear) {
  perform(upstream_connected{false});
  CAF_CHECK_EQUAL(sent(0).find("from="), std::string::npos);
  CAF_CHECK(sent(0).find("to='example.org'") != std::string::npos);
  header();
  receive(starttls);
  receive(proceed);
  perform(upstream_secured{});
  CAF_CHECK(sent(1).find("from='a@example.org'") != std::string::npos);
  begin(false);
  perform(upstream_connected{false});
  CAF_CHECK(sent(0).find("from='a@example.org'") != std::string::npos);
}

// -- G-47: TLS that is demanded -----------------------------------------------

CAF_TEST(a server without STARTTLS gets no word in the clear) {
  reach("awaiting-features");
  CAF_CHECK_EQUAL(receive(mechanisms), words{"fail tls"});
}

CAF_TEST(a server that refuses STARTTLS is left) {
  reach("awaiting-proceed");
  CAF_CHECK_EQUAL(receive(tls_failure), words{"fail tls"});
}

CAF_TEST(a server that demands TLS where none is configured is left) {
  begin(false);
  perform(upstream_connected{false});
  header();
  CAF_CHECK_EQUAL(receive(starttls_required), words{"fail tls"});
}

CAF_TEST(what comes in the clear behind proceed is refused) {
  reach("securing");
  CAF_CHECK_EQUAL(receive(mechanisms), words{"fail tls"});
  reach("securing");
  CAF_CHECK_EQUAL(header(), words{"fail tls"});
  reach("securing");
  CAF_CHECK_EQUAL(perform(upstream_close_received{}), words{"fail tls"});
}

CAF_TEST(TLS that nobody began is no event) {
  for (auto& name : all_states) {
    if (name == "securing")
      continue;
    reach(name);
    auto was_secure = machine->is_secure();
    CAF_CHECK_EQUAL(perform(upstream_secured{}), words{});
    CAF_CHECK_EQUAL(machine->is_secure(), was_secure);
    CAF_CHECK_EQUAL(state(), name);
  }
}

// -- servers that do not speak XMPP -------------------------------------------

CAF_TEST(versions of major number one and none at all are accepted) {
  for (auto version : {"1.0", "1", "1.1", ""}) {
    reach("opening");
    CAF_CHECK_EQUAL(header(version), words{});
    CAF_CHECK_EQUAL(state(), "awaiting-features");
  }
  for (auto version : {"0.9", "2.0", "10", "x"}) {
    reach("opening");
    CAF_CHECK_EQUAL(header(version), words{"fail bad-stream"});
  }
}

CAF_TEST(another element in the place of features is a bad stream) {
  for (auto xml : {message, success, proceed, "<features xmlns='urn:x'/>"}) {
    reach("awaiting-features");
    CAF_CHECK_EQUAL(receive(xml), words{"fail bad-stream"});
  }
}

CAF_TEST(another element in the place of proceed is a bad stream) {
  for (auto& xml : {std::string{message}, mechanisms}) {
    reach("awaiting-proceed");
    CAF_CHECK_EQUAL(receive(xml), words{"fail bad-stream"});
  }
}

CAF_TEST(a header or an element out of turn is a bad stream) {
  for (auto name :
    {"connecting", "awaiting-features", "awaiting-proceed", "open"}) {
    reach(name);
    CAF_CHECK_EQUAL(header(), words{"fail bad-stream"});
  }
  for (auto name : {"connecting", "opening"}) {
    reach(name);
    CAF_CHECK_EQUAL(receive(mechanisms), words{"fail bad-stream"});
  }
}

CAF_TEST(features that nobody asked for do not reach the client) {
  reach("open");
  CAF_CHECK_EQUAL(receive(mechanisms), words{});
  CAF_CHECK(machine->is_open());
}

// -- the end ------------------------------------------------------------------

CAF_TEST(a stream error ends the link with the error) {
  for (auto name : {"awaiting-features", "awaiting-proceed", "open"}) {
    reach(name);
    CAF_CHECK_EQUAL(receive(host_unknown), words{"fail stream-error"});
    CAF_REQUIRE(failure().element);
    CAF_CHECK_EQUAL(failure().element->bytes, host_unknown);
    CAF_CHECK_EQUAL(failure().detail, "host-unknown");
    CAF_CHECK_EQUAL(failure().see_other_host, "");
  }
  reach("open");
  CAF_CHECK_EQUAL(receive(error("")), words{"fail stream-error"});
}

CAF_TEST(G60 a redirection before authentication names where to) {
  for (auto name : {"awaiting-features", "awaiting-proceed", "open"}) {
    reach(name);
    CAF_CHECK_EQUAL(receive(see_other_host), words{"fail redirected"});
    CAF_CHECK_EQUAL(failure().see_other_host, "[::1]:5222");
  }
}

CAF_TEST(G60 a redirection after authentication is a lost link) {
  reach("open");
  receive(success);
  CAF_CHECK_EQUAL(receive(see_other_host), words{"fail unreachable"});
  reach("open");
  perform(upstream_restart{});
  header();
  CAF_CHECK_EQUAL(receive(see_other_host), words{"fail unreachable"});
}

CAF_TEST(a close of the server ends the link in every state) {
  for (auto& name : all_states) {
    if (name == "securing")
      continue;
    reach(name);
    CAF_CHECK_EQUAL(perform(upstream_close_received{}),
      name == "failed" ? words{} : words{"fail closed"});
    CAF_CHECK_EQUAL(state(), "failed");
  }
}

CAF_TEST(after the end nothing happens) {
  reach("failed");
  CAF_CHECK_EQUAL(receive(message), words{});
  CAF_CHECK_EQUAL(header(), words{});
  CAF_CHECK_EQUAL(perform(upstream_connected{true}), words{});
  CAF_CHECK_EQUAL(perform(upstream_restart{}), words{});
}

CAF_TEST(a restart that is not due is no event) {
  for (auto& name : all_states) {
    if (name == "open")
      continue;
    reach(name);
    CAF_CHECK_EQUAL(perform(upstream_restart{}), words{});
    CAF_CHECK_EQUAL(state(), name);
  }
}

CAF_TEST(every cause has a name) {
  for (auto x : {upstream_failure::unreachable, upstream_failure::tls,
         upstream_failure::bad_stream, upstream_failure::stream_error,
         upstream_failure::closed, upstream_failure::redirected})
    CAF_CHECK(!to_string(x).empty());
}

CAF_TEST(what passes is what would only be passed on) {
  auto passes = [this](std::string_view xml) {
    auto x = parse_message(std::string{xml});
    CAF_REQUIRE(x.has_value());
    return machine->passes(*x);
  };
  begin(false);
  CAF_CHECK(!passes(message));
  perform(upstream_connected{false});
  header();
  CAF_CHECK(!passes(message));
  receive(mechanisms);
  CAF_REQUIRE(machine->is_open());
  CAF_CHECK(passes(message));
  CAF_CHECK_EQUAL(receive(message), words{"pass message"});
  for (auto& x : {std::string{success}, host_unknown, mechanisms})
    CAF_CHECK(!passes(x));
  receive(host_unknown);
  CAF_CHECK(!passes(message));
}

CAF_TEST_FIXTURE_SCOPE_END()
