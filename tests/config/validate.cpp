#define CAF_SUITE config_validate

#include "config/validate.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace causeway::config;

namespace {

/// The broken rules of the defaults after a change, "key: reason" each.
template <class Change>
std::vector<std::string> broken(Change change) {
  configuration config;
  change(config);
  std::vector<std::string> result;
  for (const auto& rule : validate(config))
    result.push_back(rule.key + ": " + rule.reason);
  return result;
}

/// Whether exactly one rule is broken, and it begins so.
bool only(const std::vector<std::string>& rules, std::string_view begin) {
  if (rules.size() == 1 && rules[0].starts_with(begin))
    return true;
  CAF_MESSAGE(caf::deep_to_string(rules));
  return false;
}

using strings = std::vector<std::string>;

upstream server(std::string address, std::string srv = {},
  upstream_tls tls = upstream_tls::starttls) {
  upstream x;
  x.address = std::move(address);
  x.srv = std::move(srv);
  x.tls = tls;
  return x;
}

strings broken_upstream(const upstream& x) {
  return broken([&](auto& config) { config.domains = {{"a", {{x}}}}; });
}

} // namespace

CAF_TEST(the defaults break no rule) {
  CAF_CHECK(validate(configuration{}).empty());
}

CAF_TEST(plain ws is refused off loopback) {
  auto with = [](listener x) {
    return broken([&](auto& config) { config.listeners = {x}; });
  };
  for (auto address : {"0.0.0.0:1", "[::]:1", "192.0.2.1:1", "[2001:db8::1]:1"})
    CAF_CHECK(only(with({address, false, {}}),
      "listeners[0].address: plain ws only on loopback"));
  CAF_CHECK(with({"127.9.9.9:1", false, {}}).empty());
  CAF_CHECK(with({"0.0.0.0:1", true, {}}).empty());
  CAF_CHECK(with({"0.0.0.0:1", false, {}, true}).empty());
  CAF_CHECK(only(with({"0.0.0.0:1", true, {}, true}),
    "listeners[0].insecure: contradicts tls"));
}

CAF_TEST(a listener needs an address of its own) {
  CAF_CHECK(only(broken([](auto& x) { x.listeners.clear(); }),
    "listeners: needs at least one"));
  CAF_CHECK(only(broken([](auto& x) { x.listeners[2].address.clear(); }),
    "listeners[2].address: needs an address"));
  CAF_CHECK(
    only(broken([](auto& x) { x.listeners[2].address = "127.0.0.1:7070"; }),
      "listeners[2].address: overlaps the address of listeners[0]"));
  CAF_CHECK(
    only(broken([](auto& x) { x.listeners[2].address = "0.0.0.0:7070"; }),
      "listeners[2].address: overlaps the address of listeners[0]"));
  CAF_CHECK(broken([](auto& x) {
    x.listeners[0].address = x.listeners[2].address = "127.0.0.1:0";
  }).empty());
}

CAF_TEST(certificate and key belong together and must be there) {
  auto name =
    (std::filesystem::temp_directory_path() / "config-XXXXXX").string();
  std::filesystem::path folder = mkdtemp(name.data());
  auto file = (folder / "pem").string();
  std::ofstream{file} << "pem";
  auto with = [](std::string certificate, std::string key) {
    return broken([&](auto& config) {
      config.listeners = {{"0.0.0.0:1", true, {{certificate, key}}}};
    });
  };
  CAF_CHECK(with(file, file).empty());
  CAF_CHECK(only(with(file, ""),
    "listeners[0].tls: needs certificate and key, but key is missing"));
  CAF_CHECK(only(with("", file),
    "listeners[0].tls: needs certificate and key, but certificate is "
    "missing"));
  CAF_CHECK(only(
    with(file, file + ".none"), "listeners[0].tls.key: cannot find the file"));
  CAF_CHECK(only(with(folder.string(), file),
    "listeners[0].tls.certificate: \"" + folder.string() + "\" is not a file"));
  std::filesystem::remove_all(folder);
}

CAF_TEST(a log to a file has a path and no other has) {
  auto with = [](std::string output, std::string file) {
    return broken([&](auto& x) {
      x.log.output = output;
      x.log.file = file;
    });
  };
  CAF_CHECK(with("file", "/var/log/causeway/log").empty());
  CAF_CHECK(only(with("file", ""), "log.file: output: file needs a path"));
  CAF_CHECK(only(with("auto", "/var/log/causeway/log"),
    "log.file: means nothing without output: file"));
}

