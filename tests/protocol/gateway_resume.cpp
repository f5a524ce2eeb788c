#define CAF_SUITE gateway_resume

#include "protocol/element_parser.hpp"
#include "protocol/gateway_stream.hpp"
#include "protocol/overload.hpp"

#include <caf/test/dsl.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace causeway::protocol;

namespace {

constexpr auto open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' "
                      "to='up.example' version='1.0'/>";
constexpr auto features_before =
  "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
  "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";
constexpr auto features_after =
  "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
  "<sm xmlns='urn:xmpp:sm:3'/></stream:features>";
constexpr auto features_without_sm =
  "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
constexpr auto bind = "<iq xmlns='jabber:client' type='set' id='b1'>"
                      "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
constexpr auto bind_result =
  "<iq xmlns='jabber:client' type='result' id='b1'>"
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>a@up.example/r</jid>"
  "</bind></iq>";

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

/// Name, `previd` and `h` of a nonza, and its first child.
std::string shorten(std::string_view xml) {
  auto x = tree_of(xml);
  auto out = x.name;
  for (auto name : {"previd", "h"})
    if (auto* value = x.find(name))
      out += ' ' + *value;
  return x.children.empty() ? out : out + ' ' + x.children.front().name;
}

/// A client that is logged in and not bound.
struct fixture {
  fixture() { begin(features_after); }

  void begin(std::string_view features) {
    meet();
    client(auth_with(auth));
    finish(features);
  }

  /// As far as the mechanisms of the server.
  void meet() {
    gateway_settings settings;
    settings.domain = "up.example";
    settings.keys = keys;
    settings.edge_resume = edge_resume;
    machine.emplace(
      std::move(settings), stream_wish{"up.example", {}, {}}, "own1", true);
    machine->start();
    opened(features_before);
  }

