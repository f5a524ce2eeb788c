/// RFC 6120 section 4.3.2, RFC 7395 section 3.9, XEP-0440, XEP-0474, XEP-0478.
#include "protocol/feature_rewrite.hpp"

#include "protocol/base64.hpp"
#include "protocol/namespaces.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace causeway::protocol {

namespace {

using namespace std::string_view_literals;

// What ends at the edge, has no place on a WebSocket, or is not for a public
// endpoint to offer. Everything else passes, known or not.
constexpr std::array stripped{ns::tls, ns::compress_feature, ns::dialback,
  ns::bidi, ns::channel_binding, ns::sasl2, ns::instant_resumption,
  ns::component, ns::amp, ns::iq_auth, ns::iq_register, ns::extensible_register,
  ns::invite, ns::register_token};

// RFC 4752, 4178, 2222, 2831: what they protect after login are frames that a
// gateway could not read. NTLM and SRP have such layers too.
constexpr std::array with_layers{"GSSAPI"sv, "GSS-SPNEGO"sv, "KERBEROS_V4"sv,
  "DIGEST-MD5"sv, "NTLM"sv, "SRP"sv};

constexpr std::array secrets{
  "PLAIN"sv, "LOGIN"sv, "OAUTHBEARER"sv, "X-OAUTH2"sv};

template <std::size_t N>
bool contains(
  const std::array<std::string_view, N>& values, std::string_view x) {
  return std::ranges::find(values, x) != values.end();
}

bool is_management(const element& x) {
  return x.name == "sm"
         && (x.ns == ns::stream_management
             || x.ns == ns::old_stream_management);
}

bool is_bound_to_channel(std::string_view mechanism) {
  return mechanism.ends_with("-PLUS");
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (auto& x : words)
    (out += out.empty() ? "" : ", ") += x;
  return out;
}

// Without what cannot pass; nothing if no mechanism is left, since RFC 6120
// section 6.4.1 has no empty list.
std::optional<element> rewrite_mechanisms(
  const element& upstream, bool allow_plain) {
  auto x = upstream;
  std::erase_if(x.children, [allow_plain](const element& y) {
    return y.is("mechanism", ns::sasl)
           && (!can_pass(y.text) || (!allow_plain && shows_secret(y.text)));
  });
  if (!x.child("mechanism", ns::sasl))
    return std::nullopt;
  return x;
}

std::uint32_t limit_in(const element& limits, std::string_view name) {
  std::uint32_t value = 0;
  if (auto* x = limits.child(name, ns::stream_limits))
    std::from_chars(x->text.data(), x->text.data() + x->text.size(), value);
  return value;
}

// Zero is no limit.
std::uint32_t smaller(std::uint32_t x, std::uint32_t y) {
  return x == 0 || y == 0 ? std::max(x, y) : std::min(x, y);
}

stream_limits smaller(const stream_limits& ours, const element& theirs) {
  return {smaller(ours.max_bytes, limit_in(theirs, "max-bytes")),
    smaller(ours.idle_seconds, limit_in(theirs, "idle-seconds"))};
}

// What stands in the place of one feature.
std::optional<element> rewrite_feature(
  const element& x, const feature_policy& policy) {
  if (x.is("mechanisms", ns::sasl))
    return rewrite_mechanisms(x, policy.allow_plain);
  if (x.is("limits", ns::stream_limits))
    return limits_element(smaller(policy.limits, x));
  if (contains(stripped, x.ns))
    return std::nullopt;
  return x;
}

void warn_of_channel_binding(
  const element& features, std::vector<std::string>& to) {
  std::vector<std::string> names;
  for (auto& x : mechanisms_in(features))
    if (is_bound_to_channel(x))
      names.push_back(x);
  if (auto* types = features.child("sasl-channel-binding", ns::channel_binding))
    for (auto& x : types->children)
      names.push_back(x.value_of("type"));
  if (names.empty())
    return;
  to.push_back(
    "upstream offers channel binding (" + joined(names)
    + "): TLS ends here, so that clients which are able to do it say \"y\" in "
      "SCRAM, and upstream refuses them (RFC 5802 section 6). Prosody: give "
      "the gateway a port without TLS on a loopback address (tls: none here; "
      "c2s_require_encryption = false, allow_unencrypted_plain_auth = true "
      "there). ejabberd: a listener of its own without starttls and tls, with "
      "allow_unencrypted_sasl2: true (with its library xmpp 1.9.1 or later), "
      "and "
      "disable_sasl_mechanisms: [SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS, "
      "SCRAM-SHA-512-PLUS]");
}

void warn_of_mechanisms(const element& features, std::vector<std::string>& to) {
  auto offered = mechanisms_in(features);
  if (std::ranges::any_of(offered, can_pass))
    return;
  auto found = offered.empty() ? "none" : joined(offered);
  to.push_back(
    "upstream offers no SASL mechanism that works through a gateway (" + found
    + "). Prosody: authentication = \"internal_hashed\", and on a port without "
      "TLS c2s_require_encryption = false. ejabberd: auth_password_format: "
      "scram, and no SCRAM in disable_sasl_mechanisms; on a listener without "
      "TLS starttls_required: false");
}

} // namespace

