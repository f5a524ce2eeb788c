#pragma once

#include "protocol/element.hpp"
#include "protocol/stream_features.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace causeway::protocol {

/// How a gateway edits the features of an upstream server.
struct feature_policy {
  /// After authentication: Stream Management is ours.
  bool authenticated = false;
  bool offer_sm = true;
  /// Both legs are private: PLAIN may pass (G-54).
  bool allow_plain = false;
  /// Ours; the smaller of both is told (XEP-0478).
  stream_limits limits;
};

/// `<stream:features/>` for a client on a WebSocket: without STARTTLS,
/// compression, channel binding and whatever else ends at the edge (W32).
element rewrite_features(const element& upstream, const feature_policy& policy);

/// The SASL mechanisms in it, in their order.
std::vector<std::string> mechanisms_in(const element& features);

/// Whether SASL's `name` can work through a gateway: not -PLUS and EXTERNAL,
/// whose TLS ends here, and not those with security layers (G-55).
bool can_pass(std::string_view name);

/// Whether who reads the wire learns a secret from SASL's `name`: PLAIN and
/// its like, which pass over private legs only (G-54).
bool shows_secret(std::string_view name);

/// What an operator should change upstream: -PLUS mechanisms, channel-binding
/// types (G-52), mechanisms that cannot pass, missing Stream Management. Each
/// line names the setting that cures it for Prosody and ejabberd.
std::vector<std::string> feature_warnings(
  const element& upstream, bool authenticated);

/// True if a SCRAM challenge (base64 text) carries the mechanism hash of
/// XEP-0474, with which clients abort on an edited list (G-52).
bool has_downgrade_protection(std::string_view challenge);

/// What an operator should do about that.
extern const std::string_view downgrade_protection_warning;

} // namespace causeway::protocol
