#pragma once

#include "config/config.hpp"
#include "config/key_facts.hpp"

#include <string_view>
#include <utility>

/// Every key of the file, once: its name, the field it sets, the values that it
/// may have by itself (rules across keys are in `validate`), when a change of
/// it takes effect, and what it means. The reader, the tables of README.md,
/// `causewayctl config explain` and the plan of a reload all come from here.
///
/// A visitor gets each key through one of the calls below. The order here is
/// the order of `example.yaml`.
namespace causeway::config {

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;

constexpr milliseconds no_time{0};
constexpr milliseconds one_ms{1};
constexpr milliseconds one_hour{3'600'000};
constexpr milliseconds one_day = 24 * one_hour;

constexpr std::string_view level_names[] = {
  "trace", "debug", "info", "warn", "error"};
constexpr std::string_view component_levels[] = {
  "default", "trace", "debug", "info", "warn", "error"};
constexpr std::string_view log_formats[] = {"text", "json"};
constexpr std::string_view log_outputs[] = {
  "auto", "stderr", "journal", "file"};
constexpr std::pair<std::string_view, ack_durability> durabilities[] = {
  {"memory", ack_durability::memory}, {"store", ack_durability::store}};
constexpr std::pair<std::string_view, conflict_policy> conflict_policies[] = {
  {"replace-old", conflict_policy::replace_old},
  {"refuse-new", conflict_policy::refuse_new},
  {"rename-new", conflict_policy::rename_new},
};
constexpr std::pair<std::string_view, upstream_tls> upstream_tls_modes[] = {
  {"none", upstream_tls::none},
  {"starttls", upstream_tls::starttls},
  {"direct", upstream_tls::direct},
};
constexpr std::pair<std::string_view, proxy_protocol> proxy_protocols[] = {
  {"none", proxy_protocol::none},
  {"v1", proxy_protocol::v1},
  {"v2", proxy_protocol::v2},
};

template <class Visitor>
void describe(Visitor& keys, node& x) {
  keys.text("name", x.name,
    restart(
      "unique in the cluster", "1 to 64 of letters, digits, `.`, `_`, `-`"));
  keys.path("data", x.data,
    restart("database, keys, development certificate, earlier configurations, "
            "control socket; made if missing",
      "folder"));
  keys.number("threads", x.threads, 0, 256,
    restart("threads for sockets and actors; 0: one per core"));
  keys.number("maxSessions", x.max_sessions, 1, 10'000'000,
    live("most streams; more get HTTP 503"));
  keys.duration("stopGrace", x.stop_grace, no_time, one_hour,
    live("how long streams may take to end at a stop"));
}

template <class Visitor>
void describe(Visitor& keys, listener_tls& x) {
  keys.path("certificate", x.certificate,
    live("with `tls`; read again with each reload", "PEM file, chain included",
      "-"));
  keys.path("key", x.key,
    live("with `tls`; read again with each reload", "PEM file", "-"));
}

template <class Visitor>
void describe(Visitor& keys, listener& x) {
  keys.text("address", x.address,
    live("port 0 lets the system choose", "`IPv4:PORT`, `\"[IPv6]:PORT\"`",
      "required"));
  keys.tls("tls", x,
    live("wss; of several certificates the one that has the name that the "
         "client asks for (SNI), else the first",
      "`development`, the two keys below, or a list of them", "plain ws"));
  keys.flag("insecure", x.insecure,
    live("allows plain ws off loopback, for a TLS proxy in front"));
}

template <class Visitor>
void describe(Visitor& keys, websocket& x) {
  keys.text("path", x.path,
    live("also served without its last slash", "begins and ends with `/`"));
  // RFC 6120 section 13.12 wants stanzas of 10000 bytes to be accepted.
  keys.size("maxMessage", x.max_message, 10'000, 256 * mib,
    live("largest message (RFC 6120 section 13.12 sets the minimum)"));
  keys.size("maxMessageBeforeAuth", x.max_message_before_auth, kib, 256 * mib,
    new_streams("the same before authentication", "1KiB to `maxMessage`"));
  keys.duration("pingInterval", x.ping_interval, no_time, one_day,
    live("silence before a WebSocket ping; 0: never"));
  keys.duration("pongTimeout", x.pong_timeout, one_ms, one_day,
    live("then the connection is lost"));
  keys.duration("handshakeTimeout", x.handshake_timeout, one_ms, one_day,
    new_streams("TCP accept to `<open/>`"));
  keys.duration("authTimeout", x.auth_timeout, one_ms, one_day,
    new_streams("`<open/>` to a bound resource"));
  keys.duration("idleTimeout", x.idle_timeout, no_time, one_day,
    live("silence that ends the stream, probed at half; 0: never"));
  keys.duration("closeTimeout", x.close_timeout, one_ms, one_day,
    live("wait for the peer's `<close/>` and close frame"));
  keys.texts("origins", x.origins,
    live("pages that may connect",
      "`same-host`, `\"*\"`, `scheme://host[:port]`"));
  keys.flag("allowMissingOrigin", x.allow_missing_origin,
    live("clients that are no browsers"));
  keys.number("maxConnectionsPerSecond", x.max_connections_per_second, 0,
    1'000'000, live("over all listeners; 0: no limit"));
  keys.number("maxConnectionsPerAddress", x.max_connections_per_address, 0,
    1'000'000,
    live("open at a time from one IPv4 address, or 64 bits of IPv6, over all "
         "wss listeners; more get HTTP 503; 0: no limit"));
  keys.size("maxWriteQueue", x.max_write_queue, 1, 1024 * mib,
    live("bytes that may wait for one slow client", "`maxMessage` to 1GiB"));
  keys.size("readWindow", x.read_window, 1, 1024 * mib,
    new_streams("bytes of one client inside the server; the last message may "
                "exceed it"));
}

template <class Visitor>
void describe(Visitor& keys, stream_management& x) {
  keys.flag("active", x.active, new_streams("whether it is offered"));
  keys.number("unsolicitedAckFrequency", x.unsolicited_ack_frequency,
    -1'000'000, 1'000'000,
    live("`<a/>` after so many stanzas; 0 or less: only when asked"));
  keys.size("unsolicitedAckBytes", x.unsolicited_ack_bytes, 0, 1024 * mib,
    live("`<a/>` after so many bytes of stanzas; 0: never"));
  keys.duration("unsolicitedAckInterval", x.unsolicited_ack_interval, no_time,
    one_hour,
    live("`<a/>` so long after a stanza that none has told of; 0: never"));
  keys.number("requestFrequency", x.request_frequency, 0, 1'000'000,
    live("`<r/>` at so many unacked stanzas; 0: when more than half of "
         "`maxUnacked` is",
      "0 to `maxUnacked`"));
  keys.duration("requestIdle", x.request_idle, no_time, one_hour,
    live("`<r/>` when nothing was sent for so long and the last stanza was "
         "not asked for; 0: never"));
  keys.duration("requestAge", x.request_age, no_time, one_hour,
    live("`<r/>` so long after a stanza that was not asked for, whatever was "
         "sent since; 0: never"));
  keys.number("maxUnacked", x.max_unacked, 1, 1'000'000,
    live("one more ends the stream; what a stream owes already when this is "
         "lowered comes on top"));
  keys.size("maxUnackedBytes", x.max_unacked_bytes, 1, 1024 * mib,
    live("the same in bytes", "`maxMessage` to 1GiB"));
  keys.duration("resumeTimeout", x.resume_timeout, no_time, one_day,
    new_streams("how long a session waits for its client to resume it; 0: not "
                "at all"));
  keys.choice("durability", x.durability, durabilities,
    restart("what an ack promises in domains served here: the server has the "
            "stanza, or has it on disk, so that even `kill -9` loses and "
            "doubles nothing; costs a wait for the disk"));
  keys.number("maxParked", x.max_parked, 1, 10'000'000,
    live("sessions that wait; one more, and the oldest ends"));
  keys.number("maxParkedPerAccount", x.max_parked_per_account, 1, 10'000,
    live("the same of one account"));
  keys.paths("keys", x.keys,
    live("64 hexadecimal digits each; the first seals session ids, all open "
         "them; read again with each reload; empty: `sm.key` in `data`; no "
         "other user may have access to them (as with ssh, chmod 600)",
      "key files"));
}

template <class Visitor>
void describe(Visitor& keys, xml& x) {
  keys.number("maxDepth", x.max_depth, 8, 1'024, live("nesting of elements"));
  keys.number(
    "maxAttributes", x.max_attributes, 8, 1'024, live("of one element"));
  keys.number("maxTags", x.max_tags, 16, 1'000'000, live("start tags"));
}

template <class Visitor>
void describe(Visitor& keys, stream& x) {
  keys.section("management", x.management);
  keys.section("limits", x.limits);
  keys.number("maxAuthFailures", x.max_auth_failures, 1, 100,
    new_streams("failed logins that end the stream"));
  keys.flag("validateHost", x.validate_host,
    new_streams("`to` must be a domain of ours; else it is answered as the "
                "first"));
}

template <class Visitor>
void describe(Visitor& keys, upstream& x) {
  keys.text("address", x.address,
    live("where the server listens",
      "`NAME:PORT`, `IPv4:PORT`, `\"[IPv6]:PORT\"`", "-"));
  keys.text("srv", x.srv,
    live("in place of `address`: ask for its `_xmpps-client` and "
         "`_xmpp-client` records",
      "domain", "-"));
  keys.choice("tls", x.tls, upstream_tls_modes,
    live("with `address` only; records say it themselves"));
  keys.number("weight", x.weight, 0, 65'535,
    live("share of clients; 0: only if no other is there"));
  keys.text("certificateName", x.certificate_name,
    live(
      "name that the certificate must have", "host name", "the XMPP domain"));
  keys.path("ca", x.ca,
    live("authorities to trust; read again with each reload", "PEM file",
      "those of the system"));
  keys.text("pin", x.pin,
    live("hash of the public key (SubjectPublicKeyInfo) that the server must "
         "have, in place of a trusted chain",
      "`sha256/` and base64 of 32 bytes", "-"));
  keys.choice("proxyProtocol", x.proxy_protocol, proxy_protocols,
    live("PROXY header with the address of the client"));
  // Records say it themselves.
  keys.excludes("srv", {"tls"});
}

template <class Visitor>
void describe(Visitor& keys, domain& x) {
  keys.texts("auth", x.auth,
    new_streams("SASL mechanisms, best first", "these and `ANONYMOUS`"));
  keys.choice("conflict", x.conflict, conflict_policies,
    live("when a resource is bound twice; a session that waits for its client "
         "gives way in any case"));
  keys.number("maxResources", x.max_resources, 1, 10'000,
    live("of one account at a time; where it is full, the session that has "
         "waited longest for its client gives way"));
  keys.number("scramIterations", x.scram_iterations, 4'096, 1'000'000,
    live("for passwords set from now on"));
  keys.list("upstream", x.upstream,
    live("servers that the streams are linked to; links stay where they are",
      "list, keys below", "-"));
  keys.flag("edgeResume", x.edge_resume,
    new_streams("with `upstream`: where its servers have no Stream "
                "Management, or cannot resume, sessions wait for their client "
                "here; they survive the loss of the client, not of this "
                "process or of the stream to the server"));
  keys.duration("resumeTimeout", x.resume_timeout, no_time, one_day,
    new_streams("how long a session waits for its client to resume it; 0: not "
                "at all",
      {}, "that of `stream.management`"));
  keys.excludes(
    "upstream", {"auth", "conflict", "maxResources", "scramIterations"});
}

template <class Visitor>
void describe(Visitor& keys, gateway& x) {
  keys.duration("connectTimeout", x.connect_timeout, one_ms, one_hour,
    new_streams("one budget over DNS, connect, TLS and stream features, for "
                "all servers that are tried"));
  // The least that RFC 8305 section 8 allows.
  keys.duration("attemptDelay", x.attempt_delay, 10 * one_ms, one_hour,
    new_streams("head start of an address before the next of the same server "
                "is tried (RFC 8305)"));
  keys.number("maxFailures", x.max_failures, 1, 1'000'000,
    live("failures in a row, its own, after which a server is left alone"));
  keys.duration("retryPause", x.retry_pause, one_ms, one_hour,
    live("for how long; doubles up to 16 times that"));
  keys.size("maxStanza", x.max_stanza, 10'000, 256 * mib,
    new_streams("largest stanza that is taken from a server"));
  keys.size("readWindow", x.read_window, 1, 1024 * mib,
    new_streams("bytes of one stream from a server inside this one; the last "
                "stanza may exceed it"));
  keys.texts("nameServers", x.name_servers,
    live("asked in place of those of the system",
      "`IPv4:PORT`, `\"[IPv6]:PORT\"`"));
}

template <class Visitor>
void describe(Visitor& keys, admin& x) {
  keys.path("socket", x.socket,
    restart("Unix socket of causewayctl; empty: `causeway.sock` in `data`",
      "path, at most 107 bytes"));
  keys.text("http", x.http,
    restart("HTTP endpoint with `/metrics`, `/healthz`, `/readyz`, commands "
            "and web console; empty: none",
      "`IPv4:PORT`, `\"[IPv6]:PORT\"`"));
  keys.path("httpCertificate", x.http_certificate,
    restart("makes it HTTPS, with `httpKey`; needed off loopback",
      "PEM file, chain included"));
  keys.path("httpKey", x.http_key, restart("its key", "PEM file"));
  keys.texts("hosts", x.hosts,
    restart("names under which it may be asked for, besides addresses and "
            "`localhost`",
      "host names"));
  keys.paths("adminTokens", x.admin_tokens,
    restart("a token each, 32 to 512 characters, for all commands; empty: "
            "`admin.token` in `data`; modes as for `keys`",
      "files"));
  keys.paths("readOnlyTokens", x.read_only_tokens,
    restart("the same for commands that change nothing; empty: "
            "`read-only.token` in `data`",
      "files"));
}

template <class Visitor>
void describe(Visitor& keys, inspect& x) {
  keys.duration("stuckAfter", x.stuck_after, 100 * one_ms, one_hour,
    restart("age of its oldest message from which on an actor is stuck"));
}

template <class Visitor>
void describe(Visitor& keys, log_levels& x) {
  auto word = [&keys](
                std::string_view key, std::string& value, const key_facts& y) {
    keys.word(key, value, component_levels, y);
  };
  word("node", x.node, live("start, stop, supervision, configuration"));
  word("c2s", x.c2s, live("streams of clients"));
  word("routing", x.routing, live("router and registry"));
  word("upstream", x.upstream, live("streams to upstream servers"));
  word("domain", x.domain, live("accounts and stored messages"));
  word("inspect", x.inspect, live("what operators do, and the log itself"));
  word("transport", x.transport, live("sockets, TLS, handshakes"));
}

template <class Visitor>
void describe(Visitor& keys, log& x) {
  keys.word(
    "level", x.level, level_names, live("least severe event that is logged"));
  keys.word("format", x.format, log_formats,
    live("of a line; the journal has a field for each of the event"));
  keys.word("output", x.output, log_outputs,
    live("`auto`: the journal of systemd if standard error leads there, else "
         "standard error"));
  keys.path("file", x.file, live("with `output: file`", "path"));
  keys.size("maxFileSize", x.max_file_size, 4 * kib, 1024 * mib,
    live("a file that would be larger gets a number, and another begins"));
  keys.number("keepFiles", x.keep_files, 0, 100,
    live("files with a number; the oldest makes way"));
  keys.number("recent", x.recent, 0, 10'000,
    live("last events that the server keeps for `causewayctl log`"));
  keys.section("levels", x.levels);
}

template <class Visitor>
void describe(Visitor& keys, configuration& x) {
  keys.section("node", x.node);
  keys.list("listeners", x.listeners,
    live("addresses to listen on; streams of one that is removed go on",
      "list, keys below", "see below"));
  keys.section("websocket", x.websocket);
  keys.section("stream", x.stream);
  keys.named("domains", x.domains,
    new_streams("domains that are served here, or by servers behind; streams "
                "of one that is removed go on",
      "by name, keys below", "`localhost: {}`"));
  keys.section("gateway", x.gateway);
  keys.section("admin", x.admin);
  keys.section("inspect", x.inspect);
  keys.section("log", x.log);
  keys.later("cluster");
}

} // namespace causeway::config
