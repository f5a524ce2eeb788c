#pragma once

#include "config/config.hpp"

#include <string_view>
#include <utility>

/// Every key of the file, once: its name, the field it sets, and the values
/// that it may have by itself (rules across keys are in `validate`).
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

constexpr std::string_view log_levels[] = {
  "trace", "debug", "info", "warn", "error"};
constexpr std::string_view log_formats[] = {"text", "json"};
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
  keys.text("name", x.name);
  keys.path("data", x.data);
  keys.number("threads", x.threads, 0, 256);
  keys.number("maxSessions", x.max_sessions, 1, 10'000'000);
  keys.duration("stopGrace", x.stop_grace, no_time, one_hour);
}

template <class Visitor>
void describe(Visitor& keys, listener_tls& x) {
  keys.path("certificate", x.certificate);
  keys.path("key", x.key);
}

template <class Visitor>
void describe(Visitor& keys, listener& x) {
  keys.text("address", x.address);
  keys.tls("tls", x);
  keys.flag("insecure", x.insecure);
}

template <class Visitor>
void describe(Visitor& keys, websocket& x) {
  keys.text("path", x.path);
  // RFC 6120 section 13.12 wants stanzas of 10000 bytes to be accepted.
  keys.size("maxMessage", x.max_message, 10'000, 256 * mib);
  keys.size("maxMessageBeforeAuth", x.max_message_before_auth, kib, 256 * mib);
  keys.duration("pingInterval", x.ping_interval, no_time, one_day);
  keys.duration("pongTimeout", x.pong_timeout, one_ms, one_day);
  keys.duration("handshakeTimeout", x.handshake_timeout, one_ms, one_day);
  keys.duration("authTimeout", x.auth_timeout, one_ms, one_day);
  keys.duration("idleTimeout", x.idle_timeout, no_time, one_day);
  keys.duration("closeTimeout", x.close_timeout, one_ms, one_day);
  keys.texts("origins", x.origins);
  keys.flag("allowMissingOrigin", x.allow_missing_origin);
  keys.number(
    "maxConnectionsPerSecond", x.max_connections_per_second, 0, 1'000'000);
  keys.size("maxWriteQueue", x.max_write_queue, 1, 1024 * mib);
  keys.size("readWindow", x.read_window, 1, 1024 * mib);
}

template <class Visitor>
void describe(Visitor& keys, stream_management& x) {
  keys.flag("active", x.active);
  keys.number("unsolicitedAckFrequency", x.unsolicited_ack_frequency,
    -1'000'000, 1'000'000);
  keys.size("unsolicitedAckBytes", x.unsolicited_ack_bytes, 0, 1024 * mib);
  keys.duration(
    "unsolicitedAckInterval", x.unsolicited_ack_interval, no_time, one_hour);
  keys.number("requestFrequency", x.request_frequency, 0, 1'000'000);
  keys.duration("requestIdle", x.request_idle, no_time, one_hour);
  keys.duration("requestAge", x.request_age, no_time, one_hour);
  keys.number("maxUnacked", x.max_unacked, 1, 1'000'000);
  keys.size("maxUnackedBytes", x.max_unacked_bytes, 1, 1024 * mib);
  keys.duration("resumeTimeout", x.resume_timeout, no_time, one_day);
  keys.choice("durability", x.durability, durabilities);
  keys.number("maxParked", x.max_parked, 1, 10'000'000);
  keys.number("maxParkedPerAccount", x.max_parked_per_account, 1, 10'000);
  keys.paths("keys", x.keys);
}

template <class Visitor>
void describe(Visitor& keys, xml& x) {
  keys.number("maxDepth", x.max_depth, 8, 1'024);
  keys.number("maxAttributes", x.max_attributes, 8, 1'024);
  keys.number("maxTags", x.max_tags, 16, 1'000'000);
}

template <class Visitor>
void describe(Visitor& keys, stream& x) {
  keys.section("management", x.management);
  keys.section("limits", x.limits);
  keys.number("maxAuthFailures", x.max_auth_failures, 1, 100);
  keys.flag("validateHost", x.validate_host);
}

template <class Visitor>
void describe(Visitor& keys, upstream& x) {
  keys.text("address", x.address);
  keys.text("srv", x.srv);
  keys.choice("tls", x.tls, upstream_tls_modes);
  keys.number("weight", x.weight, 0, 65'535);
  keys.text("certificateName", x.certificate_name);
  keys.path("ca", x.ca);
  keys.text("pin", x.pin);
  keys.choice("proxyProtocol", x.proxy_protocol, proxy_protocols);
  // Records say it themselves.
  keys.excludes("srv", {"tls"});
}

template <class Visitor>
void describe(Visitor& keys, domain& x) {
  keys.texts("auth", x.auth);
  keys.choice("conflict", x.conflict, conflict_policies);
  keys.number("maxResources", x.max_resources, 1, 10'000);
  keys.number("scramIterations", x.scram_iterations, 4'096, 1'000'000);
  keys.list("upstream", x.upstream);
  keys.flag("edgeResume", x.edge_resume);
  keys.excludes(
    "upstream", {"auth", "conflict", "maxResources", "scramIterations"});
}

template <class Visitor>
void describe(Visitor& keys, gateway& x) {
  keys.duration("connectTimeout", x.connect_timeout, one_ms, one_hour);
  // The least that RFC 8305 section 8 allows.
  keys.duration("attemptDelay", x.attempt_delay, 10 * one_ms, one_hour);
  keys.number("maxFailures", x.max_failures, 1, 1'000'000);
  keys.duration("retryPause", x.retry_pause, one_ms, one_hour);
  keys.size("maxStanza", x.max_stanza, 10'000, 256 * mib);
  keys.size("readWindow", x.read_window, 1, 1024 * mib);
  keys.texts("nameServers", x.name_servers);
}

template <class Visitor>
void describe(Visitor& keys, admin& x) {
  keys.path("socket", x.socket);
  keys.later("http");
}

template <class Visitor>
void describe(Visitor& keys, log& x) {
  keys.word("level", x.level, log_levels);
  keys.word("format", x.format, log_formats);
}

template <class Visitor>
void describe(Visitor& keys, configuration& x) {
  keys.section("node", x.node);
  keys.list("listeners", x.listeners);
  keys.section("websocket", x.websocket);
  keys.section("stream", x.stream);
  keys.named("domains", x.domains);
  keys.section("gateway", x.gateway);
  keys.section("admin", x.admin);
  keys.section("log", x.log);
  keys.later("cluster");
}

} // namespace causeway::config
