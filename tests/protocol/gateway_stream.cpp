#define CAF_SUITE gateway_stream

#include "protocol/gateway_stream.hpp"

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

std::string opening(std::string_view attributes) {
  return "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
         + std::string{attributes} + "/>";
}

std::string sasl(std::string_view name, std::string_view content = {}) {
  return "<" + std::string{name} + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
         + std::string{content} + "</" + std::string{name} + ">";
}

std::string auth(std::string_view mechanism) {
  return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='"
         + std::string{mechanism} + "'>AGEAYg==</auth>";
}

std::string sm(std::string_view body) {
  return "<" + std::string{body} + " xmlns='urn:xmpp:sm:3'/>";
}

std::string stream_error_of(std::string_view condition) {
  return "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><"
         + std::string{condition}
         + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
}

const auto client_open = opening("to='up.example' version='1.0'");
const auto client_close = opening("").replace(1, 4, "close");
constexpr auto message = "<message xmlns='jabber:client' to='a@b'/>";
constexpr auto client_bind =
  "<iq xmlns='jabber:client' type='set' id='b1'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
constexpr auto bind_result =
  "<iq xmlns='jabber:client' type='result' id='b1'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>a@up.example/r</jid>"
  "</bind></iq>";
constexpr auto bind_error =
  "<iq xmlns='jabber:client' type='error' id='b1'><error type='cancel'>"
  "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
constexpr auto csi = "<inactive xmlns='urn:xmpp:csi:0'/>";
constexpr auto starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr auto compress =
  "<compress xmlns='http://jabber.org/protocol/compress'/>";

constexpr auto features_before =
  "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
  "<mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-1</mechanism>"
  "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";
constexpr auto features_after =
  "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
  "<sm xmlns='urn:xmpp:sm:2'/><csi xmlns='urn:xmpp:csi:0'/></stream:features>";

element tree_of(std::string_view xml) {
  auto x = parse_tree(xml);
  CAF_REQUIRE(x.has_value());
  return *x;
}

element_ptr element_of(std::string_view xml) {
  auto x = parse_message(std::string{xml});
  CAF_REQUIRE(x.has_value());
  return std::make_shared<const stream_element>(std::move(*x));
}

/// Local names of the element and of its first child.
std::string shorten(const std::string& xml) {
  auto x = tree_of(xml);
  return x.children.empty() || x.name == "features"
           ? x.name
           : x.name + ' ' + x.children.front().name;
}

/// One stream between a client and a server; a word per action.
struct fixture {
  fixture() { begin(); }

  void begin(gateway_settings settings = {}, stream_wish wish = {},
    bool allow_plain = true) {
    settings.domain = "up.example";
    wish.to = "up.example";
    machine.emplace(std::move(settings), std::move(wish), "own1", allow_plain);
    perform(machine->start());
  }

  words client(std::string_view xml) {
    auto checked = parse_message(std::string{xml});
    if (!checked)
      return handle(xml_refused{checked.error(), "random"});
    auto shared = std::make_shared<const stream_element>(*checked);
    auto tree = tree_of(xml);
    return handle(client_element{shared, tree, "random"});
  }

  words server(std::string_view xml) {
    return handle(server_element{element_of(xml)});
  }

  words opened(std::string_view features, bool is_private = true,
    upstream_header header = {"up.example", "up1", "1.0", {}}) {
    return handle(
      upstream_opened{std::move(header), tree_of(features), is_private});
  }

  words lost(upstream_failure cause, std::string_view error = {}) {
    return handle(upstream_lost{
      cause, "10.0.0.5", error.empty() ? nullptr : element_of(error)});
  }

  words handle(const gateway_event& event) {
    return perform(machine->handle(event));
  }

