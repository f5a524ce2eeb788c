#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The configuration as plain values; every default stands here.
namespace causeway::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// This process.
struct node {
  /// Unique in the cluster.
  std::string name = "a";
  /// Folder of database, keys, development certificate, control socket;
  /// relative to the configuration file.
  std::string data = "./var";
  /// Threads that run sockets and actors; 0 means one per core.
  std::uint32_t threads = 0;
  /// Most streams at a time; more are refused with HTTP 503.
  std::uint32_t max_sessions = 100'000;
  /// How long streams may take to end after a stop was asked for.
  milliseconds stop_grace{5'000};

  bool operator==(const node&) const = default;
};

/// A certificate of a listener.
struct listener_tls {
  /// PEM files; relative to the configuration file.
  std::string certificate;
  std::string key;

  bool operator==(const listener_tls&) const = default;
};

/// One address to listen on.
struct listener {
  /// "127.0.0.1:7070" or "[::1]:7070".
  std::string address;
  /// True for wss.
  bool secure = false;
  /// The one for clients that ask for none of their names comes first. Empty:
  /// the development certificate.
  std::vector<listener_tls> tls;
  /// Allows plain ws off loopback, for a TLS proxy in front.
  bool insecure = false;

  bool operator==(const listener&) const = default;
};

/// RFC 7395 endpoint.
struct websocket {
  /// Also served without its last slash.
  std::string path = "/ws/";
  /// Largest message in bytes after and before authentication.
  std::uint32_t max_message = 256 * 1024;
  std::uint32_t max_message_before_auth = 8 * 1024;
  /// Silence after which a WebSocket ping is sent; 0 means never.
  milliseconds ping_interval{30'000};
  /// How long a pong may take before the connection counts as lost.
  milliseconds pong_timeout{20'000};
  /// From TCP accept to `<open/>` and from there to a bound resource.
  milliseconds handshake_timeout{10'000};
  milliseconds auth_timeout{60'000};
  /// Silence (no text message) that ends the stream; 0 means never. Half of
  /// it makes the server probe the client.
  milliseconds idle_timeout{360'000};
  /// How long the peer may take to answer `<close/>` and a close frame.
  milliseconds close_timeout{5'000};
  /// Origins that a browser may come from: "same-host", "*", or
  /// "scheme://host[:port]" entries.
  std::vector<std::string> origins{"same-host"};
  /// Whether a handshake without Origin (no browser) is allowed.
  bool allow_missing_origin = true;
  /// Most new connections per second over all listeners; 0 means no limit.
  std::uint32_t max_connections_per_second = 0;
  /// Most connections from one address over all wss listeners; 0 means no
  /// limit.
  std::uint32_t max_connections_per_address = 1'000;
  /// Bytes that may wait for one slow client before it is ended.
  std::uint32_t max_write_queue = 4 * 1024 * 1024;
  /// Bytes of one client that may be inside the server before reading stops.
  std::uint32_t read_window = 256 * 1024;

  bool operator==(const websocket&) const = default;
};

/// When a stanza of a client counts as handled (XEP-0198 section 4).
enum class ack_durability : std::uint8_t {
  /// Once the server has it: the end of the process by force loses it.
  memory,
  /// Once it is on disk.
  store,
};

/// XEP-0198.
struct stream_management {
  bool active = true;
  /// `<a/>` after every so many stanzas received since `<enable/>`; 0: never.
  std::int32_t unsolicited_ack_frequency = 0;
  /// The same for so many bytes, and for so long; 0: never.
  std::uint32_t unsolicited_ack_bytes = 0;
  milliseconds unsolicited_ack_interval{0};
  /// `<r/>` at so many unacked, or a multiple; 0: beyond half of `max_unacked`.
  std::uint32_t request_frequency = 5;
  /// `<r/>` when nothing was sent for so long, or so long after a stanza, if
  /// it was not asked for since; 0: never.
  milliseconds request_idle{1'000};
  milliseconds request_age{5'000};
  /// Most unacked stanzas and bytes; one more ends the stream.
  std::uint32_t max_unacked = 10'000;
  std::uint32_t max_unacked_bytes = 16 * 1024 * 1024;
  /// How long a session waits for its client to resume it; 0: no resumption.
  milliseconds resume_timeout{600'000};
  ack_durability durability = ack_durability::memory;
  /// Most sessions that wait, over all and of one account; one more, and the
  /// oldest ends.
  std::uint32_t max_parked = 100'000;
  std::uint32_t max_parked_per_account = 8;
  /// Files with a key of 64 hexadecimal digits each: the first seals ids, all
  /// open them. Empty: `sm.key` in the data folder, made at the first start.
  std::vector<std::string> keys;

  bool operator==(const stream_management&) const = default;
};

/// Limits on what a client may make the XML parser do.
struct xml {
  std::uint16_t max_depth = 64;
  std::uint16_t max_attributes = 32;
  std::uint32_t max_tags = 8'192;

  bool operator==(const xml&) const = default;
};

/// All of one client stream.
struct stream {
  stream_management management;
  xml limits;
  /// SASL failures after which the stream ends (RFC 6120 section 6.4.5).
  std::uint32_t max_auth_failures = 3;
  /// Whether `to` of `<open/>` must name a domain of ours; if false, an
  /// unknown one is answered as the first domain by name.
  bool validate_host = true;

  bool operator==(const stream&) const = default;
};

/// What to do when a resource is bound twice (RFC 6120 section 7.7.2.2).
enum class conflict_policy : std::uint8_t {
  /// The older stream ends with `<conflict/>`.
  replace_old,
  /// The newer bind is refused with `<conflict/>`.
  refuse_new,
  /// The newer stream gets a resource made by the server.
  rename_new,
};

/// How the link to an upstream server is secured.
enum class upstream_tls : std::uint8_t {
  /// Not at all; to loopback addresses only.
  none,
  /// STARTTLS, and nothing without it (RFC 6120 section 5).
  starttls,
  /// TLS from the first byte (XEP-0368).
  direct,
};

/// Whether the upstream server is told the client's address (PROXY protocol).
enum class proxy_protocol : std::uint8_t { none, v1, v2 };

/// One way to the XMPP server of a domain: an address, or the SRV records of
/// a name (RFC 6120 section 3.2, XEP-0368).
struct upstream {
  /// "127.0.0.1:5222", "[::1]:5222" or "xmpp.example.org:5222".
  std::string address;
  /// Name whose `_xmpps-client` and `_xmpp-client` records are asked for; they
  /// say direct TLS and STARTTLS in place of `tls`.
  std::string srv;
  upstream_tls tls = upstream_tls::starttls;
  /// Share of clients among the entries of a domain; 0: only if no other
  /// can be reached.
  std::uint32_t weight = 1;
  /// Name that the certificate must have; empty: the XMPP domain.
  std::string certificate_name;
  /// PEM file with the authorities to trust; empty: those of the system.
  std::string ca;
  /// "sha256/BASE64" of the public key (SubjectPublicKeyInfo) that the server
  /// must have; then the chain is not checked.
  std::string pin;
  config::proxy_protocol proxy_protocol = config::proxy_protocol::none;

  bool operator==(const upstream&) const = default;
};

/// What all links to upstream servers have in common.
struct gateway {
  /// One budget over DNS, connect, TLS and stream features.
  milliseconds connect_timeout{15'000};
  /// Head start of an address before the next is tried (RFC 8305 section 5).
  milliseconds attempt_delay{250};
  /// Failures in a row after which an endpoint is left alone for a while.
  std::uint32_t max_failures = 3;
  /// How long, the first time; doubles up to 16 times that.
  milliseconds retry_pause{2'000};
  /// Largest stanza taken from an upstream server.
  std::uint32_t max_stanza = 1024 * 1024;
  /// Bytes of one upstream stream inside this server before reading stops.
  std::uint32_t read_window = 256 * 1024;
  /// "ADDRESS:PORT" of name servers; empty: those of the system.
  std::vector<std::string> name_servers;

  bool operator==(const gateway&) const = default;
};

/// One XMPP domain: served here, or by the servers in `upstream`.
struct domain {
  /// Servers that the streams of this domain are linked to. The keys below but
  /// the last two are for domains without.
  std::vector<config::upstream> upstream;
  /// SASL mechanisms offered, best first. ANONYMOUS is off by default.
  std::vector<std::string> auth{
    "SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"};
  conflict_policy conflict = conflict_policy::replace_old;
  /// Most resources bound at a time by one account.
  std::uint32_t max_resources = 32;
  /// PBKDF2 iterations for passwords set from now on.
  std::uint32_t scram_iterations = 10'000;
  /// With `upstream`: sessions are held here, for their client to resume them,
  /// where the server cannot.
  bool edge_resume = false;
  /// In place of that of `stream_management`.
  std::optional<milliseconds> resume_timeout = {};

  bool operator==(const domain&) const = default;
};

/// Inspection and control.
struct admin {
  /// Unix socket, relative to the configuration file; empty means
  /// `causeway.sock` in the data folder.
  std::string socket;
  /// Address of the HTTP endpoint: metrics, health, commands, web console;
  /// empty means none.
  std::string http = {};
  /// PEM files that make it HTTPS; relative to the configuration file.
  std::string http_certificate = {};
  std::string http_key = {};
  /// Names under which browsers and scrapers may ask for it, besides addresses
  /// and `localhost`: any other may be a page that had DNS rebound.
  std::vector<std::string> hosts = {};
  /// Files with a token each, relative to the configuration file; empty means
  /// `admin.token` and `read-only.token` in the data folder.
  std::vector<std::string> admin_tokens = {};
  std::vector<std::string> read_only_tokens = {};

  bool operator==(const admin&) const = default;
};

/// Looking at the actors of this process.
struct inspect {
  /// Age of its oldest message from which on an actor counts as stuck.
  milliseconds stuck_after{5'000};

  bool operator==(const inspect&) const = default;
};

/// Level by part of the server: those of `log`, or default for its `level`.
struct log_levels {
  std::string node = "default";
  std::string c2s = "default";
  std::string routing = "default";
  std::string upstream = "default";
  std::string domain = "default";
  std::string inspect = "default";
  std::string transport = "default";

  bool operator==(const log_levels&) const = default;
};

/// What goes to the log, and where.
struct log {
  /// trace, debug, info, warn, error.
  std::string level = "info";
  /// text or json.
  std::string format = "text";
  /// auto, stderr, journal, file.
  std::string output = "auto";
  /// With output file: its path, the size at which the next one begins, and how
  /// many older ones are kept.
  std::string file;
  std::uint32_t max_file_size = 64 * 1024 * 1024;
  std::uint32_t keep_files = 5;
  /// Events that the server itself keeps to be looked at.
  std::uint32_t recent = 1'000;
  log_levels levels;

  bool operator==(const log&) const = default;
};

/// The whole file.
struct configuration {
  config::node node;
  std::vector<config::listener> listeners{
    {"127.0.0.1:7070", false, {}},
    {"[::1]:7070", false, {}},
    {"127.0.0.1:7443", true, {}},
    {"[::1]:7443", true, {}},
  };
  config::websocket websocket;
  config::stream stream;
  /// By name, in the order of the names; never empty. Those with `upstream`
  /// may be "*.SUFFIX" (the longest that fits wins) or "*".
  std::map<std::string, config::domain> domains{{"localhost", {}}};
  config::gateway gateway;
  config::admin admin;
  config::inspect inspect;
  config::log log;

  bool operator==(const configuration&) const = default;
};

} // namespace causeway::config
