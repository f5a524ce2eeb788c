#define CAF_SUITE ctl_reports

#include "tools/ctl/reports.hpp"

#include "tools/ctl/session_view.hpp"

#include <boost/json/parse.hpp>
#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway::ctl;

namespace {

boost::json::object parse(std::string_view text) {
  return boost::json::parse(text).as_object();
}

} // namespace

CAF_TEST(status is a list of sections) {
  auto answer = parse(R"({"version":"0.1.0","node":"a","state":"running",
    "pid":12,"uptime":125.5,"memory":{"resident":1572864},"processor":1.25,
    "libraries":{"caf":"0.17.6","boost":"1_81"},
    "listeners":[{"url":"ws://127.0.0.1:7070/ws/","state":"listening"},
                 {"url":"wss://127.0.0.1:7443/ws/","state":"listening"}],
    "domains":["a.example","localhost"],"sessions":3,
    "silent":[{"id":9,"kind":"router"}],
    "counters":{"stanzas_in":10,"actors_failed":0}})");
  std::string head =
    "server     causewayd 0.1.0, node a, running\n"
    "process    pid 12, up 2m05s, 1.5 MiB resident, 1.2 s of processor time\n"
    "libraries  caf 0.17.6, boost 1_81\n"
    "listeners  ws://127.0.0.1:7070/ws/  listening\n"
    "           wss://127.0.0.1:7443/ws/  listening\n"
    "domains    a.example, localhost\n"
    "sessions   3\n"
    "silent     router #9\n"
    "counters   stanzas_in              10\n";
  CAF_CHECK_EQUAL(
    show_status(answer), head + "           1 more at 0; see --all\n");
  CAF_CHECK_EQUAL(
    show_status(answer, true), head + "           actors_failed           0\n");
}

CAF_TEST(status says why a reload was refused) {
  auto text = show_status(parse(R"({"config":{"generation":3,"since":"now",
    "source":"c.yaml","refused":{"at":"then","trigger":"file",
      "errors":[{"text":"c.yaml:1:2: a: bad"},
                {"text":"c.yaml:2:2: b: bad"}]}}})"));
  CAF_CHECK(text.find("the last reload was refused\n") != text.npos);
  CAF_CHECK(text.find("  c.yaml:1:2: a: bad\n") != text.npos);
  CAF_CHECK(text.find("  c.yaml:2:2: b: bad\n") != text.npos);
}

CAF_TEST(the last error of an endpoint has an age) {
  auto text = show_status(parse(R"({"upstreams":[{"domain":"a.example",
    "endpoints":[{"endpoint":"b:1","state":"up","streams":2,
                  "last_error":"refused","last_error_age":3720},
                 {"endpoint":"c:1","state":"up","streams":0,
                  "last_error":"","last_error_age":null}]}]})"));
  CAF_CHECK(text.find("a.example -> b:1, up, 2 streams, last error 1h02m ago: "
                      "refused\n")
            != text.npos);
  CAF_CHECK(text.find("c:1, up, 0 streams\n") != text.npos);
}

CAF_TEST(sessions are rows and h is a dash without stream management) {
  auto answer = parse(R"({"sessions":[
    {"id":7,"jid":"romeo@localhost/orchard","address":"127.0.0.1:5000",
     "state":"established","secure":true,"sm":"on","resume":"edge","h_in":12,"h_out":7,
     "unacked":2,"bytes_in":2048,"bytes_out":10,"age":61},
    {"id":12,"jid":"","address":"[::1]:5001","state":"awaiting_open",
     "secure":false,"sm":"off","resume":"no","h_in":null,"age":1}],"left_out":3})");
  CAF_CHECK_EQUAL(show_sessions(answer),
    "ID  JID                      ADDRESS         STATE          TLS  SM   "
    "RESUME  H IN  H OUT  UNACKED       IN   OUT    AGE\n"
    " 7  romeo@localhost/orchard  127.0.0.1:5000  established    yes  on   "
    "edge      12      7        2  2.0 KiB  10 B  1m01s\n"
    "12  -                        [::1]:5001      awaiting_open  no   off  "
    "no         -      -        -        -     -     1s\n"
    "and 3 more; see --limit\n");
}