  words perform(gateway_actions list) {
    actions = std::move(list);
    words out;
    for (auto& action : actions)
      out.push_back(std::visit(
        overload{
          [](const send_text& x) { return shorten(x.xml); },
          [](const open_upstream& x) { return "open " + x.wish.to; },
          [](const reopen_upstream& x) { return "reopen " + x.from; },
          [](const send_upstream& x) { return "up " + x.element->name; },
          [](const send_client& x) { return "down " + x.element->name; },
          [](const authenticated& x) { return "authenticated " + x.mechanism; },
          [](const authentication_failed& x) {
            return "failed " + std::string{to_string(x.condition)};
          },
          [](const gateway_bound& x) { return "bound " + x.full_jid; },
          [](const resume_session& x) { return "resume " + x.previd; },
          [](const resume_upstream& x) { return "up " + shorten(x.xml); },
          [](const resumption_failed& x) {
            return (x.by_upstream ? "refused there " : "refused ")
                   + x.condition;
          },
          [](const close_stream& x) { return "end " + std::to_string(x.code); },
          [](const cut_stream& x) { return "cut " + std::to_string(x.code); },
        },
        action));
    return out;
  }

  const std::string& sent(std::size_t n) const {
    CAF_REQUIRE(n < actions.size());
    CAF_REQUIRE(std::holds_alternative<send_text>(actions[n]));
    return std::get<send_text>(actions[n]).xml;
  }

  std::string sent_attribute(std::size_t n, std::string_view name) const {
    auto x = tree_of(sent(n));
    auto* value = x.find(name);
    return value ? *value : "(absent)";
  }

  std::string state() const { return std::string{machine->state_name()}; }

  void reach(std::string_view wanted) {
    begin();
    reach_further(wanted);
  }

  /// Walks the straight way until the state has that name.
  void reach_further(std::string_view wanted) {
    const std::pair<std::string_view, std::function<void()>> steps[] = {
      {"connecting", [] {}},
      {"unauthenticated", [this] { opened(features_before); }},
      {"authenticating", [this] { client(auth("SCRAM-SHA-1")); }},
      {"challenged", [this] { server(sasl("challenge")); }},
      {"awaiting-restart",
        [this] {
          client(sasl("response"));
          server(sasl("success"));
        }},
      {"reopening", [this] { client(client_open); }},
      {"unbound", [this] { opened(features_after); }},
      {"binding", [this] { client(client_bind); }},
      {"established", [this] { server(bind_result); }},
      {"closed", [this] { client(client_close); }},
    };
    for (auto& [name, step] : steps) {
      step();
      if (name == wanted)
        break;
    }
    CAF_REQUIRE_EQUAL(state(), std::string{wanted});
  }

  std::optional<gateway_stream> machine;
  gateway_actions actions;
};

const words all_states{"connecting", "unauthenticated", "authenticating",
  "challenged", "awaiting-restart", "reopening", "unbound", "binding",
  "established", "closed"};

/// What ends a stream with an error, after `<open/>` where one is due.
words refusal(
  std::string_view condition, bool opening = false, int code = 1000) {
  words out{
    "error " + std::string{condition}, "close", "end " + std::to_string(code)};
  if (opening)
    out.insert(out.begin(), "open");
  return out;
}

bool is_opening(std::string_view state) {
  return state == "connecting" || state == "reopening";
}

bool is_waiting(std::string_view state) {
  return is_opening(state) || state == "authenticating" || state == "binding";
}

bool is_authenticated(std::string_view state) {
  return state == "awaiting-restart" || state == "reopening"
         || state == "unbound" || state == "binding" || state == "established";
}

const words wrong_credentials{"down failure", "failed not-authorized"};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gateway_stream_tests, fixture)

// -- the straight way ---------------------------------------------------------

