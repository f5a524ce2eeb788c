#pragma once

#include "protocol/element.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/stream_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace causeway::protocol {

/// What the initiating side of a stream says first (RFC 6120 section 4.7).
struct stream_wish {
  /// The XMPP domain.
  std::string to;
  /// The client's `from` and `xml:lang`; may be empty. What is no address or
  /// no language tag is not passed on.
  std::string from;
  std::string lang;
};

/// Attributes of the start tag of a stream, unescaped.
struct upstream_header {
  std::string from;
  std::string id;
  std::string version;
  std::string lang;
};

/// Why a link to an upstream server came to its end before the client's.
enum class upstream_failure : std::uint8_t {
  /// No connection, or it broke, or it took too long.
  unreachable,
  /// TLS is demanded and not offered, or it failed.
  tls,
  /// It sent what is no XMPP, or XML that may not be passed on.
  bad_stream,
  /// It sent `<stream:error/>`.
  stream_error,
  /// It sent `</stream:stream>`.
  closed,
  /// It sent `<see-other-host/>` before authentication.
  redirected,
};

/// "unreachable", "tls", ...
std::string_view to_string(upstream_failure x);

// -- events -------------------------------------------------------------------

/// TCP, and direct TLS if `secure`, is up.
struct upstream_connected {
  bool secure = false;
};
/// TLS is up after `upstream_start_tls`.
struct upstream_secured {};
/// The server's start tag came.
struct upstream_header_received {
  upstream_header header;
};
/// A first-level element of the server came.
struct upstream_element_received {
  element_ptr element;
};
/// `</stream:stream>` came.
struct upstream_close_received {};
/// The client restarts its stream (RFC 6120 section 4.3.3).
struct upstream_restart {
  std::string from;
  std::string lang;
};
using upstream_event =
  std::variant<upstream_connected, upstream_secured, upstream_header_received,
    upstream_element_received, upstream_close_received, upstream_restart>;

// -- actions ------------------------------------------------------------------

/// Bytes for the server.
struct upstream_send {
  std::string xml;
};
/// Expect a new start tag: reset the framer, keep what it has not handed out.
struct upstream_expect_header {};
/// Begin TLS on the connection; nothing may be read in between.
struct upstream_start_tls {};
/// The stream is ready for what the client says next.
struct upstream_features {
  upstream_header header;
  element features;
};
/// For the client.
struct upstream_pass {
  element_ptr element;
};
/// The link is of no use any more. `element` is the stream error, if any;
/// `see_other_host` the address in a redirection.
struct upstream_fail {
  upstream_failure cause;
  std::string detail;
  element_ptr element;
  std::string see_other_host;
};
using upstream_action = std::variant<upstream_send, upstream_expect_header,
  upstream_start_tls, upstream_features, upstream_pass, upstream_fail>;
using upstream_actions = std::vector<upstream_action>;

/// The initiating side of a client-to-server stream over TCP: RFC 6120
/// sections 4 and 5, up to the features; from there on it passes elements
/// through. Pure: no I/O, no clock, no randomness.
///
///     connecting -> opening -> [starttls -> securing -> opening] -> open
///     open -> (restart) -> opening -> open
///     any -> failed
class upstream_stream {
 public:
  /// `require_tls`: nothing is said over a connection that is not secure,
  /// except STARTTLS.
  upstream_stream(stream_wish wish, bool require_tls);

  upstream_actions handle(const upstream_event& event);

  bool is_open() const;
  /// Whether `handle` would only pass this element of the server on; the caller
  /// may then do so without it. True for the stanzas of an open stream.
  bool passes(const stream_element& x) const {
    return is_open() && x.is_stanza();
  }
  bool is_secure() const { return secure_; }
  /// TLS begins: nothing may come in the clear.
  bool is_securing() const;
  /// The client has restarted its stream.
  bool is_authenticated() const { return authenticated_; }
  /// Name of the state, for inspection.
  std::string_view state_name() const;

 private:
  struct connecting {};
  struct opening {};
  struct awaiting_features {
    upstream_header header;
  };
  struct awaiting_proceed {};
  struct securing {};
  struct open {};
  struct failed {};

  upstream_send header() const;
  upstream_actions reopen();
  upstream_actions accept_header(const upstream_header& x);
  upstream_actions accept_features(
    awaiting_features& state, const element_ptr& x);
  upstream_actions begin_tls(const element* offered);
  upstream_actions accept_proceed(const element_ptr& x);
  upstream_actions refuse_cleartext();
  upstream_actions pass(const element_ptr& x);
  upstream_actions fail_with(const element_ptr& x);
  upstream_actions fail(upstream_failure cause, std::string detail);

  stream_wish wish_;
  bool require_tls_;
  bool secure_ = false;
  /// From then on the client cannot follow a redirection.
  bool authenticated_ = false;
  std::variant<connecting, opening, awaiting_features, awaiting_proceed,
    securing, open, failed>
    state_;
};

} // namespace causeway::protocol