CAF_TEST(message sizes agree with each other) {
  CAF_CHECK(
    only(broken([](auto& x) { x.websocket.max_message_before_auth = 1 << 20; }),
      "websocket.maxMessageBeforeAuth: must not exceed maxMessage"));
  CAF_CHECK(only(broken([](auto& x) { x.websocket.max_write_queue = 262'143; }),
    "websocket.maxWriteQueue: must hold one message"));
  CAF_CHECK(only(
    broken([](auto& x) { x.stream.management.max_unacked_bytes = 262'143; }),
    "stream.management.maxUnackedBytes: must hold one message"));
  // The last message may exceed the window.
  CAF_CHECK(broken([](auto& x) { x.websocket.read_window = 1; }).empty());
}

CAF_TEST(an ack is asked for before the queue is full) {
  auto with = [](std::uint32_t frequency) {
    return broken([&](auto& x) {
      x.stream.management.max_unacked = 10;
      x.stream.management.request_frequency = frequency;
    });
  };
  CAF_CHECK(with(0).empty());
  CAF_CHECK(with(10).empty());
  CAF_CHECK(
    only(with(11), "stream.management.requestFrequency: must not exceed"));
}

CAF_TEST(some client can connect) {
  auto with = [](strings origins, bool missing) {
    return broken([&](auto& x) {
      x.websocket.origins = origins;
      x.websocket.allow_missing_origin = missing;
    });
  };
  CAF_CHECK(with({}, true).empty());
  CAF_CHECK(with({"*"}, false).empty());
  CAF_CHECK(only(with({}, false), "websocket.origins: no client could"));
  CAF_CHECK(only(with({"*", "example.org"}, true),
    "websocket.origins[1]: \"example.org\" is no origin"));
}

CAF_TEST(a domain has a name and a way to log in) {
  auto with = [](std::string name, strings auth) {
    return broken([&](auto& x) {
      x.domains = {{name, {}}};
      x.domains[name].auth = auth;
    });
  };
  CAF_CHECK(with("a.example", {"ANONYMOUS", "PLAIN"}).empty());
  CAF_CHECK(
    only(with("A", {"PLAIN"}), "domains.A: the domain name \"A\" must"));
  CAF_CHECK(only(with("a", {}), "domains.a.auth: needs at least one"));
  CAF_CHECK(only(with("a", {"PLAIN", "plain"}),
    "domains.a.auth[1]: unknown SASL mechanism \"plain\"; did you mean "
    "PLAIN?"));
  CAF_CHECK(only(
    with("a", {"PLAIN", "PLAIN"}), "domains.a.auth[1]: names \"PLAIN\" twice"));
  CAF_CHECK(only(
    broken([](auto& x) { x.domains.clear(); }), "domains: needs at least one"));
}

CAF_TEST(a pattern is for domains with upstream) {
  auto with = [](std::string name, std::vector<upstream> servers) {
    return broken([&](auto& x) { x.domains = {{name, {servers}}}; });
  };
  auto one = server("127.0.0.1:5222");
  CAF_CHECK(with("*", {one}).empty());
  CAF_CHECK(with("*.example.org", {one}).empty());
  CAF_CHECK(with("example.org", {one}).empty());
  CAF_CHECK(only(with("*", {}), "domains.*: a pattern needs upstream"));
  CAF_CHECK(only(with("*.a", {}), "domains.*.a: a pattern needs upstream"));
  CAF_CHECK(only(with("*a", {one}), "domains.*a: a pattern is * or"));
  CAF_CHECK(only(with("*.A", {one}), "domains.*.A: the domain name \"A\""));
  CAF_CHECK(only(with("*.*", {one}), "domains.*.*: the domain name \"*\""));
  CAF_CHECK(only(with("a.*", {one}), "domains.a.*: the domain name"));
}

CAF_TEST(only a domain with upstream holds sessions at the edge) {
  auto with = [](bool edge_resume, std::vector<upstream> servers) {
    return broken([&](auto& x) {
      domain y;
      y.upstream = servers;
      y.edge_resume = edge_resume;
      x.domains = {{"a", y}};
    });
  };
  auto one = server("127.0.0.1:5222");
  CAF_CHECK(with(true, {one}).empty());
  CAF_CHECK(with(false, {}).empty());
  CAF_CHECK(only(with(true, {}), "domains.a.edgeResume: needs upstream"));
}

CAF_TEST(an upstream server has an address or records) {
  for (auto address : {"127.0.0.1:5222", "192.0.2.1:1", "[2001:db8::1]:65535",
         "xmpp.example.org:5222", "localhost:5222", "xn--bcher-kva.example:1"})
    CAF_CHECK(broken_upstream(server(address)).empty());
  for (auto address : {"example.org", "example.org:0", "example.org:65536",
         "example.org:", ":5222", "::1:5222", "[::1]", "[x]:1", "127.0.0.256:1",
         "Example.org:1", "a..b:1", "a b:1",
         "b\xc3\xbc"
         "cher.example:1"})
    CAF_CHECK(
      only(broken_upstream(server(address)), "domains.a.upstream[0].addr"));
  CAF_CHECK(broken_upstream(server({}, "example.org")).empty());
  CAF_CHECK(only(broken_upstream({}), "domains.a.upstream[0]: needs an"));
  CAF_CHECK(only(broken_upstream(server("a:1", "b")),
    "domains.a.upstream[0].srv: contradicts address"));
  CAF_CHECK(only(broken_upstream(server({}, "_xmpp-client._tcp.example.org")),
    "domains.a.upstream[0].srv: names the domain alone"));
  CAF_CHECK(only(broken_upstream(server({}, "example.org.")),
    "domains.a.upstream[0].srv: the host name"));
}

CAF_TEST(a link without TLS stays on this machine) {
  auto with = [](std::string address, std::string srv = {}) {
    return broken_upstream(server(address, srv, upstream_tls::none));
  };
  for (auto address : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1"})
    CAF_CHECK(with(address).empty());
  for (auto address :
    {"localhost:1", "192.0.2.1:1", "[::]:1", "0.0.0.0:1", "[2001:db8::1]:1"})
    CAF_CHECK(only(with(address),
      "domains.a.upstream[0].tls: none only with a loopback address"));
  CAF_CHECK(only(
    with({}, "a.example"), "domains.a.upstream[0].tls: none needs an address"));
}

CAF_TEST(a certificate is judged in one way) {
  auto pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  std::string file = CAUSEWAY_SOURCE_DIR "/config/example.yaml";
  auto x = server("a.example:1");
  x.ca = file;
  CAF_CHECK(broken_upstream(x).empty());
  x.pin = pin;
  CAF_CHECK(
    only(broken_upstream(x), "domains.a.upstream[0].pin: contradicts ca"));
  x.ca.clear();
  CAF_CHECK(broken_upstream(x).empty());
  x.certificate_name = "*.example";
  CAF_CHECK(only(broken_upstream(x),
    "domains.a.upstream[0].certificateName: the host name"));
  x = server("a.example:1");
  x.ca = file + ".none";
  CAF_CHECK(
    only(broken_upstream(x), "domains.a.upstream[0].ca: cannot find the file"));
  x = server("127.0.0.1:1", {}, upstream_tls::none);
  x.pin = pin;
  CAF_CHECK(
    only(broken_upstream(x), "domains.a.upstream[0].tls: none contradicts"));
}

CAF_TEST(a stanza from upstream fits where it waits) {
  auto with = [](auto change, bool linked = true) {
    return broken([&](auto& x) {
      if (linked)
        x.domains["a"].upstream = {server("127.0.0.1:5222")};
      change(x);
    });
  };
  auto shrink = [](auto& x) { x.websocket.max_write_queue = 300'000; };
  CAF_CHECK(with(shrink, false).empty());
  CAF_CHECK(only(with(shrink),
    "gateway.maxStanza: must not exceed, together with gateway.readWindow, "
    "websocket.maxWriteQueue (1310720 > 300000)"));
  auto fit = [](auto& x) {
    x.websocket.max_write_queue = x.gateway.max_stanza + x.gateway.read_window;
  };
  CAF_CHECK(with(fit).empty());
  CAF_CHECK(only(with([&](auto& x) {
    fit(x);
    ++x.gateway.read_window;
  }),
    "gateway.maxStanza: must not exceed, together with"));
  CAF_CHECK(
    only(with([](auto& x) { x.stream.management.max_unacked_bytes = 300'000; }),
      "gateway.maxStanza: must not exceed stream.management.maxUnackedBytes"));
}

CAF_TEST(a name server is an address with a port) {
  auto with = [](std::string server) {
    return broken([&](auto& x) { x.gateway.name_servers = {server}; });
  };
  CAF_CHECK(with("127.0.0.1:53").empty());
  CAF_CHECK(with("[::1]:53").empty());
  for (auto server : {"", "127.0.0.1", "127.0.0.1:0", "localhost:53", "::1:53"})
    CAF_CHECK(only(with(server), "gateway.nameServers[0]: "));
}

CAF_TEST(the node has a plain name and a folder) {
  for (auto name : {"", "a b", "a/b", "a@b"})
    CAF_CHECK(only(broken([&](auto& x) { x.node.name = name; }),
      "node.name: must be 1 to 64"));
  CAF_CHECK(only(broken([](auto& x) { x.node.name = std::string(65, 'a'); }),
    "node.name: must be 1 to 64"));
  CAF_CHECK(only(broken([](auto& x) { x.node.data = ""; }),
    "node.data: must name a folder"));
  CAF_CHECK(only(broken([](auto& x) { x.node.data = "/dev/null"; }),
    "node.data: \"/dev/null\" is not a folder"));
}

CAF_TEST(the path of the control socket fits the system) {
  CAF_CHECK(broken([](auto& x) { x.admin.socket.assign(107, 's'); }).empty());
  CAF_CHECK(only(broken([](auto& x) { x.admin.socket.assign(108, 's'); }),
    "admin.socket: the path of the control socket is longer than 107"));
  CAF_CHECK(only(broken([](auto& x) { x.node.data.assign(100, 'd'); }),
    "node.data: the path of the control socket is longer than 107"));
}

CAF_TEST(the admin endpoint is on loopback or has TLS) {
  auto with = [](std::string address, std::string certificate = {},
                std::string key = {}) {
    return broken([&](auto& x) {
      x.admin.http = address;
      x.admin.http_certificate = certificate;
      x.admin.http_key = key;
    });
  };
  auto file = "/etc/passwd";
  CAF_CHECK(with("127.0.0.1:9070").empty());
  CAF_CHECK(with("[::1]:9070").empty());
  CAF_CHECK(with("0.0.0.0:9070", file, file).empty());
  CAF_CHECK(only(
    with("0.0.0.0:9070"), "admin.http: plain HTTP only on loopback; add http"));
  CAF_CHECK(
    only(with("localhost:9070"), "admin.http: host names are not resolved"));
  CAF_CHECK(only(with("127.0.0.1:7070"),
    "admin.http: overlaps the address of listeners[0]"));
  CAF_CHECK(only(with("127.0.0.1:9070", file),
    "admin.httpCertificate: needs both certificate and key"));
  CAF_CHECK(only(with("127.0.0.1:9070", {}, file),
    "admin.httpKey: needs both certificate and key"));
  CAF_CHECK(only(with("127.0.0.1:9070", file, "/nonexistent"),
    "admin.httpKey: cannot find the file"));
}

CAF_TEST(names and tokens of the admin endpoint are checked) {
  CAF_CHECK(
    broken([](auto& x) { x.admin.hosts = {"ops.example.org"}; }).empty());
  CAF_CHECK(only(broken([](auto& x) { x.admin.hosts = {"not a name"}; }),
    "admin.hosts[0]:"));
  CAF_CHECK(
    only(broken([](auto& x) { x.admin.admin_tokens = {"/nonexistent"}; }),
      "admin.adminTokens[0]: cannot find the file"));
  CAF_CHECK(
    only(broken([](auto& x) { x.admin.read_only_tokens = {"/nonexistent"}; }),
      "admin.readOnlyTokens[0]: cannot find the file"));
}

CAF_TEST(several broken rules are found together) {
  auto rules = broken([](configuration& x) {
    x.listeners = {{"0.0.0.0:1", false, {}}, {"nonsense", false, {}}};
    x.websocket.path = "ws";
    x.domains.clear();
  });
  CAF_REQUIRE_EQUAL(rules.size(), 4u);
  CAF_CHECK(rules[0].starts_with("listeners[0].address: plain ws"));
  CAF_CHECK(rules[1].starts_with("listeners[1].address: expected ADDRESS"));
  CAF_CHECK(rules[2].starts_with("websocket.path: must begin"));
  CAF_CHECK(rules[3].starts_with("domains: needs"));
}