CAF_TEST(a client logs in upstream and binds) {
  CAF_CHECK_EQUAL(perform(machine->start()), words{"open up.example"});
  CAF_CHECK_EQUAL(opened(features_before), (words{"open", "features"}));
  CAF_CHECK_EQUAL(client(auth("SCRAM-SHA-1")), words{"up auth"});
  CAF_CHECK_EQUAL(server(sasl("challenge", "cj0x")), words{"down challenge"});
  CAF_CHECK_EQUAL(client(sasl("response", "Yz0x")), words{"up response"});
  CAF_CHECK_EQUAL(server(sasl("success", "dj0x")),
    (words{"down success", "authenticated SCRAM-SHA-1"}));
  CAF_CHECK_EQUAL(std::get<authenticated>(actions[1]).bare_jid, "");
  CAF_CHECK_EQUAL(client(client_open), words{"reopen "});
  CAF_CHECK_EQUAL(opened(features_after), (words{"open", "features"}));
  CAF_CHECK_EQUAL(client(client_bind), words{"up iq"});
  CAF_CHECK_EQUAL(
    server(bind_result), (words{"down iq", "bound a@up.example/r"}));
  CAF_CHECK(machine->is_established());
  CAF_CHECK_EQUAL(client(client_close), (words{"close", "end 1000"}));
  CAF_CHECK(machine->is_closed());
}

CAF_TEST(the straight way passes every state and waits for the server) {
  words passed;
  for (auto& name : all_states) {
    reach(name);
    passed.push_back(state());
    CAF_CHECK_EQUAL(machine->is_waiting(), is_waiting(name));
  }
  CAF_CHECK_EQUAL(passed, all_states);
}

CAF_TEST(G53 elements of SASL pass byte for byte) {
  reach("unauthenticated");
  client(auth("SCRAM-SHA-1"));
  CAF_CHECK_EQUAL(
    std::get<send_upstream>(actions[0]).element->bytes, auth("SCRAM-SHA-1"));
  server(sasl("challenge", "cj0x"));
  CAF_CHECK_EQUAL(std::get<send_client>(actions[0]).element->bytes,
    sasl("challenge", "cj0x"));
}

// -- RFC 7395 section 3.4: opening --------------------------------------------

CAF_TEST(G45 the header takes id and language of upstream) {
  begin({}, {{}, "a@up.example", "de"});
  opened(features_before, true, {"other", "up1", "1.0", "fr"});
  CAF_CHECK_EQUAL(sent(0),
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='up.example' "
    "to='a@up.example' id='up1' xml:lang='fr' version='1.0'/>");
  CAF_CHECK_EQUAL(machine->lang(), "de");
  CAF_CHECK_EQUAL(machine->domain(), "up.example");
}

CAF_TEST(a header without id and language gets our own) {
  begin();
  opened(features_before, true, {});
  CAF_CHECK_EQUAL(sent(0),
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='up.example' "
    "id='own1' xml:lang='en' version='1.0'/>");
  begin({}, {{}, {}, "de"});
  opened(features_before, true, {});
  CAF_CHECK_EQUAL(sent_attribute(0, "xml:lang"), "de");
}

CAF_TEST(features are those of upstream as far as they reach) {
  gateway_settings settings;
  settings.limits_before_auth = {8192, 0};
  settings.limits = {65536, 60};
  begin(settings);
  opened(features_before);
  auto before = tree_of(sent(1));
  CAF_CHECK(!before.child("starttls"));
  CAF_CHECK_EQUAL(before.child("mechanisms")->children.size(), 2u);
  CAF_CHECK_EQUAL(before.child("limits")->child("max-bytes")->text, "8192");
  client(auth("PLAIN"));
  server(sasl("success"));
  client(client_open);
  opened(features_after);
  auto after = tree_of(sent(1));
  CAF_CHECK(after.child("bind", ns::bind));
  CAF_CHECK(after.child("sm", ns::stream_management));
  CAF_CHECK_EQUAL(after.child("limits")->child("max-bytes")->text, "65536");
}

// -- RFC 6120 section 6: SASL -------------------------------------------------

