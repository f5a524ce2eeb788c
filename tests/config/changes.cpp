#define CAF_SUITE config_changes

#include "config/changes.hpp"

#include "config/load.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <random>

using namespace causeway::config;
using namespace std::chrono_literals;

namespace {

configuration load(std::string_view text) {
  auto x = load_text(text, "c.yaml");
  if (!x)
    CAF_FAIL(to_string(x.error().front()));
  return *x;
}

/// "PATH: BEFORE -> AFTER (SCOPE)", a line each.
std::string changes(const configuration& from, const configuration& to) {
  std::string out;
  for (auto& x : changes_between(from, to))
    out += x.path + ": " + x.before + " -> " + x.after + " ("
           + std::string{to_string(x.scope)} + ")\n";
  return out;
}

} // namespace

CAF_TEST(a configuration does not differ from itself) {
  CAF_CHECK_EQUAL(changes({}, {}), "");
}

CAF_TEST(a changed value comes with both values and its scope) {
  auto x = load(R"(
node: {threads: 2}
stream: {management: {unsolicitedAckFrequency: 5, active: false}}
websocket: {origins: [https://a.example, "*"], idleTimeout: 90s}
)");
  CAF_CHECK_EQUAL(changes({}, x),
    "node.threads: 0 -> 2 (restart)\n"
    "websocket.idleTimeout: 6m -> 90s (live)\n"
    "websocket.origins: [same-host] -> [https://a.example, \"*\"] (live)\n"
    "stream.management.active: true -> false (new streams)\n"
    "stream.management.unsolicitedAckFrequency: 0 -> 5 (live)\n");
}

CAF_TEST(listeners go by their address) {
  auto from = load(R"(
listeners:
  - address: 127.0.0.1:1
  - address: 127.0.0.1:2
)");
  auto to = load(R"(
listeners:
  - {address: 127.0.0.1:3, tls: development}
  - {address: 127.0.0.1:2, tls: development}
)");
  CAF_CHECK_EQUAL(changes(from, to),
    "listeners[127.0.0.1:3]:  -> {address: 127.0.0.1:3, tls: development} "
    "(live)\n"
    "listeners[127.0.0.1:2].tls: plain ws -> development (live)\n"
    "listeners[127.0.0.1:1]: {address: 127.0.0.1:1} ->  (live)\n");
}

CAF_TEST(several listeners with port 0 are told apart) {
  auto from = load("listeners: [{address: 127.0.0.1:0}]");
  auto to = load("listeners: [{address: 127.0.0.1:0}, {address: 127.0.0.1:0}]");
  CAF_CHECK_EQUAL(changes(from, to),
    "listeners[127.0.0.1:0#2]:  -> {address: 127.0.0.1:0} (live)\n");
}

CAF_TEST(domains and their servers go by name) {
  auto from = load(R"(
domains:
  a.example: {upstream: [{address: 127.0.0.1:5222, tls: none}]}
  b.example: {}
)");
  auto to = load(R"(
domains:
  a.example:
    upstream:
      - {address: 127.0.0.1:5222, tls: none, weight: 3}
      - {srv: a.example}
  "*": {upstream: [{srv: c.example, weight: 0}]}
)");
  CAF_CHECK_EQUAL(changes(from, to),
    "domains.*:  -> {upstream[c.example].srv: c.example, "
    "upstream[c.example].weight: 0} (new streams)\n"
    "domains.a.example.upstream[127.0.0.1:5222].weight: 1 -> 3 (live)\n"
    "domains.a.example.upstream[a.example]:  -> {srv: a.example} (live)\n"
    "domains.b.example: {} ->  (new streams)\n");
}

CAF_TEST(a key that is left to another one says so) {
  auto from = load("domains: {a.example: {}, b.example: {resumeTimeout: 0}}");
  auto to = load("domains: {a.example: {resumeTimeout: 0}, b.example: {}}");
  CAF_CHECK_EQUAL(changes(from, to),
    "domains.a.example.resumeTimeout: default -> 0 (new streams)\n"
    "domains.b.example.resumeTimeout: 0 -> default (new streams)\n");
}

CAF_TEST(keys that need a restart keep the running values) {
  auto running = load("node: {threads: 2, name: x}");
  auto wanted = load(R"(
node: {threads: 3, name: y, maxSessions: 7}
stream: {management: {durability: store, maxUnacked: 9}}
domains: {d.example: {conflict: refuse-new}}
)");
  auto x = wanted;
  keep_restart_keys(running, x);
  CAF_CHECK_EQUAL(x.node.threads, 2u);
  CAF_CHECK_EQUAL(x.node.name, "x");
  CAF_CHECK(x.stream.management.durability == ack_durability::memory);
  CAF_CHECK_EQUAL(x.node.max_sessions, 7u);
  CAF_CHECK_EQUAL(x.stream.management.max_unacked, 9u);
  CAF_CHECK(x.domains == wanted.domains);
  auto waiting = changes_between(x, wanted);
  CAF_CHECK_EQUAL(waiting.size(), 3u);
  CAF_CHECK(std::ranges::all_of(
    waiting, [](auto& y) { return y.scope == key_scope::restart; }));
}

CAF_TEST(what is written as YAML reads as the same) {
  for (auto text : {"", "node: {name: null}", R"(
node: {name: "5", data: "/tmp/a b: #c\"\\"}
listeners:
  - {address: "[::1]:1", tls: development}
  - {address: "0.0.0.0:2", insecure: true}
websocket: {origins: ["*", https://a.example:7], idleTimeout: 0}
stream: {management: {requestAge: 1500ms, maxUnackedBytes: 1000001}}
domains:
  a.example: {auth: [ANONYMOUS], conflict: refuse-new}
  c.example:
  d.example:
    edgeResume: true
    resumeTimeout: 90s
    upstream:
      - {address: "[::1]:5222", tls: none, weight: 0, proxyProtocol: v2}
      - {srv: x.example}
  "*.e.example": {resumeTimeout: 0, upstream: [{srv: e.example}]}
gateway: {nameServers: ["127.0.0.1:53"]}
log: {level: debug}
)"}) {
    auto x = load_text(text, "/etc/c.yaml");
    if (!x)
      continue;
    auto again = load_text(to_yaml(*x), "/other/c.yaml");
    if (!again)
      CAF_FAIL(to_string(again.error().front()) << '\n' << to_yaml(*x));
    CAF_CHECK(*again == *x);
  }
  CAF_CHECK(load_text("node: {name: \"5\"}", "c.yaml").has_value());
}

CAF_TEST(only what a file sets is no default) {
  auto x = load("websocket: {maxMessage: 300KiB}\n"
                "listeners: [{address: 127.0.0.1:1}]");
  std::string set;
  for (auto& y : settings_of(x))
    if (!y.is_default)
      set += y.path + " = " + y.value + '\n';
  CAF_CHECK_EQUAL(set, "listeners[127.0.0.1:1].address = 127.0.0.1:1\n"
                       "websocket.maxMessage = 300KiB\n");
}
