#define CAF_SUITE stream

#include "protocol/stream.hpp"

#include "protocol/base64.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace causeway::protocol;

namespace {

using namespace std::literals;
using words = std::vector<std::string>;

constexpr auto client_open =
  "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
  "to='example.org' version='1.0'/>";
constexpr auto client_close =
  "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";
constexpr auto message = "<message xmlns='jabber:client' to='a@b'/>";
constexpr auto client_bind =
  "<iq xmlns='jabber:client' type='set' id='b1'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
constexpr auto client_resume =
  "<resume xmlns='urn:xmpp:sm:3' previd='id' h='7'/>";
constexpr auto csi = "<inactive xmlns='urn:xmpp:csi:0'/>";
constexpr auto starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr auto compress =
  "<compress xmlns='http://jabber.org/protocol/compress'/>";
constexpr auto client_error =
  "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><reset "
  "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";

std::string opening(std::string_view attributes) {
  return "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
         + std::string{attributes} + "/>";
}

std::string sasl(std::string_view name, std::string_view text = {}) {
  return "<" + std::string{name} + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
         + std::string{text} + "</" + std::string{name} + ">";
}

std::string auth(std::string_view mechanism, std::string_view text) {
  return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='"
         + std::string{mechanism} + "'>" + std::string{text} + "</auth>";
}

std::string sm(std::string_view body) {
  return "<" + std::string{body} + " xmlns='urn:xmpp:sm:3'/>";
}

const auto plain = auth("PLAIN", to_base64("\0romeo\0secret"s));

/// One stream, driven with XML; `handle` returns a word per action.
struct fixture {
  fixture() { restart_with({}); }

  void restart_with(stream_settings x, bool allow_plain = true) {
    if (x.domains.empty())
      x.domains = {{"example.org", {"SCRAM-SHA-256", "PLAIN", "ANONYMOUS"}},
        {"b\u00fccher.example", {"PLAIN"}}, {"mute.example", {}}};
    if (x.default_domain.empty())
      x.default_domain = "example.org";
    machine.emplace(
      std::make_shared<const stream_settings>(std::move(x)), allow_plain);
  }

  words receive(std::string_view xml) {
    auto checked = parse_message(std::string{xml});
    auto random = "random" + std::to_string(++elements);
    if (!checked)
      return perform(xml_refused{checked.error(), random});
    auto tree = parse_tree(checked->bytes);
    CAF_REQUIRE(tree.has_value());
    return perform(element_received{*tree, checked->is_stanza(), random});
  }

  words perform(const stream_event& event) {
    actions = machine->handle(event);
    words out;
    for (auto& action : actions)
      out.push_back(std::visit(
        overload{
          [](const send_text& x) { return shorten(x.xml); },
          [](const find_credentials& x) { return "find " + x.username; },
          [](const check_password& x) { return "check " + x.username; },
          [](const authenticated& x) { return "authenticated " + x.bare_jid; },
          [](const authentication_failed&) { return "failed"s; },
          [](const bind_resource& x) {
            return "bind " + x.bare_jid + '/' + x.resource;
          },
          [](const resume_session& x) {
            return "resume " + x.bare_jid + ' ' + x.previd + ' '
                   + std::to_string(x.h);
          },
          [](const resumption_failed& x) { return "refused " + x.condition; },
          [](const establish&) { return "establish"s; },
          [](const relay_stream& x) { return "relay " + x.pattern; },
          [](const close_stream&) { return "end"s; },
        },
        action));
    return out;
  }

  /// Local names of the element and of its first child.
  static std::string shorten(const std::string& xml) {
    auto x = tree_of(xml);
    return x.children.empty() || x.name == "features"
             ? x.name
             : x.name + ' ' + x.children.front().name;
  }

  static element tree_of(const std::string& xml) {
    auto x = parse_tree(xml);
    CAF_REQUIRE(x.has_value());
    return *x;
  }

  /// The element that the last event sent as its n-th action.
  element sent(std::size_t n) const {
    CAF_REQUIRE(n < actions.size());
    CAF_REQUIRE(std::holds_alternative<send_text>(actions[n]));
    return tree_of(std::get<send_text>(actions[n]).xml);
  }

  std::string sent_attribute(std::size_t n, std::string_view name) const {
    auto x = sent(n);
    auto* value = x.find(name);
    return value ? *value : "(absent)";
  }

  std::string state() const { return std::string{machine->state_name()}; }

  void reach(std::string_view wanted) {
    restart_with({});
    reach_further(wanted);
  }

  /// The way to a session that is resumed.
  void reach_resume(std::string_view wanted) {
    stream_settings settings;
    settings.offer_resume = true;
    restart_with(settings);
    reach_further("unbound");
    if (wanted != "unbound")
      receive(client_resume);
    if (wanted == "handed-over")
      perform(resume_taken{});
    CAF_REQUIRE_EQUAL(state(), std::string{wanted});
  }