CAF_TEST(a mechanism that is not offered is refused here) {
  for (auto name : {"SCRAM-SHA-1-PLUS", "EXTERNAL", "scram-sha-1", ""}) {
    reach("unauthenticated");
    CAF_CHECK_EQUAL(client(auth(name)),
      (words{"failure invalid-mechanism", "failed invalid-mechanism"}));
    CAF_CHECK_EQUAL(state(), "unauthenticated");
  }
  reach("challenged");
  CAF_CHECK_EQUAL(client(auth("X")),
    (words{"failure invalid-mechanism", "failed invalid-mechanism"}));
}

CAF_TEST(G54 PLAIN passes only if both legs are private) {
  const words refused{
    "failure encryption-required", "failed encryption-required"};
  begin({}, {}, false);
  opened(features_before, true);
  CAF_CHECK_EQUAL(client(auth("PLAIN")), refused);
  begin({}, {}, true);
  opened(features_before, false);
  CAF_CHECK_EQUAL(client(auth("PLAIN")), refused);
  CAF_CHECK_EQUAL(client(auth("SCRAM-SHA-1")), words{"up auth"});
  begin({}, {}, true);
  opened(features_before, true);
  CAF_CHECK_EQUAL(client(auth("PLAIN")), words{"up auth"});
}

CAF_TEST(a login without challenge is done at once) {
  reach("unauthenticated");
  client(auth("PLAIN"));
  CAF_CHECK_EQUAL(
    server(sasl("success")), (words{"down success", "authenticated PLAIN"}));
}

CAF_TEST(a failure of upstream is passed on and may be mended) {
  reach("unauthenticated");
  for (auto i = 0; i < 2; ++i) {
    client(auth("PLAIN"));
    CAF_CHECK_EQUAL(
      server(sasl("failure", "<not-authorized/>")), wrong_credentials);
  }
  client(auth("PLAIN"));
  CAF_CHECK_EQUAL(
    server(sasl("success")), (words{"down success", "authenticated PLAIN"}));
}

CAF_TEST(failures here and upstream count together up to the limit) {
  reach("unauthenticated");
  client(auth("X"));
  client(auth("PLAIN"));
  server(sasl("failure", "<not-authorized/>"));
  client(auth("PLAIN"));
  CAF_CHECK_EQUAL(server(sasl("failure", "<not-authorized/>")),
    (words{"down failure", "failed not-authorized", "error policy-violation",
      "close", "end 1000"}));
  reach("unauthenticated");
  client(auth("X"));
  client(auth("X"));
  CAF_CHECK_EQUAL(client(auth("X")),
    (words{"failure invalid-mechanism", "failed invalid-mechanism",
      "error policy-violation", "close", "end 1000"}));
}

CAF_TEST(conditions of failures are told apart) {
  for (std::size_t i = 0; i < sasl_error_count; ++i) {
    reach("authenticating");
    std::string name{to_string(static_cast<sasl_error>(i))};
    CAF_CHECK_EQUAL(server(sasl("failure", "<" + name + "/>")),
      (words{"down failure", "failed " + name}));
  }
  for (auto content : {"", "<bad-protocol/>"}) {
    reach("authenticating");
    CAF_CHECK_EQUAL(server(sasl("failure", content)), wrong_credentials);
  }
}

