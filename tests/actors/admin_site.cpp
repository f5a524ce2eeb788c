/// Who gets what over HTTP, without sockets: see actors/inspect/README.md.
#define CAF_SUITE admin_site

#include "actors/inspect/admin_site.hpp"

#include "actors/inspect/event_log.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

int asked_for_health = 0;
bool health_fails = false;

// Says what it was asked, and by whom.
admin_actor::behavior_type echo(admin_actor::pointer) {
  return {
    [](control_request& x) {
      if (x.json == R"({"command":"metrics"})")
        x.reply(R"({"text":"a 1\n"})");
      else if (x.json == R"({"command":"health"})")
        ++asked_for_health,
          x.reply(health_fails
                    ? R"({"error":"too busy"})"
                    : R"({"live":true,"ready":false,"state":"stopping",)"
                      R"("checks":{"node":{"ok":true},"draining":)"
                      R"({"ok":false,"reason":"secret"}}})");
      else if (x.json == "drop")
        return;
      else if (x.json == "[]")
        x.reply(R"({"error":"no"})");
      else
        x.reply("{\"from\":\"" + x.from + "\"}");
    },
    [](inspection_due) {},
    [](trace_due) {},
    [](inspect_request) { return actor_snapshot{}; },
  };
}

admin_tokens two_tokens() {
  admin_tokens x;
  x.add("mighty", {control_role::admin, "admin.token"});
  x.add("curious", {control_role::read_only, "read-only.token"});
  return x;
}

struct fixture : test_coordinator_fixture<> {
  fixture() {
    asked_for_health = 0;
    health_fails = false;
    admin = sys.spawn(echo);
    cell->set(admin);
    request.method = "GET";
    request.target = "/healthz";
    request.host = "127.0.0.1:9070";
    request.peer = "127.0.0.1:5";
  }
  ~fixture() override {
    anon_send_exit(admin, caf::exit_reason::kill);
    cell->set({});
    run();
  }

  admin_reply ask() {
    std::vector<admin_reply> replies;
    aut.serve(request, [&](admin_reply x) { replies.push_back(std::move(x)); });
    run();
    CAF_REQUIRE_EQUAL(replies.size(), 1u);
    return replies.front();
  }

  admin_reply get(std::string target, std::string token = {}) {
    request.method = "GET";
    request.target = std::move(target);
    authorize(token);
    return ask();
  }

  admin_reply post(std::string body, std::string token) {
    request.method = "POST";
    request.target = "/api";
    request.content_type = "application/json";
    request.body = std::move(body);
    authorize(token);
    return ask();
  }

  void authorize(const std::string& token) {
    request.authorization.reset();
    if (!token.empty())
      request.authorization = "Bearer " + token;
  }

  std::shared_ptr<handle_cell<admin_actor>> cell =
    std::make_shared<handle_cell<admin_actor>>();
  admin_actor admin;
  admin_site::time_point now{1h};
  admin_site aut{
    cell, two_tokens(), {"ops.example.org"}, [this] { return now; }};
  admin_request request;
};