CAF_TEST(columns of sessions can be chosen) {
  auto answer = parse(R"({"sessions":[{"id":7,"jid":"a@b/c","tls":"TLSv1.3",
    "parked_left":61}],"left_out":0})");
  CAF_CHECK_EQUAL(show_sessions(answer, {"parked_left", "tls", "id"}),
    "PARKED LEFT  TLS VERSION  ID\n"
    "      1m01s  TLSv1.3       7\n");
  auto names = session_columns();
  CAF_CHECK_EQUAL(names.front(), "id");
}

CAF_TEST(a session shows both legs) {
  auto text = show_session(parse(R"j({"session":{"id":7,"jid":"a@b/c",
    "state":"parked","age":61,"node":"n","stanzas_in":3,"stanzas_out":4,
    "client":{"address":"127.0.0.1:5","tls_version":"TLSv1.3",
      "tls_cipher":"X","connected":false,"user_agent":"probe/1"},
    "sm":{"on":true,"resume":"here","h_in":3,"h_in_acked":null,"h_out":9,
      "acked":7,"unacked":2,"unacked_bytes":300,"oldest_unacked":1.25,
      "window":600,"parked_for":10,"parked_left":590},
    "upstream":{"domain":"b","endpoint":"s:5222","state":"bound",
      "upstream_sm_id":"ABCD...(26)"},
    "actors":[{"id":7,"kind":"session"},
              {"id":9,"kind":"tracker","stuck":true}]
}
})j"));
  for (auto part : {"#7 a@b/c\n", "127.0.0.1:5 (no connection)\n",
         "TLSv1.3 X\n", "on, resumable: here\n", "9, acknowledged 7\n",
         "2 stanzas, 300 B, oldest 1.2 s\n", "9m50s\n", "b at s:5222, bound\n",
         "ABCD...(26)\n", "session #7, tracker #9 (stuck)\n"})
    CAF_CHECK(text.find(part) != text.npos);
  // How long it has waited is not how old it is.
  CAF_CHECK(text.find("parked for 1m01s") == text.npos);
}

CAF_TEST(bytes that nobody counts are not shown) {
  auto text = show_session(parse(
    R"({"session":{"sm":{"on":true,"unacked":2,"unacked_bytes":null}}})"));
  CAF_CHECK(text.find("2 stanzas\n") != text.npos);
}

CAF_TEST(a trace is a line per message) {
  CAF_CHECK_EQUAL(
    show_traced(parse(R"({"time":"2026-11-28T12:00:01.250Z","session":7,
      "way":"to_client","bytes":4,"text":"<a/>\u001b"})")),
    "12:00:01.250 #7 client   <- <a/>?\n");
  CAF_CHECK_EQUAL(show_traced(parse(R"({"left_out":3})")), "-- 3 left out\n");
  CAF_CHECK_EQUAL(
    show_traced(parse(R"({"end":"size","shown":2,"bytes":2048,"left_out":0})")),
    "-- end (size): 2 shown, 2.0 KiB, 0 left out\n");
}

CAF_TEST(orders tell what was done) {
  CAF_CHECK_EQUAL(show_order(parse(R"({"kicked":{"id":7,"jid":"a@b/c"}})")),
    "kicked #7 a@b/c\n");
  CAF_CHECK_EQUAL(show_order(parse(R"({"resent":{"id":7,"jid":"a@b/c"}})")),
    "cut #7 a@b/c, to be resumed\n");
}

CAF_TEST(accounts are a line each) {
  CAF_CHECK_EQUAL(
    show_accounts(parse(R"({"accounts":["a@b","c@b"]})")), "a@b\nc@b\n");
  CAF_CHECK_EQUAL(show_accounts(parse(R"({"accounts":[]})")), "");
  CAF_CHECK_EQUAL(
    show_accounts(parse(R"({"removed":"a@b"})")), "removed a@b\n");
}

CAF_TEST(answers of another version lack keys and do no harm) {
  auto empty = parse("{}");
  CAF_CHECK_EQUAL(show_accounts(empty), "");
  CAF_CHECK_EQUAL(
    show_sessions(parse(R"({"sessions":[7]})")), show_sessions(empty));
  CAF_CHECK_NOT_EQUAL(show_status(empty), "");
}