  /// From the success of the server on.
  void finish(std::string_view features) {
    server("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    client(open);
    opened(features);
    CAF_REQUIRE_EQUAL(machine->state_name(), "unbound");
  }

  static std::string auth_with(std::string_view content) {
    return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
           + std::string{content} + "</auth>";
  }
  static std::string sasl(std::string_view name, std::string_view text = {}) {
    return "<" + std::string{name}
           + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + std::string{text}
           + "</" + std::string{name} + ">";
  }

  /// Whether the client is held for who it is, once it has bound.
  bool is_known() {
    client(bind);
    server(bind_result);
    CAF_CHECK_EQUAL(can_hold, machine->identity().has_value());
    return can_hold;
  }

  void opened(std::string_view features) {
    handle(upstream_opened{
      {"up.example", "up1", "1.0", {}}, tree_of(features), true});
  }
  std::string client(std::string_view xml) {
    auto shared = element_of(xml);
    auto tree = tree_of(xml);
    return handle(client_element{shared, tree, "random"});
  }
  std::string server(std::string_view xml) {
    return handle(server_element{element_of(xml)});
  }
  std::string resume(const std::string& previd, std::string_view h = "5") {
    return client("<resume xmlns='urn:xmpp:sm:3' previd='" + previd + "' h='"
                  + std::string{h} + "'/>");
  }

  std::string handle(const gateway_event& event) {
    std::string out;
    auto note = [&out](const std::string& x) {
      out += (out.empty() ? "" : ", ") + x;
    };
    for (auto& action : machine->handle(event))
      std::visit(
        overload{
          [&](const send_text& x) { note("say " + shorten(x.xml)); },
          [&](const send_client& x) {
            note("pass " + shorten(x.element->bytes));
          },
          [&](const resume_session& x) {
            note("here " + x.previd + ' ' + std::to_string(x.h) + x.bare_jid);
          },
          [&](const resume_upstream& x) { note("up " + shorten(x.xml)); },
          [&](const resumption_failed& x) {
            note((x.by_upstream ? "refused there " : "refused ") + x.condition);
          },
          [&](const gateway_bound& x) {
            counters = x.resumed;
            offers_sm = x.upstream_offers_sm;
            can_hold = x.edge_resume;
            note("bound " + x.full_jid);
          },
          [&](const cut_stream&) { note("cut"); },
          [&](const close_stream&) { note("end"); },
          [&](const auto&) { note("other"); },
        },
        action);
    return out;
  }

  std::string seal(sm_id x) const { return keys->seal(x, "twelve bytes"); }
  static sm_id session() {
    sm_id x;
    x.domain = "up.example";
    x.bare_jid = "a@up.example";
    x.resource = "r";
    x.upstream_id = "U<1>";
    return x;
  }

  std::shared_ptr<const sm_key_ring> keys =
    std::make_shared<const sm_key_ring>(std::vector<sm_key>(1));
  std::optional<gateway_stream> machine;
  std::optional<resumed_counters> counters;
  bool offers_sm = false;
  bool edge_resume = false;
  std::string auth = "AGEAYg==";
  bool can_hold = false;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gateway_resume_tests, fixture)

CAF_TEST(the session of the server is resumed and the client keeps its id) {
  auto id = seal(session());
  CAF_CHECK_EQUAL(resume(id), "up resume U<1> 5");
  CAF_CHECK_EQUAL(machine->state_name(), "resuming");
  CAF_CHECK(machine->is_waiting());
  CAF_CHECK_EQUAL(server("<resumed xmlns='urn:xmpp:sm:3' previd='U' h='3'/>"),
    "say resumed " + id + " 3, bound a@up.example/r");
  CAF_CHECK(machine->is_established());
  CAF_REQUIRE(counters.has_value());
  CAF_CHECK_EQUAL(counters->client, 5u);
  CAF_CHECK_EQUAL(counters->upstream, 3u);
  CAF_CHECK(offers_sm);
}

CAF_TEST(what the server refuses the client may still bind) {
  resume(seal(session()));
  CAF_CHECK_EQUAL(
    server("<failed xmlns='urn:xmpp:sm:3' h='9'><item-not-found "
           "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"),
    "refused there item-not-found, pass failed 9 item-not-found");
  CAF_CHECK_EQUAL(machine->state_name(), "unbound");
  client(bind);
  CAF_CHECK_EQUAL(server(bind_result), "pass iq bind, bound a@up.example/r");
  CAF_CHECK(!counters);
}

CAF_TEST(an id that is not for this domain is unknown) {
  auto refused = "refused item-not-found, say failed item-not-found";
  CAF_CHECK_EQUAL(resume("garbage"), refused);
  CAF_CHECK_EQUAL(resume(""), refused);
  auto other = session();
  other.domain = "other.example";
  CAF_CHECK_EQUAL(resume(seal(other)), refused);
  auto local = session();
  local.upstream_id.clear();
  CAF_CHECK_EQUAL(resume(seal(local)), refused);
  auto forged = seal(session());
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  CAF_CHECK_EQUAL(resume(forged), refused);
  CAF_CHECK_EQUAL(machine->state_name(), "unbound");
}

CAF_TEST(without Stream Management upstream nothing can be resumed) {
  auto refused =
    "refused feature-not-implemented, say failed feature-not-implemented";
  begin(features_without_sm);
  CAF_CHECK_EQUAL(resume(seal(session())), refused);
  client(bind);
  server(bind_result);
  CAF_CHECK(!offers_sm);
  auto id = seal(session());
  keys = nullptr;
  begin(features_after);
  CAF_CHECK_EQUAL(resume(id), refused);
}

CAF_TEST(what no server keeps may be here) {
  edge_resume = true;
  begin(features_without_sm);
  auto held = session();
  held.upstream_id.clear();
  auto id = seal(held);
  CAF_CHECK_EQUAL(resume(id), "here " + id + " 5");
  CAF_CHECK_EQUAL(machine->state_name(), "resuming-here");
  CAF_CHECK(machine->is_waiting());
  // Nobody asked the server.
  CAF_CHECK_EQUAL(server("<failed xmlns='urn:xmpp:sm:3'/>"), "");
  CAF_CHECK_EQUAL(handle(resume_refused{stanza_error::unexpected_request, 7}),
    "say failed 7 unexpected-request");
  CAF_CHECK_EQUAL(machine->state_name(), "unbound");
  CAF_CHECK_EQUAL(resume(id), "here " + id + " 5");
  CAF_CHECK_EQUAL(handle(resume_taken{}), "");
  CAF_CHECK(machine->is_closed());
}

CAF_TEST(
  whoever may hold sessions judges every id that is not the server of it) {
  edge_resume = true;
  begin(features_without_sm);
  for (auto id : {std::string{"garbage"}, std::string{}, seal(session())}) {
    CAF_CHECK_EQUAL(resume(id), "here " + id + " 5");
    CAF_CHECK_EQUAL(handle(resume_refused{stanza_error::item_not_found, {}}),
      "say failed item-not-found");
  }
  begin(features_after);
  CAF_CHECK_EQUAL(resume("garbage"), "here garbage 5");
  begin(features_after);
  CAF_CHECK_EQUAL(resume(seal(session())), "up resume U<1> 5");
}

CAF_TEST(a session is held only for who is known) {
  client(bind);
  server(bind_result);
  CAF_CHECK(!can_hold);
  CAF_CHECK(machine->identity().has_value());
  edge_resume = true;
  begin(features_after);
  client(bind);
  server(bind_result);
  CAF_CHECK(can_hold);
  CAF_REQUIRE(machine->identity().has_value());
  CAF_CHECK_EQUAL(machine->identity()->authcid, "a");
  // Two accounts in one message.
  auth = "AGEAYgBj";
  begin(features_after);
  client(bind);
  server(bind_result);
  CAF_CHECK(!can_hold);
}

CAF_TEST(a login with child elements is of nobody) {
  edge_resume = true;
  auth = "AGEAYg==<x xmlns='urn:x'>AGMAYg==</x>";
  begin(features_after);
  CAF_CHECK(!is_known());
  meet();
  client(auth_with(""));
  server(sasl("challenge"));
  client(sasl("response", "<x/>AGEAYg=="));
  finish(features_after);
  CAF_CHECK(!is_known());
}

CAF_TEST(a login whose message the server asked for is known) {
  edge_resume = true;
  meet();
  client(auth_with(""));
  server(sasl("challenge"));
  client(sasl("response", "AGEAYg=="));
  finish(features_after);
  CAF_CHECK(is_known());
}

CAF_TEST(a login that replaces one without outcome is of nobody) {
  edge_resume = true;
  meet();
  client(auth_with(""));
  server(sasl("challenge"));
  client(auth_with("AGEAYg=="));
  finish(features_after);
  CAF_CHECK(!is_known());
  // One that is refused here is open at the server.
  meet();
  client(auth_with(""));
  server(sasl("challenge"));
  client(sasl("auth"));
  CAF_REQUIRE_EQUAL(machine->state_name(), "unauthenticated");
  client(auth_with("AGEAYg=="));
  finish(features_after);
  CAF_CHECK(!is_known());
}

CAF_TEST(a login after one that failed is known where no answer can be late) {
  edge_resume = true;
  meet();
  client(auth_with("AGEAYw=="));
  server(sasl("failure", "<not-authorized/>"));
  client(auth_with("AGEAYg=="));
  finish(features_after);
  CAF_CHECK(is_known());
  // Its patience may have ended before it saw the response.
  meet();
  client(auth_with(""));
  server(sasl("challenge"));
  client(sasl("response", "AGEAYw=="));
  server(sasl("failure", "<aborted/>"));
  client(auth_with("AGEAYg=="));
  finish(features_after);
  CAF_CHECK(!is_known());
}

CAF_TEST(a count that is none ends the stream) {
  CAF_CHECK_EQUAL(resume(seal(session()), "-1"),
    "say error undefined-condition, say close, end");
}

CAF_TEST(what comes behind a resumption waits for its answer) {
  resume(seal(session()));
  CAF_CHECK_EQUAL(client("<message xmlns='jabber:client'/>"),
    "say error policy-violation, say close, end");
}

CAF_TEST(a link that breaks meanwhile lets the client come again) {
  resume(seal(session()));
  CAF_CHECK_EQUAL(
    handle(upstream_lost{upstream_failure::unreachable, "gone", nullptr}),
    "cut");
}

CAF_TEST(a resumption without a count is a broken server) {
  resume(seal(session()));
  CAF_CHECK_EQUAL(server("<resumed xmlns='urn:xmpp:sm:3' previd='U'/>"), "cut");
}

CAF_TEST_FIXTURE_SCOPE_END()
