#pragma once

#include "protocol/scram.hpp"
#include "tools/load/element_scanner.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::load {

/// Who logs in, and how.
struct credentials {
  std::string domain, username, password;
  /// SASL mechanism, or "auto" for the best that both sides know.
  std::string mechanism = "auto";
  bool stream_management = false;
  /// With it: ask for a session that can be resumed, and insist on it.
  bool resumable = false;
};

/// What to do after an element of the server.
struct login_step {
  enum class state { going_on, ready, failed };
  state now = state::going_on;
  /// One frame each.
  std::vector<std::string> send;
  /// Why it failed.
  std::string reason;
};

/// The way of a client from `<open/>` to a bound resource with Stream
/// Management: RFC 7395 section 3.3, RFC 6120 sections 6 and 7, XEP-0198
/// section 3. Pure.
class login {
 public:
  login(credentials who, std::string nonce)
    : who_{std::move(who)}, nonce_{std::move(nonce)} {}

  /// The first frame.
  std::string open() const;
  login_step handle(const scanned_element& x);
  /// Full JID, once ready.
  const std::string& jid() const { return jid_; }

 private:
  enum class phase {
    first_features,
    authenticating,
    second_features,
    binding,
    starting_session,
    enabling,
    done,
  };

  login_step authenticate(const scanned_element& features);
  login_step handle_sasl(const scanned_element& x);
  login_step bind(const scanned_element& features);
  login_step handle_reply(const scanned_element& iq);
  login_step enable_or_finish();
  std::string choose(const scanned_element& features) const;

  credentials who_;
  std::string nonce_;
  phase phase_ = phase::first_features;
  std::optional<protocol::scram_client> scram_;
  bool session_wanted_ = false;
  bool sm_offered_ = false;
  std::string jid_;
};

/// "stream error NAME: TEXT" for `<stream:error/>`.
std::string describe_stream_error(const scanned_element& x);

} // namespace causeway::load