CAF_TEST(an abort passes while a negotiation runs) {
  reach("challenged");
  CAF_CHECK_EQUAL(client(sasl("abort")), words{"up abort"});
  CAF_CHECK_EQUAL(server(sasl("failure", "<aborted/>")),
    (words{"down failure", "failed aborted"}));
  for (int i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(client(sasl("abort")), words{"failure aborted"});
}

CAF_TEST(another auth replaces a negotiation that has begun) {
  reach("challenged");
  CAF_CHECK_EQUAL(client(auth("PLAIN")), words{"up auth"});
  CAF_CHECK_EQUAL(
    server(sasl("success")), (words{"down success", "authenticated PLAIN"}));
}

CAF_TEST(elements of SASL out of turn are malformed) {
  const words expected{"failure malformed-request", "failed malformed-request"};
  reach("unauthenticated");
  CAF_CHECK_EQUAL(client(sasl("response")), expected);
  reach("challenged");
  CAF_CHECK_EQUAL(client(sasl("success")), expected);
}

CAF_TEST(a server may end a negotiation while the client thinks) {
  reach("challenged");
  CAF_CHECK_EQUAL(
    server(sasl("failure", "<not-authorized/>")), wrong_credentials);
  CAF_CHECK_EQUAL(state(), "unauthenticated");
}

CAF_TEST(what a server says unasked before bind changes nothing) {
  for (auto name : {"connecting", "unauthenticated", "challenged",
         "awaiting-restart", "reopening"})
    for (auto& xml : {sasl("success"), std::string{message}}) {
      reach(name);
      CAF_CHECK_EQUAL(server(xml), words{});
      CAF_CHECK_EQUAL(state(), name);
    }
  reach("authenticating");
  CAF_CHECK_EQUAL(server(message), words{});
  CAF_CHECK_EQUAL(server(sasl("success")),
    (words{"down success", "authenticated SCRAM-SHA-1"}));
}

// -- RFC 7395 section 3.7: restart --------------------------------------------

CAF_TEST(a restart takes over sender and language) {
  reach("awaiting-restart");
  CAF_CHECK_EQUAL(client(opening("from='a@up.example' xml:lang='de'")),
    words{"reopen a@up.example"});
  CAF_CHECK_EQUAL(std::get<reopen_upstream>(actions[0]).lang, "de");
  CAF_CHECK_EQUAL(machine->lang(), "de");
  opened(features_after, true, {"up.example", "up2", "1.0", {}});
  CAF_CHECK_EQUAL(sent_attribute(0, "id"), "up2");
  CAF_CHECK_EQUAL(sent_attribute(0, "to"), "a@up.example");
}

CAF_TEST(G45 a restart may not change the domain) {
  reach("awaiting-restart");
  CAF_CHECK_EQUAL(
    client(opening("to='other.example'")), refusal("host-unknown", true));
  reach("awaiting-restart");
  CAF_CHECK_EQUAL(client(opening("to='a b'")), refusal("host-unknown", true));
  reach("awaiting-restart");
  CAF_CHECK_EQUAL(client(opening("to='UP.example'")), words{"reopen "});
}

CAF_TEST(another element in the place of the restart is refused) {
  const std::pair<std::string, std::string_view> cases[] = {
    {message, "not-authorized"},
    {"<x xmlns='urn:x'/>", "invalid-namespace"},
    {opening("version='2.0'"), "unsupported-version"},
    {opening("").replace(1, 4, "opened"), "unsupported-stanza-type"},
    {"<a><b></a>", "not-well-formed"},
  };
  for (auto& [xml, condition] : cases) {
    reach("awaiting-restart");
    CAF_CHECK_EQUAL(client(xml), refusal(condition, true));
  }
}

// -- RFC 6120 section 7: bind -------------------------------------------------

CAF_TEST(a bind that is refused may be tried again) {
  reach("binding");
  CAF_CHECK_EQUAL(server(bind_error), words{"down iq"});
  CAF_CHECK_EQUAL(state(), "unbound");
  CAF_CHECK_EQUAL(client(client_bind), words{"up iq"});
}

CAF_TEST(what else comes while binding is passed on) {
  reach("binding");
  CAF_CHECK_EQUAL(server(message), words{"down message"});
  CAF_CHECK_EQUAL(server("<iq xmlns='jabber:client' type='result' id='b2'/>"),
    words{"down iq"});
  CAF_CHECK_EQUAL(
    server("<iq xmlns='jabber:client' type='get' id='b1'/>"), words{"down iq"});
  CAF_CHECK_EQUAL(state(), "binding");
  reach("unbound");
  CAF_CHECK_EQUAL(server(message), words{"down message"});
}

CAF_TEST(a result without address cannot be used) {
  reach("binding");
  CAF_CHECK_EQUAL(server("<iq xmlns='jabber:client' type='result' id='b1'/>"),
    refusal("internal-server-error"));
}

// -- what may come at any moment ----------------------------------------------

CAF_TEST(a close ends a stream in every state) {
  for (auto& xml : {client_close, stream_error_of("reset")})
    for (auto& name : all_states) {
      reach(name);
      auto expected = name == "closed" ? words{} : words{"close", "end 1000"};
      CAF_CHECK_EQUAL(client(xml), expected);
      CAF_CHECK(machine->is_closed());
    }
}

CAF_TEST(bad XML ends a stream in every state) {
  for (auto& name : all_states) {
    reach(name);
    auto expected = refusal(
      "not-well-formed", is_opening(name) || name == "awaiting-restart");
    if (name == "closed")
      expected.clear();
    CAF_CHECK_EQUAL(client("<a><b></a>"), expected);
  }
}

CAF_TEST(an end on our side is told in every state) {
  for (auto& name : all_states) {
    reach(name);
    auto expected = refusal("conflict", is_opening(name));
    if (name == "closed")
      expected.clear();
    CAF_CHECK_EQUAL(
      handle(stream_broken{stream_error::conflict, {}, {}}), expected);
  }
}

CAF_TEST(an open that is not due is ignored) {
  for (auto& name : all_states) {
    if (name == "awaiting-restart")
      continue;
    reach(name);
    CAF_CHECK_EQUAL(client(client_open), words{});
    CAF_CHECK_EQUAL(state(), name);
  }
}

CAF_TEST(G44 the client does not interrupt what is waited for) {
  for (auto name : {"connecting", "authenticating", "reopening", "binding"})
    for (auto& xml : {auth("PLAIN"), std::string{message}}) {
      reach(name);
      CAF_CHECK_EQUAL(
        client(xml), refusal("policy-violation", is_opening(name)));
    }
}

CAF_TEST(a stanza before bind is not authorized) {
  for (auto name : {"unauthenticated", "challenged", "unbound"}) {
    reach(name);
    CAF_CHECK_EQUAL(client(message), refusal("not-authorized"));
  }
  reach("unauthenticated");
  CAF_CHECK_EQUAL(client(client_bind), refusal("not-authorized"));
}

CAF_TEST(W33 starttls and compression fail as everywhere) {
  for (auto name :
    {"unauthenticated", "challenged", "unbound", "established"}) {
    reach(name);
    CAF_CHECK_EQUAL(client(compress), words{"failure setup-failed"});
    CAF_CHECK_EQUAL(client(starttls), (words{"failure", "close", "end 1000"}));
  }
}

CAF_TEST(an unknown element is no supported stanza type) {
  for (auto name :
    {"unauthenticated", "challenged", "unbound", "established"}) {
    reach(name);
    CAF_CHECK_EQUAL(
      client("<what xmlns='urn:ever'/>"), refusal("unsupported-stanza-type"));
    reach(name);
    CAF_CHECK_EQUAL(client("<message/>"), refusal("invalid-namespace"));
  }
}

CAF_TEST(Stream Management before bind fails and the stream goes on) {
  for (auto name : {"unauthenticated", "challenged", "unbound"}) {
    reach(name);
    CAF_CHECK_EQUAL(client(sm("enable")), words{"failed unexpected-request"});
    CAF_CHECK_EQUAL(client(sm("r")), words{});
    CAF_CHECK_EQUAL(client(sm("resume previd='x' h='0'")),
      (state() == "unbound" ? words{"refused feature-not-implemented",
         "failed feature-not-implemented"}
                            : words{"failed unexpected-request"}));
    CAF_CHECK_EQUAL(state(), name);
  }
}

CAF_TEST(client states pass where upstream knows them) {
  reach("established");
  CAF_CHECK_EQUAL(client(csi), words{"up inactive"});
  CAF_CHECK_EQUAL(
    client("<active xmlns='urn:xmpp:csi:0'/>"), words{"up active"});
  reach("reopening");
  opened("<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>");
  client(client_bind);
  server(bind_result);
  CAF_CHECK_EQUAL(client(csi), words{});
  CAF_CHECK(machine->is_established());
  reach("unbound");
  CAF_CHECK_EQUAL(client(csi), refusal("unsupported-stanza-type"));
}

CAF_TEST(Stream Management of upstream does not reach the client) {
  for (auto name : {"unbound", "binding", "established"}) {
    reach(name);
    CAF_CHECK_EQUAL(server(sm("r")), words{});
    CAF_CHECK_EQUAL(server("<a xmlns='urn:xmpp:sm:2' h='1'/>"), words{});
    CAF_CHECK_EQUAL(server("<x xmlns='urn:ever'/>"), words{"down x"});
  }
}

CAF_TEST(G60 what belongs to the leg of upstream stays there) {
  for (auto name : {"unbound", "binding", "established"}) {
    reach(name);
    for (auto xml : {"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
                     "see-other-uri='wss://elsewhere.example/'/>",
           "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
           "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
           "<compressed xmlns='http://jabber.org/protocol/compress'/>"})
      CAF_CHECK_EQUAL(server(xml), words{});
  }
}

// -- the link is lost ---------------------------------------------------------

const upstream_failure all_causes[] = {upstream_failure::unreachable,
  upstream_failure::tls, upstream_failure::bad_stream,
  upstream_failure::stream_error, upstream_failure::closed,
  upstream_failure::redirected};

CAF_TEST(G46 a server that cannot be reached is a failed connection) {
  for (auto cause : all_causes) {
    reach("connecting");
    CAF_CHECK_EQUAL(
      lost(cause, {}), refusal("remote-connection-failed", true, 1013));
    // A user is told what is wrong, not where.
    CAF_CHECK(sent(1).find("<text") != std::string::npos);
    CAF_CHECK(sent(1).find("10.0.0.5") == std::string::npos);
    CAF_CHECK(machine->is_closed());
  }
}

CAF_TEST(G26 a stream error of upstream is the end of the stream) {
  auto error = stream_error_of("conflict");
  for (auto& name : all_states) {
    if (name == "closed")
      continue;
    reach(name);
    auto opens = name == "connecting" || name == "reopening";
    CAF_CHECK_EQUAL(
      lost(upstream_failure::stream_error, error), refusal("conflict", opens));
    CAF_CHECK_EQUAL(sent(opens ? 1 : 0), error);
  }
}

CAF_TEST(a close of upstream is a close) {
  for (auto& name : all_states) {
    if (name == "connecting" || name == "closed")
      continue;
    for (auto cause :
      {upstream_failure::closed, upstream_failure::stream_error}) {
      reach(name);
      CAF_CHECK_EQUAL(lost(cause), (words{"close", "end 1000"}));
    }
  }
}

CAF_TEST(G25 a link that breaks later cuts the WebSocket) {
  for (auto& name : all_states)
    for (auto cause : {upstream_failure::unreachable, upstream_failure::tls,
           upstream_failure::bad_stream, upstream_failure::redirected}) {
      if (name == "connecting" || name == "closed")
        continue;
      reach(name);
      auto expected = is_authenticated(name)
                        ? words{"cut 1012"}
                        : refusal("remote-connection-failed", false, 1013);
      CAF_CHECK_EQUAL(lost(cause), expected);
      CAF_CHECK(machine->is_closed());
    }
}

CAF_TEST(after the end nothing happens) {
  reach("closed");
  CAF_CHECK_EQUAL(opened(features_before), words{});
  CAF_CHECK_EQUAL(server(message), words{});
  CAF_CHECK_EQUAL(lost(upstream_failure::closed), words{});
}

CAF_TEST(an open stream that nobody asked for changes nothing) {
  for (auto& name : all_states) {
    if (is_opening(name))
      continue;
    reach(name);
    CAF_CHECK_EQUAL(opened(features_after), words{});
    CAF_CHECK_EQUAL(state(), name);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