std::string field_of(const admin_reply& x, std::string_view name) {
  for (auto& [key, value] : x.fields)
    if (key == name)
      return value;
  return {};
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(admin_site_tests, fixture)

CAF_TEST(names that DNS could have been made to say are refused) {
  std::vector<std::string> names{"ops.example.org"};
  for (auto good : {"127.0.0.1", "127.0.0.1:9070", "10.1.2.3:80", "localhost",
         "LOCALHOST:9070", "[::1]:9070", "[::1]", "ops.example.org",
         "Ops.Example.org:9070"})
    if (!is_own_host(good, names))
      CAF_ERROR(good);
  for (auto bad :
    {"evil.example", "evil.example:9070", "127.0.0.1.evil.example",
      "localhost.evil.example", "", ":9070", "127.1", "ops.example.org.",
      "x.ops.example.org", "[evil.example]", "127.0.0.1:x", "1.2.3.4.5"})
    if (is_own_host(bad, names))
      CAF_ERROR(bad);
}

CAF_TEST(a request without a good host gets nothing) {
  request.host = "evil.example";
  CAF_CHECK_EQUAL(get("/healthz").status, 421u);
  CAF_CHECK_EQUAL(get("/").status, 421u);
  CAF_CHECK_EQUAL(post("{}", "mighty").status, 421u);
  request.host.reset();
  CAF_CHECK_EQUAL(get("/healthz").status, 400u);
}

CAF_TEST(pages from elsewhere are refused) {
  request.origin = "http://127.0.0.1:9070";
  CAF_CHECK_EQUAL(get("/metrics", "mighty").status, 200u);
  for (auto bad : {"http://evil.example", "null", "http://127.0.0.1:9071",
         "http://127.0.0.1"}) {
    request.origin = bad;
    CAF_CHECK_EQUAL(get("/metrics", "mighty").status, 403u);
  }
}

CAF_TEST(paths and methods that are not there are named as such) {
  CAF_CHECK_EQUAL(get("/nothing", "mighty").status, 404u);
  CAF_CHECK_EQUAL(get("/metrics/", "mighty").status, 404u);
  CAF_CHECK_EQUAL(get("/../etc/passwd", "mighty").status, 404u);
  request.target = "/api";
  request.method = "PUT";
  auto reply = ask();
  CAF_CHECK_EQUAL(reply.status, 405u);
  CAF_CHECK_EQUAL(field_of(reply, "Allow"), "GET, HEAD, POST");
  for (auto target : {"/", "/metrics", "/healthz", "/readyz"}) {
    request.target = target;
    request.method = "DELETE";
    reply = ask();
    CAF_CHECK_EQUAL(reply.status, 405u);
    CAF_CHECK_EQUAL(field_of(reply, "Allow"), "GET, HEAD");
  }
}

CAF_TEST(metrics and commands need a token) {
  for (std::string token : {"", "wrong", "mighty2"}) {
    auto reply = get("/metrics", token);
    CAF_CHECK_EQUAL(reply.status, 401u);
    CAF_CHECK_EQUAL(
      field_of(reply, "WWW-Authenticate"), "Bearer realm=\"causeway\"");
    CAF_CHECK_EQUAL(post(R"({"command":"status"})", token).status, 401u);
  }
  for (std::string token : {"curious", "mighty"}) {
    auto reply = get("/metrics?x=1", token);
    CAF_CHECK_EQUAL(reply.status, 200u);
    CAF_CHECK_EQUAL(reply.body, "a 1\n");
    CAF_CHECK(has(std::string{reply.content_type}, "version=0.0.4"));
    CAF_CHECK_EQUAL(post(R"({"command":"status"})", token).status, 200u);
  }
}

CAF_TEST(a token is told what it stands for) {
  CAF_CHECK_EQUAL(get("/api", "curious").body,
    "{\"role\":\"read-only\",\"token\":\"read-only.token\"}\n");
  CAF_CHECK_EQUAL(get("/api").status, 401u);
}

CAF_TEST(a command is told who asks) {
  CAF_CHECK_EQUAL(post(R"({"command":"status"})", "mighty").body,
    "{\"from\":\"token=admin.token peer=127.0.0.1:5\"}\n");
}

CAF_TEST(what the role does not permit is forbidden) {
  auto line = R"({"command":"account","verb":"remove","jid":"a@b"})";
  CAF_CHECK_EQUAL(post(line, "curious").status, 403u);
  CAF_CHECK_EQUAL(post(line, "mighty").status, 200u);
}

CAF_TEST(a command that is refused is a bad request) {
  CAF_CHECK_EQUAL(post("[]", "curious").status, 400u);
  request.content_type = "text/plain";
  request.body = "{}";
  CAF_CHECK_EQUAL(ask().status, 415u);
  request.content_type = "Application/JSON; charset=utf-8";
  CAF_CHECK_EQUAL(ask().status, 200u);
}

CAF_TEST(probes need no token but get no reasons without) {
  auto reply = get("/healthz");
  CAF_CHECK_EQUAL(reply.status, 200u);
  CAF_CHECK_EQUAL(reply.body, "{\"live\":true}\n");
  reply = get("/readyz");
  CAF_CHECK_EQUAL(reply.status, 503u);
  CAF_CHECK_EQUAL(reply.body, "{\"ready\":false,\"failed\":[\"draining\"]}\n");
  reply = get("/readyz", "curious");
  CAF_CHECK_EQUAL(reply.status, 503u);
  CAF_CHECK(has(reply.body, "secret"));
  CAF_CHECK_EQUAL(get("/readyz", "wrong").status, 401u);
}

CAF_TEST(probes ask the node once a second) {
  for (int i = 0; i < 50; ++i) {
    CAF_CHECK_EQUAL(get("/healthz").status, 200u);
    CAF_CHECK_EQUAL(get("/readyz").status, 503u);
  }
  CAF_CHECK_EQUAL(asked_for_health, 1);
  now += 999ms;
  get("/healthz");
  CAF_CHECK_EQUAL(asked_for_health, 1);
  now += 1ms;
  get("/healthz");
  CAF_CHECK_EQUAL(asked_for_health, 2);
}

CAF_TEST(an error is not kept) {
  health_fails = true;
  CAF_CHECK_EQUAL(get("/healthz").status, 503u);
  CAF_CHECK_EQUAL(get("/healthz").status, 503u);
  CAF_CHECK_EQUAL(asked_for_health, 2);
  health_fails = false;
  CAF_CHECK_EQUAL(get("/healthz").status, 200u);
}

CAF_TEST(probes share the report that is under way) {
  std::vector<unsigned> answers;
  auto probe = [&] {
    aut.serve(request, [&](admin_reply x) { answers.push_back(x.status); });
  };
  for (int i = 0; i < 3; ++i)
    probe();
  CAF_CHECK(answers.empty());
  run();
  CAF_CHECK_EQUAL(answers, std::vector<unsigned>({200, 200, 200}));
  CAF_CHECK_EQUAL(asked_for_health, 1);
  now += 1s;
  probe();
  run();
  CAF_CHECK_EQUAL(answers.size(), 4u);
  CAF_CHECK_EQUAL(asked_for_health, 2);
}

CAF_TEST(a report that never comes keeps nobody waiting) {
  auto responder = std::make_shared<int>();
  auto probe = [&] { aut.serve(request, [responder](admin_reply) {}); };
  anon_send_exit(admin, caf::exit_reason::kill);
  probe();
  probe();
  CAF_CHECK_GREATER(responder.use_count(), 1);
  run();
  // Dropped, the client gets a 503.
  CAF_CHECK_EQUAL(responder.use_count(), 1);
  cell->set(admin = sys.spawn(echo));
  CAF_CHECK_EQUAL(get("/healthz").status, 200u);
}

CAF_TEST(a flood of bad tokens makes few lines and a number) {
  test::temporary_folder folder;
  log_settings x;
  x.output = {
    log_destination::file, false, folder.path() + "/log", 1'000'000, 1};
  CAF_REQUIRE_EQUAL(open_event_log(x), "");
  for (int i = 0; i < 100; ++i)
    get("/metrics", "wrong");
  now += 1s;
  // Tells of those before it.
  get("/metrics", "wrong");
  close_event_log();
  std::ifstream log{x.output.file};
  std::vector<std::string> others;
  for (std::string line; std::getline(log, line);)
    if (has(line, " admin_refused "))
      others.push_back(line.substr(line.find(" others=")));
  std::vector<std::string> wanted(5, " others=0");
  wanted.push_back(" others=95");
  CAF_CHECK_EQUAL(others, wanted);
}

CAF_TEST(an admin that is not there is not available) {
  cell->set({});
  CAF_CHECK_EQUAL(get("/healthz").status, 503u);
  CAF_CHECK_EQUAL(get("/metrics", "mighty").status, 503u);
}

CAF_TEST(the console is for all and guarded by its policy) {
  auto reply = get("/");
  CAF_CHECK_EQUAL(reply.status, 200u);
  CAF_CHECK(has(reply.body, "<!DOCTYPE html>"));
  auto policy = field_of(reply, "Content-Security-Policy");
  CAF_CHECK(has(policy, "default-src 'none'"));
  CAF_CHECK(!has(policy, "unsafe"));
  request.if_none_match = field_of(reply, "ETag");
  CAF_CHECK_EQUAL(ask().status, 304u);
}

CAF_TEST_FIXTURE_SCOPE_END()
