#define CAF_SUITE lockstep

#include "protocol/lockstep.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/overload.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <utility>

using namespace causeway::protocol;

namespace {

stream_element nonza(std::string_view xml) {
  auto x = parse_message(std::string{xml});
  CAF_REQUIRE(x.has_value());
  return *x;
}

std::string sm(std::string_view body) {
  return "<" + std::string{body} + " xmlns='urn:xmpp:sm:3'/>";
}

lockstep_settings resumable() {
  lockstep_settings x;
  x.upstream_offers = true;
  x.policy.resume_seconds = 600;
  return x;
}

/// "a 3" for an ack, name and attributes for the rest.
std::string shorten(const std::string& xml) {
  auto x = nonza(xml);
  CAF_CHECK_EQUAL(x.ns, "urn:xmpp:sm:3");
  if (auto* h = x.find("h"))
    return x.name + ' ' + *h;
  auto out = x.name;
  for (auto& y : x.attributes)
    out += ' ' + y.name + '=' + y.value;
  return x.child_name.empty() ? out : out + ' ' + x.child_name;
}

/// The machine as a tracker drives it; `log` holds what it did.
struct fixture {
  void perform(const lockstep_actions& actions) {
    for (auto& action : actions)
      std::visit(
        overload{
          [this](const tell_client& x) { note("client " + shorten(x.nonza)); },
          [this](const tell_upstream& x) {
            note("upstream " + shorten(x.nonza));
            may_wait = x.may_wait;
          },
          [this](const seal_upstream_id& x) {
            note("seal " + x.id + ' ' + x.location);
            perform(machine.id_sealed(sealed));
          },
          [this](lockstep_begun x) {
            note("begun " + std::to_string(x.max_seconds));
          },
          [this](count_at_edge x) {
            note("edge " + number(x.received));
            if (x.max_seconds > 0)
              note("hold " + number(x.max_seconds));
            if (x.asked)
              note("asked");
            if (x.upstream_counts)
              note("upstream counts");
          },
          [this](start_timer x) {
            note("timer " + number(static_cast<int>(x.after.count())));
          },
          [this](const refuse_upstream& x) { note("refuse " + x.detail); },
          [this](const sm_fail_stream& x) {
            note("fail " + std::string{to_string(x.condition)});
            error = x;
          },
        },
        action);
  }

  template <class T>
  static std::string number(T x) {
    return std::to_string(x);
  }
  void note(const std::string& x) { log += (log.empty() ? "" : ", ") + x; }
  std::string take() { return std::exchange(log, {}); }

  std::string client(std::string_view body) {
    perform(machine.client_nonza(nonza(sm(body))));
    return take();
  }
  std::string upstream(std::string_view body) {
    perform(machine.upstream_nonza(nonza(sm(body))));
    return take();
  }
  std::string client_sends(int n = 1) {
    for (; n > 0; --n)
      perform(machine.client_stanza());
    return take();
  }
  std::string upstream_sends(int n = 1) {
    for (; n > 0; --n)
      perform(machine.upstream_stanza());
    return take();
  }
  std::string due(lockstep_timer which) {
    perform(machine.timer_due(which));
    return take();
  }
  void use(const lockstep_settings& x) { machine = lockstep{x}; }
  /// Both legs are on, and resumable.
  void enable() {
    client("enable resume='true'");
    upstream("enabled resume='true' id='U'");
  }