const std::string_view downgrade_protection_warning =
  "upstream signs its list of SASL mechanisms (XEP-0474), and a gateway has "
  "to shorten that list: clients that check it abort. Prosody: remove "
  "\"sasl_ssdp\" from modules_enabled. ejabberd: "
  "disable_sasl_scram_downgrade_protection: true";

element rewrite_features(
  const element& upstream, const feature_policy& policy) {
  auto y = upstream;
  y.children.clear();
  auto offers_sm = policy.authenticated && policy.offer_sm;
  auto has_limits = false;
  auto has_sm = false;
  for (auto& x : upstream.children) {
    if (is_management(x)) {
      if (offers_sm && !has_sm)
        y.add(element{"sm", ns::stream_management});
      has_sm = true;
    } else if (auto feature = rewrite_feature(x, policy)) {
      has_limits |= x.is("limits", ns::stream_limits);
      y.add(std::move(*feature));
    }
  }
  if (offers_sm && !has_sm)
    y.add(element{"sm", ns::stream_management});
  if (auto own = limits_element(policy.limits); own && !has_limits)
    y.add(std::move(*own));
  return y;
}

std::vector<std::string> mechanisms_in(const element& features) {
  std::vector<std::string> names;
  if (auto* list = features.child("mechanisms", ns::sasl))
    for (auto& x : list->children)
      if (x.is("mechanism", ns::sasl))
        names.push_back(x.text);
  return names;
}

bool can_pass(std::string_view name) {
  // XEP-0484 section 5: HT-HASH-NONE alone binds to no channel.
  if (name.starts_with("HT-"))
    return name.ends_with("-NONE");
  return !name.empty() && !is_bound_to_channel(name) && name != "EXTERNAL"
         && !contains(with_layers, name);
}

bool shows_secret(std::string_view name) {
  return contains(secrets, name);
}

std::vector<std::string> feature_warnings(
  const element& upstream, bool authenticated) {
  std::vector<std::string> warnings;
  if (!authenticated) {
    warn_of_channel_binding(upstream, warnings);
    warn_of_mechanisms(upstream, warnings);
  } else if (!upstream.child("sm", ns::stream_management)) {
    warnings.push_back(
      "upstream offers no Stream Management (urn:xmpp:sm:3): what it has sent "
      "and nobody acknowledged is lost with this server. Prosody: add "
      "\"smacks\" to modules_enabled. ejabberd: add mod_stream_mgmt: {} to "
      "modules");
  }
  return warnings;
}

bool has_downgrade_protection(std::string_view challenge) {
  auto message = from_base64(challenge);
  // RFC 5802 section 7: a server's first message begins with the nonce.
  if (!message || !message->starts_with("r="))
    return false;
  // "d" until version 0.3 of XEP-0474.
  return message->find(",h=") != message->npos
         || message->find(",d=") != message->npos;
}

} // namespace causeway::protocol