  /// Walks the straight way until the state has that name.
  void reach_further(std::string_view wanted) {
    const std::pair<std::string_view, std::function<void()>> steps[] = {
      {"awaiting-open", [] {}},
      {"unauthenticated", [this] { receive(client_open); }},
      {"authenticating", [this] { receive(auth("PLAIN", "")); }},
      {"checking",
        [this] { receive(sasl("response", to_base64("\0romeo\0s"s))); }},
      {"awaiting-restart", [this] { perform(password_checked{true}); }},
      {"unbound", [this] { receive(client_open); }},
      {"binding", [this] { receive(client_bind); }},
      {"established",
        [this] { perform(resource_bound{"romeo@example.org/r"}); }},
      {"closed", [this] { receive(client_close); }},
    };
    for (auto& [name, step] : steps) {
      step();
      if (name == wanted)
        break;
    }
    CAF_REQUIRE_EQUAL(state(), std::string{wanted});
  }

  std::optional<stream> machine;
  stream_actions actions;
  int elements = 0;
};

const words all_states{"awaiting-open", "unauthenticated", "authenticating",
  "checking", "awaiting-restart", "unbound", "binding", "established",
  "closed"};

/// What ends a stream with an error, after `<open/>` where none was sent yet.
words refusal(std::string_view condition, bool opening = false) {
  words out{"error " + std::string{condition}, "close", "end"};
  if (opening)
    out.insert(out.begin(), "open");
  return out;
}

bool is_opening(std::string_view state) {
  return state == "awaiting-open" || state == "awaiting-restart";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(stream_tests, fixture)

// -- the straight way ---------------------------------------------------------

CAF_TEST(A1 a client opens and authenticates and restarts and binds) {
  CAF_CHECK_EQUAL(receive(client_open), (words{"open", "features"}));
  CAF_CHECK(sent(1).child("mechanisms", ns::sasl));
  CAF_CHECK_EQUAL(receive(plain), words{"check romeo"});
  auto& check = std::get<check_password>(actions.front());
  CAF_CHECK_EQUAL(check.domain, "example.org");
  CAF_CHECK_EQUAL(check.password, "secret");
  CAF_CHECK_EQUAL(perform(password_checked{true}),
    (words{"success", "authenticated romeo@example.org"}));
  CAF_CHECK_EQUAL(std::get<authenticated>(actions[1]).mechanism, "PLAIN");
  CAF_CHECK_EQUAL(sent(0).text, "");
  CAF_CHECK_EQUAL(receive(client_open), (words{"open", "features"}));
  CAF_CHECK(sent(1).child("bind", ns::bind));
  CAF_CHECK(sent(1).child("sm", ns::stream_management));
  CAF_CHECK_EQUAL(receive(client_bind), words{"bind romeo@example.org/"});
  CAF_CHECK_EQUAL(perform(resource_bound{"romeo@example.org/r"}),
    (words{"iq bind", "establish"}));
  CAF_CHECK(machine->is_established());
  CAF_CHECK_EQUAL(receive(client_close), (words{"close", "end"}));
  CAF_CHECK(machine->is_closed());
}

CAF_TEST(the straight way passes every state) {
  words passed;
  for (auto& name : all_states) {
    reach(name);
    passed.push_back(state());
  }
  CAF_CHECK_EQUAL(passed, all_states);
  CAF_CHECK(machine->is_closed());
}

// -- RFC 7395 section 3.4: opening --------------------------------------------

CAF_TEST(F1 the header names domain and id and language and version) {
  receive(client_open);
  CAF_CHECK_EQUAL(std::get<send_text>(actions[0]).xml,
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='example.org' "
    "id='random1' xml:lang='en' version='1.0'/>");
  CAF_CHECK_EQUAL(machine->domain(), "example.org");
  CAF_CHECK_EQUAL(machine->lang(), "");
}

CAF_TEST(F2 the language of the client is taken over) {
  receive(opening("to='example.org' xml:lang='de'"));
  CAF_CHECK_EQUAL(sent_attribute(0, "xml:lang"), "de");
  CAF_CHECK_EQUAL(machine->lang(), "de");
}

CAF_TEST(the sender is echoed only where the client names it) {
  receive(client_open);
  CAF_CHECK_EQUAL(sent_attribute(0, "to"), "(absent)");
  restart_with({});
  receive(opening("to='example.org' from='romeo@example.org'"));
  CAF_CHECK_EQUAL(sent_attribute(0, "to"), "romeo@example.org");
}

CAF_TEST(F3 an unknown domain is host unknown if hosts are validated) {
  CAF_CHECK_EQUAL(receive(opening("to='x' from='romeo@x' version='1.0'")),
    refusal("host-unknown", true));
  CAF_CHECK_EQUAL(sent_attribute(0, "from"), "example.org");
  CAF_CHECK_EQUAL(sent_attribute(0, "to"), "romeo@x");
  for (auto to : {"a b", "romeo@example.org", "example.org/r", "-"}) {
    restart_with({});
    CAF_CHECK_EQUAL(
      receive(opening("to='"s + to + "'")), refusal("host-unknown", true));
  }
}

CAF_TEST(F3 an unknown domain is the default one if they are not ) {
  stream_settings settings;
  settings.validate_host = false;
  restart_with(settings);
  CAF_CHECK_EQUAL(receive(opening("to='x'")), (words{"open", "features"}));
  CAF_CHECK_EQUAL(sent_attribute(0, "from"), "example.org");
}

CAF_TEST(a client that names no domain gets the default one) {
  CAF_CHECK_EQUAL(receive(opening("")), (words{"open", "features"}));
  CAF_CHECK_EQUAL(machine->domain(), "example.org");
}

CAF_TEST(a domain is compared in its normal form) {
  for (auto to : {"EXAMPLE.org", "example.org."}) {
    restart_with({});
    receive(opening("to='"s + to + "'"));
    CAF_CHECK_EQUAL(machine->domain(), "example.org");
  }
  restart_with({});
  receive(opening("to='xn--bcher-kva.example'"));
  CAF_CHECK_EQUAL(machine->domain(), "b\u00fccher.example");
}

CAF_TEST(W08 a header in another namespace is an invalid namespace) {
  for (auto xml : {"<open xmlns='bad' to='example.org'/>", "<open/>",
         "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>"}) {
    restart_with({});
    CAF_CHECK_EQUAL(receive(xml), refusal("invalid-namespace", true));
  }
}

CAF_TEST(F4 another element of framing is no supported stanza type) {
  CAF_CHECK_EQUAL(
    receive("<opened xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"),
    refusal("unsupported-stanza-type", true));
}

CAF_TEST(F6 a close at first is answered by a close alone) {
  CAF_CHECK_EQUAL(receive(client_close), (words{"close", "end"}));
}

CAF_TEST(versions of major number one are supported) {
  for (auto version : {"1.0", "1.1", "1", "01.0", "1.10"}) {
    restart_with({});
    CAF_CHECK_EQUAL(receive(opening("version='"s + version + "'")),
      (words{"open", "features"}));
    CAF_CHECK_EQUAL(sent_attribute(0, "version"), "1.0");
  }
  for (auto version :
    {"", "0.9", "2.0", "11.0", "10", "1.", ".1", "1.0.0", "x", "-1.0"}) {
    restart_with({});
    CAF_CHECK_EQUAL(receive(opening("version='"s + version + "'")),
      refusal("unsupported-version", true));
  }
}

// -- domains of upstream servers ----------------------------------------------

CAF_TEST(the first open of a gateway domain is handed on unanswered) {
  stream_settings settings;
  settings.upstream = {"up.example"};
  restart_with(settings);
  CAF_CHECK_EQUAL(receive(opening("to='UP.example' from='a@up.example' "
                                  "xml:lang='de' version='1.0'")),
    words{"relay up.example"});
  auto& relay = std::get<relay_stream>(actions.front());
  CAF_CHECK_EQUAL(relay.wish.to, "up.example");
  CAF_CHECK_EQUAL(relay.wish.from, "a@up.example");
  CAF_CHECK_EQUAL(relay.wish.lang, "de");
  CAF_CHECK_EQUAL(relay.id, "random1");
  CAF_CHECK_EQUAL(machine->domain(), "up.example");
  CAF_CHECK_EQUAL(machine->lang(), "de");
}

CAF_TEST(a stream that is handed on takes nothing more) {
  stream_settings settings;
  settings.upstream = {"up.example"};
  restart_with(settings);
  receive(opening("to='up.example'"));
  CAF_CHECK_EQUAL(state(), "relayed");
  CAF_CHECK(!machine->is_closed());
  CAF_CHECK(!machine->is_established());
  for (auto xml : {client_open, client_close, message, "<a><b></a>"})
    CAF_CHECK(receive(xml).empty());
  CAF_CHECK(perform(stream_broken{stream_error::reset, {}, {}}).empty());
  CAF_CHECK_EQUAL(state(), "relayed");
}

CAF_TEST(the name that fits best decides who serves a domain) {
  stream_settings settings;
  settings.domains = {{"local.a.example", {"PLAIN"}}};
  settings.default_domain = "local.a.example";
  settings.upstream = {
    "b.a.example", "*.a.example", "*.c.a.example", "*.example"};
  const std::pair<std::string_view, words> cases[] = {
    {"local.a.example", {"open", "features"}},
    {"b.a.example", {"relay b.a.example"}},
    {"x.b.a.example", {"relay *.a.example"}},
    {"x.c.a.example", {"relay *.c.a.example"}},
    {"c.a.example", {"relay *.a.example"}},
    {"a.example", {"relay *.example"}},
    {"example", refusal("host-unknown", true)},
    {"xa.b", refusal("host-unknown", true)},
  };
  for (auto& [to, expected] : cases) {
    restart_with(settings);
    CAF_CHECK_EQUAL(receive(opening("to='" + std::string{to} + "'")), expected);
  }
  settings.upstream.insert("*");
  restart_with(settings);
  CAF_CHECK_EQUAL(receive(opening("to='xa.b'")), words{"relay *"});
  restart_with(settings);
  CAF_CHECK_EQUAL(
    receive(opening("to='not a domain'")), refusal("host-unknown", true));
}

CAF_TEST(the default domain may be one of upstream) {
  stream_settings settings;
  settings.upstream = {"up.example"};
  settings.default_domain = "up.example";
  restart_with(settings);
  CAF_CHECK_EQUAL(receive(opening("")), words{"relay up.example"});
  CAF_CHECK_EQUAL(std::get<relay_stream>(actions[0]).wish.to, "up.example");
  settings.validate_host = false;
  restart_with(settings);
  CAF_CHECK_EQUAL(receive(opening("to='x'")), words{"relay up.example"});
  settings.default_domain = "gone.example";
  restart_with(settings);
  CAF_CHECK_EQUAL(receive(opening("")), refusal("host-unknown", true));
}

CAF_TEST(a wrong header of a gateway domain is refused here) {
  stream_settings settings;
  settings.upstream = {"*"};
  restart_with(settings);
  CAF_CHECK_EQUAL(receive(opening("to='up.example' version='2.0'")),
    refusal("unsupported-version", true));
  restart_with(settings);
  CAF_CHECK_EQUAL(receive("<open xmlns='bad' to='up.example'/>"),
    refusal("invalid-namespace", true));
}

CAF_TEST(a restart may not change over to an upstream server) {
  stream_settings settings;
  settings.upstream = {"*"};
  restart_with(settings);
  reach_further("awaiting-restart");
  CAF_CHECK_EQUAL(
    receive(opening("to='up.example'")), refusal("host-unknown", true));
}

CAF_TEST(limits are told as they hold before and after authentication) {
  stream_settings settings;
  settings.limits_before_auth = {8192, 0};
  settings.limits = {65536, 0};
  restart_with(settings);
  receive(client_open);
  auto before = sent(1);
  CAF_CHECK_EQUAL(before.child("limits")->child("max-bytes")->text, "8192");
  receive(plain);
  perform(password_checked{true});
  receive(client_open);
  auto after = sent(1);
  CAF_CHECK_EQUAL(after.child("limits")->child("max-bytes")->text, "65536");
}

CAF_TEST(S7 inactive Stream Management is not offered) {
  stream_settings settings;
  settings.offer_sm = false;
  restart_with(settings);
  reach_further("awaiting-restart");
  receive(client_open);
  CAF_CHECK(!sent(1).child("sm"));
}

// -- RFC 6120 section 6: SASL -------------------------------------------------

CAF_TEST(A2 three bad passwords are three failures and then the end) {
  receive(client_open);
  for (auto i = 0; i < 2; ++i) {
    receive(plain);
    CAF_CHECK_EQUAL(perform(password_checked{false}),
      (words{"failure not-authorized", "failed"}));
  }
  receive(plain);
  CAF_CHECK_EQUAL(perform(password_checked{false}),
    (words{"failure not-authorized", "failed", "error policy-violation",
      "close", "end"}));
}

CAF_TEST(failures of all kinds count) {
  receive(client_open);
  receive(sasl("response"));
  receive(auth("X", ""));
  CAF_CHECK_EQUAL(
    receive(auth("PLAIN", "!")), (words{"failure incorrect-encoding", "failed",
                                   "error policy-violation", "close", "end"}));
}

CAF_TEST(A3 a mechanism that is not offered is invalid) {
  for (auto name : {"SCRAM-SHA-1", "DIGEST-MD5", "plain", ""}) {
    reach("unauthenticated");
    CAF_CHECK_EQUAL(receive(auth(name, "AAAA")),
      (words{"failure invalid-mechanism", "failed"}));
  }
  reach("unauthenticated");
  CAF_CHECK_EQUAL(
    receive(sasl("auth")), (words{"failure invalid-mechanism", "failed"}));
}

CAF_TEST(A4 what is not base64 is an incorrect encoding) {
  reach("unauthenticated");
  CAF_CHECK_EQUAL(receive(auth("PLAIN", "?")),
    (words{"failure incorrect-encoding", "failed"}));
  reach("authenticating");
  CAF_CHECK_EQUAL(receive(sasl("response", "AA A")),
    (words{"failure incorrect-encoding", "failed"}));
  CAF_CHECK_EQUAL(state(), "unauthenticated");
}

CAF_TEST(A5 an abort is answered as aborted) {
  reach("authenticating");
  CAF_CHECK_EQUAL(receive(sasl("abort")), (words{"failure aborted", "failed"}));
  CAF_CHECK_EQUAL(state(), "unauthenticated");
}

CAF_TEST(an abort of nothing is no failed attempt) {
  reach("unauthenticated");
  for (int i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(receive(sasl("abort")), words{"failure aborted"});
}

CAF_TEST(PLAIN is withheld where anybody could read it) {
  restart_with({}, false);
  receive(client_open);
  auto features = sent(1);
  for (auto& x : features.child("mechanisms")->children)
    CAF_CHECK(x.text != "PLAIN");
  CAF_CHECK_EQUAL(
    receive(plain), (words{"failure encryption-required", "failed"}));
}

CAF_TEST(mechanisms are those of the domain) {
  receive(opening("to='b\u00fccher.example'"));
  CAF_REQUIRE_EQUAL(sent(1).child("mechanisms")->children.size(), 1u);
  restart_with({});
  receive(opening("to='mute.example'"));
  CAF_CHECK(!sent(1).child("mechanisms"));
  CAF_CHECK_EQUAL(
    receive(plain), (words{"failure invalid-mechanism", "failed"}));
}

CAF_TEST(no initial response is another thing than an empty one) {
  reach("unauthenticated");
  CAF_CHECK_EQUAL(receive(auth("PLAIN", "")), words{"challenge"});
  CAF_CHECK_EQUAL(sent(0).text, "");
  CAF_CHECK_EQUAL(
    receive(sasl("response", to_base64("\0romeo\0s"s))), words{"check romeo"});
  reach("unauthenticated");
  CAF_CHECK_EQUAL(receive(auth("PLAIN", "=")),
    (words{"failure malformed-request", "failed"}));
}

CAF_TEST(SCRAM proves both sides to each other) {
  scram_client client{scram_hash::sha256, "romeo", "secret", "client"};
  receive(client_open);
  CAF_CHECK_EQUAL(
    receive(auth("SCRAM-SHA-256", to_base64(client.first_message()))),
    words{"find romeo"});
  CAF_CHECK(std::get<find_credentials>(actions[0]).hash == scram_hash::sha256);
  auto stored = derive_credentials(scram_hash::sha256, "secret", "salt", 10);
  CAF_CHECK_EQUAL(perform(credentials_found{stored, true}), words{"challenge"});
  auto challenge = from_base64(sent(0).text);
  CAF_REQUIRE(challenge.has_value());
  auto answer = client.final_message(*challenge);
  CAF_REQUIRE(answer.has_value());
  CAF_CHECK_EQUAL(receive(sasl("response", to_base64(*answer))),
    (words{"success", "authenticated romeo@example.org"}));
  auto signature = from_base64(sent(0).text);
  CAF_REQUIRE(signature.has_value());
  CAF_CHECK(client.verify(*signature));
}

CAF_TEST(ANONYMOUS gets a name that nobody can guess) {
  receive(client_open);
  CAF_CHECK_EQUAL(receive(auth("ANONYMOUS", "")),
    (words{"success", "authenticated random2@example.org"}));
}

CAF_TEST(another auth replaces a negotiation that has begun) {
  reach("authenticating");
  CAF_CHECK_EQUAL(receive(plain), words{"check romeo"});
}

CAF_TEST(an answer that is late lets nobody else in) {
  reach("checking");
  CAF_CHECK_EQUAL(receive(auth("PLAIN", to_base64("\0juliet\0guess"s))),
    refusal("policy-violation"));
  CAF_CHECK(perform(password_checked{true}).empty());
  reach("checking");
  CAF_CHECK_EQUAL(receive(sasl("abort")), refusal("policy-violation"));
}

CAF_TEST(a check that could not be made is a temporary failure) {
  reach("checking");
  CAF_CHECK_EQUAL(perform(check_failed{}),
    (words{"failure temporary-auth-failure", "failed"}));
  CAF_CHECK_EQUAL(receive(plain), words{"check romeo"});
}

CAF_TEST(a response without negotiation is malformed) {
  reach("unauthenticated");
  CAF_CHECK_EQUAL(receive(sasl("response", "AAAA")),
    (words{"failure malformed-request", "failed"}));
}

// -- RFC 7395 section 3.7: restart --------------------------------------------

CAF_TEST(a restart has a new id and keeps the domain) {
  reach("awaiting-restart");
  auto before = elements;
  CAF_CHECK_EQUAL(receive(opening("")), (words{"open", "features"}));
  CAF_CHECK_EQUAL(
    sent_attribute(0, "id"), "random" + std::to_string(before + 1));
  CAF_CHECK_EQUAL(sent_attribute(0, "from"), "example.org");
}

CAF_TEST(F9 an XML declaration before the restart does no harm) {
  reach("awaiting-restart");
  CAF_CHECK_EQUAL(receive("<?xml version='1.0'?>"s + client_open),
    (words{"open", "features"}));
}

CAF_TEST(a restart may not change the domain) {
  reach("awaiting-restart");
  CAF_CHECK_EQUAL(receive(opening("to='b\u00fccher.example'")),
    refusal("host-unknown", true));
}

CAF_TEST(F8 an open that is not due is ignored) {
  for (auto name : {"unauthenticated", "authenticating", "checking", "unbound",
         "binding", "established"}) {
    reach(name);
    CAF_CHECK(receive(client_open).empty());
    CAF_CHECK_EQUAL(state(), name);
  }
}

// -- RFC 6120 section 7: bind -------------------------------------------------

CAF_TEST(A8 the bind result has no sender) {
  reach("binding");
  perform(resource_bound{"romeo@example.org/r"});
  CAF_CHECK_EQUAL(sent_attribute(0, "from"), "(absent)");
  CAF_CHECK_EQUAL(sent_attribute(0, "id"), "b1");
}

CAF_TEST(a bind that is refused may be tried again) {
  reach("binding");
  CAF_CHECK_EQUAL(
    perform(bind_refused{stanza_error::conflict}), words{"iq error"});
  CAF_CHECK_EQUAL(sent_attribute(0, "type"), "error");
  CAF_CHECK_EQUAL(sent_attribute(0, "id"), "b1");
  CAF_CHECK(sent(0).child("error")->child("conflict", ns::stanza_errors));
  CAF_CHECK_EQUAL(receive(client_bind), words{"bind romeo@example.org/"});
}

CAF_TEST(A6 a stanza before bind is not authorized) {
  for (auto& name : all_states) {
    if (name == "established" || name == "closed" || name == "binding"
        || name == "checking")
      continue;
    reach(name);
    CAF_CHECK_EQUAL(
      receive(message), refusal("not-authorized", is_opening(name)));
  }
}

CAF_TEST(a bind before authentication is not authorized) {
  reach("unauthenticated");
  CAF_CHECK_EQUAL(receive(client_bind), refusal("not-authorized"));
}

CAF_TEST(stanzas wait for the answer to bind) {
  reach("binding");
  CAF_CHECK_EQUAL(receive(message), refusal("policy-violation"));
}

// -- what may come at any moment ----------------------------------------------

CAF_TEST(F14 a close ends a stream in every state) {
  for (auto& name : all_states) {
    reach(name);
    auto expected = name == "closed" ? words{} : words{"close", "end"};
    CAF_CHECK_EQUAL(receive(client_close), expected);
    CAF_CHECK(machine->is_closed());
  }
}

CAF_TEST(an error of the client ends a stream in every state) {
  for (auto& name : all_states) {
    reach(name);
    auto expected = name == "closed" ? words{} : words{"close", "end"};
    CAF_CHECK_EQUAL(receive(client_error), expected);
    CAF_CHECK(machine->is_closed());
  }
}

CAF_TEST(F7 bad XML ends a stream in every state with one close) {
  for (auto& name : all_states) {
    reach(name);
    auto expected =
      name == "closed" ? words{} : refusal("not-well-formed", is_opening(name));
    CAF_CHECK_EQUAL(receive("<a><b></a>"), expected);
    CAF_CHECK(machine->is_closed());
  }
}

CAF_TEST(an end on our side is told in every state but the first) {
  for (auto& name : all_states) {
    reach(name);
    auto expected = refusal("conflict");
    if (name == "closed")
      expected.clear();
    if (name == "awaiting-open")
      expected = {"end"};
    CAF_CHECK_EQUAL(
      perform(stream_broken{stream_error::conflict, "x", "<a xmlns='b'/>"}),
      expected);
    CAF_CHECK(machine->is_closed());
  }
}

CAF_TEST(every condition can end a stream) {
  for (std::size_t i = 0; i < stream_error_count; ++i) {
    reach("established");
    auto condition = static_cast<stream_error>(i);
    CAF_CHECK_EQUAL(
      perform(stream_broken{condition, {}, {}}), refusal(to_string(condition)));
  }
}

CAF_TEST(every condition can refuse a bind) {
  for (std::size_t i = 0; i < stanza_error_count; ++i) {
    reach("binding");
    auto condition = static_cast<stanza_error>(i);
    CAF_CHECK_EQUAL(perform(bind_refused{condition}), words{"iq error"});
    CAF_CHECK(sent(0).child("error")->child(to_string(condition)));
  }
}

CAF_TEST(F10 an unknown element is no supported stanza type) {
  for (auto name :
    {"unauthenticated", "authenticating", "unbound", "established"}) {
    reach(name);
    CAF_CHECK_EQUAL(
      receive("<what xmlns='urn:ever'/>"), refusal("unsupported-stanza-type"));
  }
}

CAF_TEST(W09 an element without namespace is an invalid namespace) {
  for (auto name :
    {"unauthenticated", "authenticating", "unbound", "established"})
    for (auto xml :
      {"<message to='a@b'/>", "<iq type='get' id='1'/>", "<x/>"}) {
      reach(name);
      CAF_CHECK_EQUAL(receive(xml), refusal("invalid-namespace"));
    }
}

CAF_TEST(W33 starttls fails and ends the stream) {
  for (auto name :
    {"unauthenticated", "authenticating", "unbound", "established"}) {
    reach(name);
    CAF_CHECK_EQUAL(receive(starttls), (words{"failure", "close", "end"}));
  }
}

CAF_TEST(compression fails and the stream goes on) {
  for (auto name :
    {"unauthenticated", "authenticating", "unbound", "established"}) {
    reach(name);
    CAF_CHECK_EQUAL(receive(compress), words{"failure setup-failed"});
    CAF_CHECK_EQUAL(state(), name);
  }
}

CAF_TEST(client states are accepted and ignored once established) {
  reach("established");
  CAF_CHECK(receive(csi).empty());
  CAF_CHECK(receive("<active xmlns='urn:xmpp:csi:0'/>").empty());
  CAF_CHECK(machine->is_established());
  CAF_CHECK_EQUAL(receive("<sleeping xmlns='urn:xmpp:csi:0'/>"),
    refusal("unsupported-stanza-type"));
  reach("unbound");
  CAF_CHECK_EQUAL(receive(csi), refusal("unsupported-stanza-type"));
}

CAF_TEST(S5 enable before bind fails and the stream goes on) {
  for (auto name : {"unauthenticated", "authenticating", "unbound"}) {
    reach(name);
    CAF_CHECK_EQUAL(receive(sm("enable")), words{"failed unexpected-request"});
    CAF_CHECK_EQUAL(state(), name);
  }
}

CAF_TEST(S8 acks before bind are ignored) {
  for (auto name : {"unauthenticated", "authenticating", "unbound"}) {
    reach(name);
    CAF_CHECK(receive(sm("r")).empty());
    CAF_CHECK(receive(sm("a h='1'")).empty());
    CAF_CHECK_EQUAL(state(), name);
  }
}

// -- XEP-0198 section 5: resumption -------------------------------------------

CAF_TEST(S40 resume is not implemented where it is off) {
  for (auto off : {&stream_settings::offer_sm, &stream_settings::offer_resume})
    for (auto body : {"resume previd='x' h='0'", "resume h='x'", "resume"}) {
      stream_settings settings;
      settings.offer_resume = true;
      settings.*off = false;
      restart_with(settings);
      reach_further("unbound");
      CAF_CHECK_EQUAL(
        receive(sm(body)), (words{"refused feature-not-implemented",
                             "failed feature-not-implemented"}));
      CAF_CHECK_EQUAL(receive(client_bind), words{"bind romeo@example.org/"});
    }
}

CAF_TEST(R1 the session that is resumed takes over) {
  reach_resume("unbound");
  CAF_CHECK_EQUAL(
    receive(client_resume), words{"resume romeo@example.org id 7"});
  CAF_CHECK_EQUAL(state(), "resuming");
  CAF_CHECK(perform(resume_taken{}).empty());
  CAF_CHECK_EQUAL(state(), "handed-over");
  CAF_CHECK(!machine->is_closed());
  CAF_CHECK(!machine->is_established());
}

CAF_TEST(a stream that was handed over takes nothing more) {
  reach_resume("handed-over");
  for (auto xml : {client_open, client_close, message, client_bind,
         client_resume, client_error, "<a><b></a>"})
    CAF_CHECK(receive(xml).empty());
  CAF_CHECK(perform(stream_broken{stream_error::reset, {}, {}}).empty());
  CAF_CHECK_EQUAL(state(), "handed-over");
}

CAF_TEST(R5 who cannot resume may bind or try again) {
  reach_resume("resuming");
  CAF_CHECK_EQUAL(perform(resume_refused{stanza_error::item_not_found, {}}),
    words{"failed item-not-found"});
  CAF_CHECK_EQUAL(sent_attribute(0, "h"), "(absent)");
  CAF_CHECK_EQUAL(
    receive(client_resume), words{"resume romeo@example.org id 7"});
  CAF_CHECK_EQUAL(perform(resume_refused{stanza_error::unexpected_request, 9}),
    words{"failed unexpected-request"});
  CAF_CHECK_EQUAL(sent_attribute(0, "h"), "9");
  CAF_CHECK_EQUAL(receive(client_bind), words{"bind romeo@example.org/"});
  CAF_CHECK_EQUAL(perform(resource_bound{"romeo@example.org/r"}),
    (words{"iq bind", "establish"}));
}

CAF_TEST(a bind that is refused leaves resume possible) {
  reach_resume("unbound");
  receive(client_bind);
  perform(bind_refused{stanza_error::conflict});
  CAF_CHECK_EQUAL(
    receive(client_resume), words{"resume romeo@example.org id 7"});
}

CAF_TEST(every condition can refuse to resume) {
  for (std::size_t i = 0; i < stanza_error_count; ++i) {
    reach_resume("resuming");
    auto condition = static_cast<stanza_error>(i);
    CAF_CHECK_EQUAL(perform(resume_refused{condition, 4294967295}),
      words{"failed " + std::string{to_string(condition)}});
    CAF_CHECK_EQUAL(sent_attribute(0, "h"), "4294967295");
    CAF_CHECK_EQUAL(state(), "unbound");
  }
}

CAF_TEST(R7 a resume without an h or with a bad one ends the stream) {
  for (auto body : {"resume previd='id'", "resume previd='id' h=''",
         "resume previd='id' h='x'", "resume previd='id' h='-1'",
         "resume previd='id' h='4294967296'", "resume", "resume h='1.0'"}) {
    reach_resume("unbound");
    CAF_CHECK_EQUAL(receive(sm(body)), refusal("undefined-condition"));
    CAF_CHECK(machine->is_closed());
  }
  for (auto h : {"0", "4294967295", "+1", "007"}) {
    reach_resume("unbound");
    CAF_CHECK_EQUAL(
      receive(sm("resume previd='id' h='"s + h + "'")).size(), 1u);
    CAF_CHECK_EQUAL(state(), "resuming");
  }
}

CAF_TEST(a resume without an id finds nothing) {
  for (auto body : {"resume h='0'", "resume h='0' previd=''"}) {
    reach_resume("unbound");
    CAF_CHECK_EQUAL(receive(sm(body)),
      (words{"refused item-not-found", "failed item-not-found"}));
    CAF_CHECK_EQUAL(receive(client_bind), words{"bind romeo@example.org/"});
  }
}

CAF_TEST(what the id says is for others to read) {
  reach_resume("unbound");
  receive(sm("resume h='1' previd='&lt; &apos;x'"));
  CAF_CHECK_EQUAL(std::get<resume_session>(actions[0]).previd, "< 'x");
}

CAF_TEST(who logged in by ANONYMOUS cannot resume) {
  stream_settings settings;
  settings.offer_resume = true;
  restart_with(settings);
  receive(client_open);
  receive(auth("ANONYMOUS", ""));
  receive(client_open);
  CAF_CHECK_EQUAL(state(), "unbound");
  const words refused{
    "refused unexpected-request", "failed unexpected-request"};
  CAF_CHECK_EQUAL(receive(client_resume), refused);
  receive(client_bind);
  perform(bind_refused{stanza_error::conflict});
  CAF_CHECK_EQUAL(receive(client_resume), refused);
  CAF_CHECK_EQUAL(state(), "unbound");
}

CAF_TEST(R8 resume comes unexpected where none is due) {
  for (auto name : {"unauthenticated", "authenticating", "established"}) {
    stream_settings settings;
    settings.offer_resume = true;
    restart_with(settings);
    reach_further(name);
    CAF_CHECK_EQUAL(receive(client_resume), words{"failed unexpected-request"});
    CAF_CHECK_EQUAL(state(), name);
  }
}

CAF_TEST(what comes while a session is looked for is interrupted) {
  for (auto xml :
    {message, client_bind, client_resume, csi, "<r xmlns='urn:xmpp:sm:3'/>"}) {
    reach_resume("resuming");
    CAF_CHECK_EQUAL(receive(xml), refusal("policy-violation"));
  }
  reach_resume("resuming");
  CAF_CHECK(receive(client_open).empty());
  CAF_CHECK_EQUAL(state(), "resuming");
  CAF_CHECK_EQUAL(receive(client_close), (words{"close", "end"}));
  reach_resume("resuming");
  CAF_CHECK_EQUAL(perform(stream_broken{stream_error::conflict, {}, {}}),
    refusal("conflict"));
  reach_resume("resuming");
  CAF_CHECK_EQUAL(receive("<a><b></a>"), refusal("not-well-formed"));
}

CAF_TEST(S60 resume before authentication comes unexpected) {
  reach("unauthenticated");
  CAF_CHECK_EQUAL(
    receive(sm("resume previd='x' h='0'")), words{"failed unexpected-request"});
}

CAF_TEST(answers that nothing waits for change nothing) {
  const stream_event answers[] = {
    credentials_found{
      derive_credentials(scram_hash::sha256, "p", "s", 1), true},
    password_checked{true}, check_failed{}, resource_bound{"a@b/c"},
    bind_refused{stanza_error::conflict}, resume_taken{},
    resume_refused{stanza_error::conflict, {}}};
  for (auto& name : all_states)
    for (std::size_t i = 0; i < std::size(answers); ++i) {
      auto expected = name == "checking" && i < 3;
      expected = expected || (name == "binding" && (i == 3 || i == 4));
      reach(name);
      auto words_sent = perform(answers[i]);
      if (!expected) {
        CAF_CHECK(words_sent.empty());
        CAF_CHECK_EQUAL(state(), name);
      }
    }
}

CAF_TEST(credentials do not answer the check of a password) {
  reach("checking");
  auto stored = derive_credentials(scram_hash::sha256, "p", "s", 1);
  CAF_CHECK_EQUAL(perform(credentials_found{stored, true}),
    (words{"failure temporary-auth-failure", "failed"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
