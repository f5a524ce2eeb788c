#define CAF_SUITE config_load

#include "config/load.hpp"

#include "config/yaml_document.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <fstream>

using namespace causeway::config;
using namespace std::chrono_literals;

namespace {

/// All errors of a text, a line each; empty if it is valid.
std::string errors_of(std::string_view text) {
  std::string result;
  auto config = load_text(text, "c.yaml");
  if (config.has_error())
    for (const auto& error : config.error())
      result += to_string(error) + "\n";
  return result;
}

configuration valid(std::string_view text) {
  auto config = load_text(text, "c.yaml");
  if (config.has_error())
    CAF_FAIL(errors_of(text));
  return *config;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A folder that lives as long as the test.
struct temporary_folder {
  temporary_folder() {
    auto name =
      (std::filesystem::temp_directory_path() / "config-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~temporary_folder() { std::filesystem::remove_all(path); }

  std::filesystem::path write(const char* name, std::string_view text) {
    std::ofstream{path / name} << text;
    return path / name;
  }

  std::filesystem::path path;
};

} // namespace

CAF_TEST(a text without keys means the defaults) {
  for (auto text : {"", "\n", "# nothing\n", "{}", "---\n", "---\n...\n",
         "websocket:\n", "stream: {management: , limits: {}}"})
    CAF_CHECK(valid(text) == configuration{});
}

CAF_TEST(every key sets its field) {
  auto config = valid(R"(
node: {name: n1, data: /tmp, threads: 4, maxSessions: 9, stopGrace: 1s}
listeners:
  - {address: "127.0.0.1:1", tls: development}
  - {address: "0.0.0.0:2", insecure: true}
websocket:
  path: /x/
  maxMessage: 1MiB
  maxMessageBeforeAuth: 16 KiB
  pingInterval: 1s
  pongTimeout: 2s
  handshakeTimeout: 3s
  authTimeout: 4s
  idleTimeout: 0
  closeTimeout: 500ms
  origins: [https://a.example, "*"]
  allowMissingOrigin: false
  maxConnectionsPerSecond: 7
  maxConnectionsPerAddress: 8
  maxWriteQueue: 2MiB
  readWindow: 12345
stream:
  management: {active: false, unsolicitedAckFrequency: -1,
    unsolicitedAckBytes: 9KiB, unsolicitedAckInterval: 7s,
    requestFrequency: 2, requestIdle: 8s, requestAge: 9s, maxUnacked: 3, maxUnackedBytes: 8MiB,
    resumeTimeout: 90s, durability: store, maxParked: 4, maxParkedPerAccount: 2}
  limits: {maxDepth: 8, maxAttributes: 9, maxTags: 100}
  maxAuthFailures: 5
  validateHost: false
domains:
  a.example: {auth: [ANONYMOUS], conflict: refuse-new, maxResources: 1,
    scramIterations: 4096}
  b.example: {conflict: rename-new, resumeTimeout: 0}
  c.example:
  d.example:
    edgeResume: true
    resumeTimeout: 1h
    upstream:
      - {address: "[::1]:5222", tls: none, weight: 0, proxyProtocol: v2}
      - {address: "x.example:5223", tls: direct, certificateName: n.example,
        proxyProtocol: v1}
  "*":
    upstream:
      - {srv: e.example,
        pin: sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=}
gateway: {connectTimeout: 9s, attemptDelay: 10ms, maxFailures: 1,
  retryPause: 3s, maxStanza: 20000, readWindow: 1,
  nameServers: ["127.0.0.1:53", "[::1]:5353"]}
admin: {socket: /tmp/x.sock, http: "127.0.0.1:9070",
  httpCertificate: /etc/passwd, httpKey: /etc/passwd,
  hosts: [ops.example], adminTokens: [/etc/passwd], readOnlyTokens: []}
log: {level: debug, format: json}
)");
  CAF_CHECK(config.node == (node{"n1", "/tmp", 4, 9, 1s}));
  CAF_CHECK(config.listeners
            == (std::vector<listener>{{"127.0.0.1:1", true, {}, false},
              {"0.0.0.0:2", false, {}, true}}));
  CAF_CHECK(config.websocket
            == (websocket{"/x/", 1 << 20, 16 << 10, 1s, 2s, 3s, 4s, 0s, 500ms,
              {"https://a.example", "*"}, false, 7, 8, 2 << 20, 12345}));
  CAF_CHECK(config.stream
            == (stream{{false, -1, 9 << 10, 7s, 2, 8s, 9s, 3, 8 << 20, 90s,
                         ack_durability::store, 4, 2, {}},
              {8, 9, 100}, 5, false}));
  CAF_REQUIRE_EQUAL(config.domains.size(), 5u);
  CAF_CHECK(
    config.domains["a.example"]
    == (domain{{}, {"ANONYMOUS"}, conflict_policy::refuse_new, 1, 4096}));
  CAF_CHECK(
    config.domains["b.example"].conflict == conflict_policy::rename_new);
  CAF_CHECK(config.domains["b.example"].resume_timeout == 0ms);
  CAF_CHECK(config.domains["c.example"] == domain{});
  CAF_CHECK(config.domains["d.example"].resume_timeout == 1h);
  CAF_CHECK(config.domains["d.example"].upstream
            == (std::vector<upstream>{{"[::1]:5222", {}, upstream_tls::none, 0,
                                        {}, {}, {}, proxy_protocol::v2},
              {"x.example:5223", {}, upstream_tls::direct, 1, "n.example", {},
                {}, proxy_protocol::v1}}));
  CAF_CHECK(config.domains["d.example"].edge_resume);
  CAF_CHECK(!config.domains["*"].edge_resume);
  CAF_CHECK(
    config.domains["*"].upstream
    == (std::vector<upstream>{{{}, "e.example", upstream_tls::starttls, 1, {},
      {}, "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}));
  CAF_CHECK(
    config.gateway
    == (gateway{9s, 10ms, 1, 3s, 20'000, 1, {"127.0.0.1:53", "[::1]:5353"}}));
  CAF_CHECK(config.admin
            == (admin{"/tmp/x.sock", "127.0.0.1:9070", "/etc/passwd",
              "/etc/passwd", {"ops.example"}, {"/etc/passwd"}, {}}));
  causeway::config::log log;
  log.level = "debug";
  log.format = "json";
  CAF_CHECK(config.log == log);
}

CAF_TEST(all errors are reported at once in the order of the file) {
  CAF_CHECK_EQUAL(errors_of(R"(node:
  thread: 3
  threads: lots
listeners:
  - address: 127.0.0.1:7070
    tls: yes
  - 7070
log: {level: loud, color: true}
websocket:
  pingInterval: 30
  origins: [same-host, {}]
  pingInterval: 30s
extra: 1
)"),
    "c.yaml:2:3: node.thread: unknown key; did you mean threads?\n"
    "c.yaml:3:12: node.threads: expected an integer, not \"lots\"\n"
    "c.yaml:6:10: listeners[0].tls: expected development or {certificate: "
    "FILE, key: FILE}, or no tls at all for plain ws\n"
    "c.yaml:7:5: listeners[1]: expected a mapping, as in {address: "
    "127.0.0.1:7070}, not \"7070\"\n"
    "c.yaml:8:14: log.level: must be one of trace, debug, info, warn, error, "
    "not \"loud\"\n"
    "c.yaml:8:20: log.color: unknown key\n"
    "c.yaml:10:17: websocket.pingInterval: needs a unit: ms, s, m or h, as in "
    "30s\n"
    "c.yaml:11:24: websocket.origins[1]: expected a text, not a mapping\n"
    "c.yaml:12:3: websocket.pingInterval: duplicate key, first on line 10\n"
    "c.yaml:13:1: extra: unknown key\n");
}

CAF_TEST(a wrong value and a broken rule stand side by side) {
  CAF_CHECK_EQUAL(errors_of("node: {threads: 257}\n"
                            "websocket: {path: ws}\n"
                            "domains: {}\n"),
    "c.yaml:1:17: node.threads: must be between 0 and 256, not \"257\"\n"
    "c.yaml:2:19: websocket.path: must begin and end with /, not \"ws\"\n"
    "c.yaml:3:10: domains: needs at least one domain\n");
}

CAF_TEST(a rule is silent about keys that are wrong already) {
  // The default of maxMessage would be below maxMessageBeforeAuth.
  CAF_CHECK_EQUAL(
    errors_of("websocket: {maxMessage: big, maxMessageBeforeAuth: 1MiB}\n"),
    "c.yaml:1:25: websocket.maxMessage: expected a size such as 4096 or "
    "256KiB, not \"big\"\n");
  CAF_CHECK_EQUAL(errors_of("listeners: [{address: \"0.0.0.0:1\", tls: 5}]"),
    "c.yaml:1:41: listeners[0].tls: expected development or {certificate: "
    "FILE, key: FILE}, or no tls at all for plain ws\n");
}

CAF_TEST(keys of later versions are named as such) {
  CAF_CHECK_EQUAL(errors_of("cluster: {}\n"),
    "c.yaml:1:1: cluster: not supported by this version\n");
}

CAF_TEST(a domain is served here or upstream) {
  CAF_CHECK_EQUAL(errors_of(R"(domains:
  a:
    upstream: [{address: "127.0.0.1:5222", tls: none}]
    auth: [PLAIN]
    conflict: replace-old
    maxResources: 32
    scramIterations: 10000
)"),
    "c.yaml:4:5: domains.a.auth: means nothing beside upstream\n"
    "c.yaml:5:5: domains.a.conflict: means nothing beside upstream\n"
    "c.yaml:6:5: domains.a.maxResources: means nothing beside upstream\n"
    "c.yaml:7:5: domains.a.scramIterations: means nothing beside upstream\n");
}

CAF_TEST(records say themselves how TLS begins) {
  CAF_CHECK_EQUAL(
    errors_of("domains:\n"
              "  a:\n"
              "    upstream: [{srv: a.example, tls: starttls}]\n"),
    "c.yaml:3:33: domains.a.upstream[0].tls: means nothing beside srv\n");
}

CAF_TEST(an error of an upstream server has its place) {
  CAF_CHECK_EQUAL(errors_of(R"(domains:
  a:
    upstream:
      - adress: 127.0.0.1:5222
      - {address: "192.0.2.1:5222", tls: none}
      - {address: "a:1", tls: maybe, weight: 65536}
      - a:5222
  b: {upstream: []}
  c: {upstream: }
  "*.d": {auth: [PLAIN]}
gateway: {nameServers: ["a:53"], attemptDelay: 9ms}
)"),
    "c.yaml:4:9: domains.a.upstream[0].adress: unknown key; did you mean "
    "address?\n"
    "c.yaml:4:9: domains.a.upstream[0]: needs an address such as "
    "127.0.0.1:5222, or srv: DOMAIN\n"
    "c.yaml:5:42: domains.a.upstream[1].tls: none only with a loopback address "
    "such as 127.0.0.1, not with \"192.0.2.1\"\n"
    "c.yaml:6:31: domains.a.upstream[2].tls: must be one of none, starttls, "
    "direct, not \"maybe\"\n"
    "c.yaml:6:46: domains.a.upstream[2].weight: must be between 0 and 65535, "
    "not \"65536\"\n"
    "c.yaml:7:9: domains.a.upstream[3]: expected a mapping, as in {address: "
    "127.0.0.1:7070}, not \"a:5222\"\n"
    "c.yaml:8:17: domains.b.upstream: has no items; leave the key out for the "
    "default\n"
    "c.yaml:9:7: domains.c.upstream: expected a list (lines that begin with "
    "\"- \"), not nothing\n"
    "c.yaml:10:3: domains.*.d: a pattern needs upstream\n"
    "c.yaml:11:25: gateway.nameServers[0]: host names are not resolved, use an "
    "IP address such as 127.0.0.1 in place of \"a\"\n"
    "c.yaml:11:48: gateway.attemptDelay: must be between 10ms and 1h, not "
    "\"9ms\"\n");
}

CAF_TEST(a pattern must stand in quotes) {
  CAF_CHECK(has(errors_of("domains:\n  *.a: {upstream: [{srv: a}]}\n"),
    "quote a text that begins with *"));
  auto config = valid("domains: {\"*.a\": {upstream: [{srv: a}]}}");
  CAF_CHECK_EQUAL(config.domains["*.a"].upstream[0].srv, "a");
}

CAF_TEST(a value of another type is refused) {
  for (auto text : {"node: 5", "node: []", "- node", "text", "node: {name: }",
         "node: {name: [a]}", "node: {name: {a: b}}", "node: {threads: \"1\"}",
         "stream: {validateHost: 'true'}", "stream: {validateHost: yes}",
         "websocket: {origins: \"*\"}", "websocket: {origins: {a: b}}",
         "listeners: {}", "listeners: 127.0.0.1:7070",
         "listeners:", "listeners: []", "domains: []", "domains: {a: []}",
         "domains: {a: 5}", "listeners: [{address: \"127.0.0.1:1\", tls: {}}]",
         "listeners: [{address: \"127.0.0.1:1\", tls: }]",
         "websocket: {maxMessage: 1e6}", "log: {level: INFO}",
         "node: {threads: -1}", "node: {threads: 4294967296}",
         "stream: {limits: {maxDepth: 65600}}",
         "domains: {a: {scramIterations: 4095}}",
         "domains: {a: {scramIterations: 1000001}}",
         "websocket: {maxMessage: 9999}", "websocket: {pongTimeout: 0}"})
    CAF_CHECK_NOT_EQUAL(errors_of(text), "");
}

CAF_TEST(a syntax error has its place) {
  CAF_CHECK(has(errors_of("node: {name: a\nlog: {}\n"), "c.yaml:2:4: YAML: "));
  CAF_CHECK(has(
    errors_of("websocket: {origins: [*]}"), "quote a text that begins with *"));
  CAF_CHECK(has(errors_of("listeners:\n  - address: [::1]:7070\n"),
    "quote an IPv6 address"));
  CAF_CHECK(has(errors_of("log:\n\tlevel: info\n"), "not tabs"));
}

CAF_TEST(what we do not take from YAML is refused) {
  CAF_CHECK(has(errors_of("log: {level: &a info}"), "1:14: log.level: anch"));
  CAF_CHECK(has(errors_of("log: &a {level: info}\nnode: *a"),
    "2:7: node: aliases (*name) are not supported"));
  CAF_CHECK(has(errors_of("log: {level: !!str info}"), "log.level: tags"));
  CAF_CHECK(has(errors_of("? [a]\n: b\n"), "1:3: a key must be a name"));
  CAF_CHECK(has(errors_of("log: {}\n---\nnode: {}\n"), "second document"));
  CAF_CHECK(has(errors_of(std::string(17, '[')), "nested too deep"));
}

CAF_TEST(only UTF 8 text is read) {
  using std::string_view_literals::operator""sv;
  CAF_CHECK_EQUAL(errors_of("log:\n  level: i\x04nfo"),
    "c.yaml:2:11: control character in UTF-8 text\n");
  CAF_CHECK(has(errors_of("log: \0"sv), "c.yaml:1:6: control character"));
  CAF_CHECK_EQUAL(
    errors_of("log:\n  level: \xe9\n"), "c.yaml:2:10: is not UTF-8\n");
  CAF_CHECK(valid("\xef\xbb\xbflog: {level: warn}\r\n").log.level == "warn");
}

CAF_TEST(the number of errors is bounded) {
  std::string text;
  for (int i = 0; i < 150; ++i)
    text += "k" + std::to_string(i) + ": 1\n";
  auto config = load_text(text, "c.yaml");
  CAF_REQUIRE(config.has_error());
  auto errors = config.error();
  CAF_REQUIRE_EQUAL(errors.size(), max_errors + 1);
  CAF_CHECK_EQUAL(errors[0].line, 1u);
  CAF_CHECK_EQUAL(errors[99].line, 100u);
  CAF_CHECK_EQUAL(to_string(errors.back()), "c.yaml: and 50 more errors");
}

CAF_TEST(a file is read and its paths are relative to its folder) {
  temporary_folder folder;
  folder.write("cert.pem", "c");
  folder.write("key.pem", "k");
  auto file =
    folder.write("c.yaml", "listeners:\n"
                           "  - address: 0.0.0.0:443\n"
                           "    tls: {certificate: cert.pem, key: ./key.pem}\n"
                           "admin: {socket: run/x.sock}\n");
  auto config = load_file(file);
  CAF_REQUIRE(config.has_value());
  CAF_REQUIRE_EQUAL(config->listeners.size(), 1u);
  const auto& listener = config->listeners[0];
  CAF_CHECK(listener.secure);
  CAF_CHECK_EQUAL(listener.tls.at(0).certificate, folder.path / "cert.pem");
  CAF_CHECK_EQUAL(listener.tls.at(0).key, folder.path / "key.pem");
  CAF_CHECK_EQUAL(config->admin.socket, folder.path / "run/x.sock");
  CAF_CHECK_EQUAL(config->node.data, folder.path / "var");
}

CAF_TEST(an absolute path stays as it is) {
  auto data = [](std::string_view text, const char* name) {
    auto config = load_text(text, name);
    return config.has_value() ? config->node.data : "";
  };
  CAF_CHECK_EQUAL(data("node: {data: /tmp}", "/etc/c.yaml"), "/tmp");
  CAF_CHECK_EQUAL(data("", "c.yaml"), "./var");
  CAF_CHECK_EQUAL(data("", "/srv/c.yaml"), "/srv/var");
  auto config = load_text("", "/srv/c.yaml");
  CAF_REQUIRE(config.has_value());
  CAF_CHECK_EQUAL(config->admin.socket, "");
}

CAF_TEST(a file that cannot be read is one error) {
  temporary_folder folder;
  auto error_of = [](const std::filesystem::path& file) -> std::string {
    auto config = load_file(file);
    CAF_REQUIRE(config.has_error());
    auto errors = config.error();
    CAF_REQUIRE_EQUAL(errors.size(), 1u);
    CAF_CHECK_EQUAL(errors[0].file, file.string());
    return errors[0].reason;
  };
  CAF_CHECK_EQUAL(
    error_of(folder.path / "none"), "cannot open: No such file or directory");
  CAF_CHECK_EQUAL(error_of(folder.path), "is a folder, not a file");
  auto large = folder.write("large", std::string(max_file_size + 1, '#'));
  CAF_CHECK_EQUAL(error_of(large), "is larger than 1 MiB");
  auto full = folder.write("full", std::string(max_file_size, '#'));
  CAF_CHECK(load_file(full).has_value());
}

CAF_TEST(a listener may have several certificates) {
  temporary_folder folder;
  for (auto name : {"a", "b", "c"})
    folder.write(name, "pem");
  auto file = folder.write("c.yaml", R"(
listeners:
  - address: 127.0.0.1:1
    tls: {certificate: a, key: b}
  - address: 127.0.0.1:2
    tls:
      - {certificate: a, key: b}
      - {certificate: c, key: none}
      - {certificate: c}
)");
  auto config = load_file(file);
  CAF_REQUIRE(config.has_error());
  auto errors = config.error();
  CAF_REQUIRE_EQUAL(errors.size(), 2u);
  CAF_CHECK_EQUAL(errors[0].key, "listeners[1].tls[1].key");
  CAF_CHECK_EQUAL(errors[0].line, 8u);
  CAF_CHECK_EQUAL(errors[1].key, "listeners[1].tls[2]");
  folder.write("none", "pem");
  file = folder.write("c.yaml",
    "listeners: [{address: 127.0.0.1:1, tls: [{certificate: a, key: b}, "
    "{certificate: c, key: none}]}]");
  config = load_file(file);
  CAF_REQUIRE(config.has_value());
  auto& x = config->listeners[0];
  CAF_CHECK(x.secure);
  CAF_REQUIRE_EQUAL(x.tls.size(), 2u);
  CAF_CHECK_EQUAL(x.tls[1].key, (folder.path / "none").string());
}