  lockstep machine{resumable()};
  /// What was told upstream last.
  bool may_wait = false;
  std::string sealed = "S";
  std::string log;
  sm_fail_stream error{};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(lockstep_tests, fixture)

// -- enabling -----------------------------------------------------------------

CAF_TEST(enable goes to the server and enabled comes from it) {
  CAF_CHECK_EQUAL(client("enable resume='true' max='300'"),
    "upstream enable resume=true max=300");
  CAF_CHECK_EQUAL(
    upstream("enabled resume='true' id='U' location='h:1' max='200'"),
    "seal U h:1, begun 190, client enabled id=S resume=true max=190");
}

CAF_TEST(the shortest of three windows counts) {
  CAF_CHECK_EQUAL(client("enable resume='1' max='9999'"),
    "upstream enable resume=true max=600");
  CAF_CHECK_EQUAL(upstream("enabled resume='1' id='U'"),
    "seal U , begun 600, client enabled id=S resume=true max=600");
}

CAF_TEST(no resumption is promised that the server did not promise) {
  client("enable resume='true'");
  CAF_CHECK_EQUAL(upstream("enabled id='U'"), "begun 0, client enabled");
  use(resumable());
  CAF_CHECK_EQUAL(client("enable"), "upstream enable");
  CAF_CHECK_EQUAL(
    upstream("enabled resume='true' id='U'"), "begun 0, client enabled");
  use(resumable());
  sealed.clear();
  client("enable resume='true'");
  CAF_CHECK_EQUAL(upstream("enabled resume='true' id='U'"),
    "seal U , begun 0, client enabled");
}

CAF_TEST(without a window upstream is not asked for resumption) {
  auto settings = resumable();
  settings.policy.resume_seconds = 0;
  use(settings);
  CAF_CHECK_EQUAL(client("enable resume='true'"), "upstream enable");
}

CAF_TEST(a server without Stream Management leaves the counting to the edge) {
  auto settings = resumable();
  settings.upstream_offers = false;
  use(settings);
  CAF_CHECK_EQUAL(client("enable resume='true'"), "edge 0");
  CAF_CHECK(!machine.is_counting());
}

CAF_TEST(a server that refuses leaves what was counted to the edge) {
  client("enable resume='true'");
  client_sends(2);
  CAF_CHECK_EQUAL(client("r"), "");
  perform(machine.upstream_nonza(
    nonza("<failed xmlns='urn:xmpp:sm:3'><internal-server-error "
          "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")));
  CAF_CHECK_EQUAL(take(), "edge 2, asked");
  CAF_CHECK_EQUAL(upstream("r"), "");
}

CAF_TEST(a session is held at the edge where the server has no resumption) {
  auto settings = resumable();
  settings.edge_resume = true;
  settings.upstream_offers = false;
  use(settings);
  CAF_CHECK_EQUAL(client("enable resume='true'"), "edge 0, hold 600");
  use(settings);
  CAF_CHECK_EQUAL(client("enable resume='1' max='60'"), "edge 0, hold 60");
  use(settings);
  CAF_CHECK_EQUAL(client("enable"), "edge 0");
  settings.policy.resume_seconds = 0;
  use(settings);
  CAF_CHECK_EQUAL(client("enable resume='true'"), "edge 0");
  settings = resumable();
  settings.edge_resume = true;
  use(settings);
  client("enable resume='true'");
  client_sends(3);
  perform(machine.upstream_nonza(
    nonza("<failed xmlns='urn:xmpp:sm:3'><internal-server-error "
          "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")));
  CAF_CHECK_EQUAL(take(), "edge 3, hold 600");
  // What the client wants and the server can stays with the server.
  use(settings);
  client("enable resume='true'");
  CAF_CHECK_EQUAL(upstream("enabled resume='true' id='U'"),
    "seal U , begun 600, client enabled id=S resume=true max=600");
  use(settings);
  client("enable");
  CAF_CHECK_EQUAL(upstream("enabled"), "begun 0, client enabled");
}

CAF_TEST(a server that counts hears what the client of the edge handled) {
  auto settings = resumable();
  settings.edge_resume = true;
  use(settings);
  client("enable resume='true'");
  client_sends(1);
  CAF_CHECK_EQUAL(client("r"), "");
  CAF_CHECK_EQUAL(
    upstream("enabled id='U'"), "edge 1, hold 600, asked, upstream counts");
  CAF_CHECK(!machine.is_counting());
  CAF_CHECK_EQUAL(client_sends(2), "");
  CAF_CHECK_EQUAL(upstream_sends(5), "");
  CAF_CHECK_EQUAL(upstream("r"), "upstream a 0");
  perform(machine.edge_handled(2));
  CAF_CHECK_EQUAL(take(), "upstream a 2");
  perform(machine.edge_handled(0));
  CAF_CHECK_EQUAL(take(), "");
  CAF_CHECK_EQUAL(upstream("r"), "upstream a 2");
  CAF_CHECK_EQUAL(upstream("a h='1'"), "");
}

CAF_TEST(a server that does not count hears nothing of the edge) {
  auto settings = resumable();
  settings.edge_resume = true;
  settings.upstream_offers = false;
  use(settings);
  client("enable resume='true'");
  perform(machine.edge_handled(2));
  CAF_CHECK_EQUAL(take(), "");
  CAF_CHECK_EQUAL(upstream("r"), "");
}

CAF_TEST(a feature that is off is not implemented) {
  auto settings = resumable();
  settings.policy.active = false;
  use(settings);
  CAF_CHECK_EQUAL(client("enable"), "client failed feature-not-implemented");
}

CAF_TEST(what the client sends before enabled counts) {
  client("enable resume='true'");
  client_sends(3);
  upstream_sends(5);
  upstream("enabled resume='true' id='U'");
  CAF_CHECK_EQUAL(machine.to_upstream().sent(), 3u);
  // What the server sent before does not.
  CAF_CHECK_EQUAL(machine.to_client().sent(), 0u);
}

CAF_TEST(a request before enabled is answered after it) {
  client("enable resume='true'");
  client("r");
  CAF_CHECK_EQUAL(upstream("enabled resume='true' id='U'"),
    "seal U , begun 600, client enabled id=S resume=true max=600, client a 0");
}

CAF_TEST(a second enable and a resume after bind are unexpected) {
  enable();
  CAF_CHECK_EQUAL(client("enable"), "client failed unexpected-request");
  CAF_CHECK_EQUAL(
    client("resume previd='x' h='0'"), "client failed unexpected-request");
}

CAF_TEST(acks and requests before enable mean nothing) {
  CAF_CHECK_EQUAL(client("r"), "");
  CAF_CHECK_EQUAL(client("a h='7'"), "");
  CAF_CHECK_EQUAL(upstream("r"), "");
  CAF_CHECK_EQUAL(client_sends(), "");
  CAF_CHECK_EQUAL(upstream_sends(), "");
  CAF_CHECK(!machine.is_counting());
}

// -- acks ---------------------------------------------------------------------

CAF_TEST(the client is told no more than the server has said) {
  enable();
  client_sends(2);
  CAF_CHECK_EQUAL(client("r"), "timer 1000, upstream r");
  CAF_CHECK_EQUAL(upstream("a h='2'"), "client a 2");
  CAF_CHECK_EQUAL(client("r"), "client a 2");
}

CAF_TEST(requests are joined while one is on its way) {
  enable();
  client_sends();
  CAF_CHECK_EQUAL(client("r"), "timer 1000, upstream r");
  client_sends();
  CAF_CHECK_EQUAL(client("r"), "");
  CAF_CHECK_EQUAL(client("r"), "");
  // The answer covers the first stanza alone, and the client wants both.
  CAF_CHECK_EQUAL(upstream("a h='1'"), "client a 1, upstream r");
  CAF_CHECK_EQUAL(upstream("a h='2'"), "client a 2");
  CAF_CHECK_EQUAL(upstream("a h='2'"), "");
}

CAF_TEST(an answer waits for a second and follows later) {
  enable();
  client_sends();
  client("r");
  CAF_CHECK_EQUAL(due(lockstep_timer::answer), "client a 0");
  CAF_CHECK_EQUAL(upstream("a h='1'"), "client a 1");
  CAF_CHECK_EQUAL(due(lockstep_timer::answer), "");
}

CAF_TEST(an answer without progress is no reason to ask at once again) {
  enable();
  client_sends();
  client("r");
  due(lockstep_timer::answer);
  CAF_CHECK_EQUAL(upstream("a h='0'"), "timer 1000");
  CAF_CHECK_EQUAL(due(lockstep_timer::answer), "upstream r");
}

CAF_TEST(the server is answered at once and told no more than the client said) {
  enable();
  upstream_sends(3);
  CAF_CHECK_EQUAL(upstream("r"), "upstream a 0");
  CAF_CHECK_EQUAL(client("a h='2'"), "upstream a 2");
  CAF_CHECK_EQUAL(upstream("r"), "upstream a 2");
  CAF_CHECK_EQUAL(client("a h='2'"), "");
}

CAF_TEST(an ack may wait unless the server has much to forget) {
  enable();
  upstream_sends(60);
  CAF_CHECK_EQUAL(upstream("r"), "upstream a 0");
  CAF_CHECK(may_wait);
  client("a h='24'");
  CAF_CHECK(may_wait);
  client("a h='49'");
  CAF_CHECK(!may_wait);
  client_sends();
  client("r");
  CAF_CHECK(!may_wait);
}

CAF_TEST(the client is asked by count and by time) {
  enable();
  CAF_CHECK_EQUAL(upstream_sends(4), "timer 5000");
  CAF_CHECK_EQUAL(upstream_sends(), "client r");
  CAF_CHECK_EQUAL(due(lockstep_timer::request), "");
  CAF_CHECK_EQUAL(upstream_sends(), "timer 5000");
  CAF_CHECK_EQUAL(due(lockstep_timer::request), "client r");
  CAF_CHECK_EQUAL(client("a h='4'"), "upstream a 4, timer 5000");
}

CAF_TEST(a policy that never asks gives way before a server is full) {
  auto settings = resumable();
  settings.policy.request_frequency = 0;
  use(settings);
  enable();
  CAF_CHECK_EQUAL(upstream_sends(49), "timer 5000");
  CAF_CHECK_EQUAL(upstream_sends(), "client r");
}

CAF_TEST(how long the client is not asked is configured) {
  auto settings = resumable();
  settings.policy.delays.request_age = std::chrono::milliseconds{2000};
  use(settings);
  enable();
  CAF_CHECK_EQUAL(upstream_sends(), "timer 2000");
  settings.policy.delays.request_age = {};
  use(settings);
  enable();
  CAF_CHECK_EQUAL(upstream_sends(), "timer 1000");
  settings.policy.delays.request_idle = {};
  use(settings);
  enable();
  CAF_CHECK_EQUAL(upstream_sends(), "");
}

CAF_TEST(the server has to slow down while a client owes many acks) {
  CAF_CHECK(!machine.is_crowded());
  auto settings = resumable();
  settings.policy.max_unacked = 4;
  use(settings);
  enable();
  upstream_sends(2);
  CAF_CHECK(!machine.is_crowded());
  upstream_sends();
  CAF_CHECK(machine.is_crowded());
  client("a h='1'");
  CAF_CHECK(!machine.is_crowded());
}

CAF_TEST(unsolicited acks follow those of the server) {
  auto settings = resumable();
  settings.policy.unsolicited_ack_frequency = 2;
  use(settings);
  enable();
  CAF_CHECK_EQUAL(client_sends(2), "upstream r");
  CAF_CHECK_EQUAL(upstream("a h='2'"), "client a 2");
  CAF_CHECK_EQUAL(client_sends(1), "");
}

CAF_TEST(acks that the client did not ask for stay here) {
  enable();
  client_sends(2);
  CAF_CHECK_EQUAL(upstream("a h='2'"), "");
  CAF_CHECK_EQUAL(client("r"), "client a 2");
}

CAF_TEST(a client that acknowledges too much ends its stream) {
  enable();
  upstream_sends(2);
  CAF_CHECK_EQUAL(client("a h='3'"), "fail undefined-condition");
  CAF_CHECK_EQUAL(error.application,
    "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='3' send-count='2'/>");
}

CAF_TEST(a number that is none ends the stream) {
  enable();
  CAF_CHECK_EQUAL(client("a h='-1'"), "fail undefined-condition");
  CAF_CHECK_EQUAL(client("a"), "");
  CAF_CHECK_EQUAL(upstream("a h='x'"), "refuse an ack without a number");
}

CAF_TEST(a server that acknowledges too much is dropped) {
  enable();
  client_sends();
  CAF_CHECK_EQUAL(upstream("a h='2'"), "refuse acknowledged 2 of 1 stanzas");
}

CAF_TEST(late acks mean nothing) {
  enable();
  upstream_sends(3);
  client_sends(3);
  client("a h='3'");
  upstream("a h='3'");
  CAF_CHECK_EQUAL(client("a h='1'"), "");
  CAF_CHECK_EQUAL(upstream("a h='2'"), "");
  CAF_CHECK_EQUAL(machine.to_client().acked(), 3u);
  CAF_CHECK_EQUAL(machine.to_upstream().acked(), 3u);
}

CAF_TEST(a client that never acknowledges ends at the limit) {
  auto settings = resumable();
  settings.policy.max_unacked = 3;
  use(settings);
  enable();
  upstream_sends(3);
  CAF_CHECK_EQUAL(upstream_sends(), "fail policy-violation");
}

// -- resumption and wrap ------------------------------------------------------

CAF_TEST(a resumed session goes on with the counters of both ends) {
  machine = lockstep{resumable(), {7, 4}};
  CAF_CHECK_EQUAL(client("r"), "client a 4");
  CAF_CHECK_EQUAL(upstream("r"), "upstream a 7");
  upstream_sends(2);
  CAF_CHECK_EQUAL(client("a h='9'"), "upstream a 9");
  client_sends();
  client("r");
  CAF_CHECK_EQUAL(upstream("a h='5'"), "client a 5");
}

CAF_TEST(counters wrap at two to the 32) {
  machine = lockstep{resumable(), {0xffffffff, 0xfffffffe}};
  upstream_sends(2);
  CAF_CHECK_EQUAL(client("a h='0'"), "upstream a 0");
  CAF_CHECK_EQUAL(client("a h='1'"), "upstream a 1");
  CAF_CHECK_EQUAL(client("a h='2'"), "fail undefined-condition");
  client_sends(3);
  client("r");
  CAF_CHECK_EQUAL(upstream("a h='4294967295'"), "client a 4294967295, "
                                                "upstream r");
  CAF_CHECK_EQUAL(upstream("a h='1'"), "client a 1");
}

CAF_TEST(a probe asks the client once both count) {
  perform(machine.probe());
  CAF_CHECK_EQUAL(take(), "");
  enable();
  perform(machine.probe());
  CAF_CHECK_EQUAL(take(), "client r");
}

// -- another policy -----------------------------------------------------------

CAF_TEST(another frequency of unsolicited acks holds at once) {
  enable();
  take();
  CAF_CHECK_EQUAL(client_sends(3), "");
  sm_settings policy;
  policy.unsolicited_ack_frequency = 1;
  perform(machine.apply(policy));
  CAF_CHECK_EQUAL(client_sends(), "upstream r");
  CAF_CHECK_EQUAL(upstream("a h='4'"), "client a 4");
  policy.unsolicited_ack_frequency = 5;
  perform(machine.apply(policy));
  CAF_CHECK_EQUAL(client_sends(), "upstream r");
  CAF_CHECK_EQUAL(upstream("a h='5'"), "client a 5");
  CAF_CHECK_EQUAL(client_sends(4), "");
  CAF_CHECK_EQUAL(client_sends(), "upstream r");
}

CAF_TEST(a lower limit spares what the client owes already) {
  enable();
  upstream_sends(30);
  sm_settings policy;
  policy.max_unacked = 10;
  policy.request_frequency = 0;
  perform(machine.apply(policy));
  take();
  CAF_CHECK_EQUAL(upstream_sends(9), "");
  client("a h='39'");
  CAF_CHECK_EQUAL(upstream_sends(10), "");
  CAF_CHECK_EQUAL(upstream_sends(), "fail policy-violation");
}

CAF_TEST(another policy leaves no more room than there was) {
  enable();
  sm_settings policy;
  policy.max_unacked = 40;
  policy.request_frequency = 0;
  perform(machine.apply(policy));
  upstream_sends(30);
  take();
  perform(machine.apply(policy));
  policy.max_unacked = 20;
  perform(machine.apply(policy));
  policy.max_unacked = 40;
  perform(machine.apply(policy));
  CAF_CHECK_EQUAL(upstream_sends(10), "");
  CAF_CHECK_EQUAL(upstream_sends(), "fail policy-violation");
}

CAF_TEST_FIXTURE_SCOPE_END()
