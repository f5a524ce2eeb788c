#define CAF_SUITE ctl_config_reports

#include "tools/ctl/config_reports.hpp"

#include <boost/json/parse.hpp>
#include <caf/test/dsl.hpp>

using namespace causeway::ctl;

namespace {

boost::json::object parse(std::string_view text) {
  return boost::json::parse(text).as_object();
}

} // namespace

CAF_TEST(a reload shows what changed and when it takes effect) {
  CAF_CHECK_EQUAL(show_reload(parse(R"({"changed": true, "generation": 8,
      "changes": [
        {"key": "a.b", "before": "1", "after": "2", "scope": "live"},
        {"key": "domains.x", "before": "", "after": "{}",
         "scope": "new streams"}],
      "waiting": [
        {"key": "node.name", "before": "a", "after": "b", "scope": "restart"}],
      "files": ["/etc/c.pem"]})")),
    "KEY        BEFORE  AFTER  TAKES EFFECT\n"
    "a.b        1       2      at once\n"
    "domains.x  -       {}     for new streams\n"
    "node.name  a       b      after a restart\n"
    "new content: /etc/c.pem\n"
    "generation 8 is in force\n");
  CAF_CHECK_EQUAL(show_reload(parse(R"({"changed": false, "generation": 8})")),
    "nothing new; generation 8 stays in force\n");
}

CAF_TEST(a check says that the file is valid) {
  CAF_CHECK_EQUAL(show_check(parse("{}")),
    "the file is valid, and the same as what is in force\n");
  CAF_CHECK_EQUAL(show_diff(parse("{}")), "");
}

CAF_TEST(the configuration is shown as a file) {
  CAF_CHECK_EQUAL(show_config(parse(R"({"generation": 3, "source": "c.yaml",
      "since": "2026-11-28T00:00:00Z", "trigger": "file", "yaml": "node:\n",
      "file_differs": true,
      "refused": {"at": "then", "trigger": "SIGHUP",
                  "errors": [{"text": "c.yaml:1:2: a: bad"}]},
      "waiting": [{"key": "node.name", "after": "b"}]})")),
    "# generation 3 of c.yaml, in force since 2026-11-28T00:00:00Z (file)\n"
    "# The file has another text than this.\n"
    "# Refused then (SIGHUP):\n"
    "#   c.yaml:1:2: a: bad\n"
    "# Waits for a restart: node.name: b\n"
    "node:\n");
}

CAF_TEST(the history marks what is in force) {
  CAF_CHECK_EQUAL(show_history(parse(R"({"history": [
      {"generation": 12, "at": "now", "trigger": "file", "bytes": 7,
       "source": "c.yaml", "in_force": true},
      {"generation": 9, "at": "then", "trigger": "start", "bytes": 10,
       "source": "c.yaml", "in_force": false}]})")),
    "GENERATION     SINCE  BY     BYTES  FILE\n"
    "        12  *  now    file       7  c.yaml\n"
    "         9     then   start     10  c.yaml\n");
  CAF_CHECK_EQUAL(show_history(parse("{}")), "");
}

CAF_TEST(a key is explained in plain words) {
  CAF_CHECK_EQUAL(explain_keys("websocket.pongTimeout", false),
    "websocket.pongTimeout\n"
    "  then the connection is lost\n"
    "  default       20s\n"
    "  values        1ms to 24h\n"
    "  takes effect  at once (live)\n");
  CAF_CHECK_EQUAL(explain_keys("nothing", false), "");
  CAF_CHECK(explain_keys("", false).starts_with("node.name\n"));
  auto json = parse(explain_keys("threads", true));
  CAF_CHECK_EQUAL(json["keys"].as_array()[0].as_object()["scope"], "restart");
}
