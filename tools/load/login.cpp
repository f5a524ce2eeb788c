/// RFC 7395 section 3.3, RFC 6120 sections 6 and 7, XEP-0198 section 3.
#include "tools/load/login.hpp"

#include "protocol/base64.hpp"
#include "protocol/namespaces.hpp"

#include <utility>

namespace causeway::load {

namespace {

namespace ns = protocol::ns;
using protocol::scram_hash;

// Best first.
constexpr std::pair<std::string_view, scram_hash> scram_names[] = {
  {"SCRAM-SHA-512", scram_hash::sha512}, {"SCRAM-SHA-256", scram_hash::sha256},
  {"SCRAM-SHA-1", scram_hash::sha1}};

std::string element(std::string_view name, std::string_view xmlns,
  std::string_view attributes, std::string_view text) {
  std::string result = "<";
  result += name;
  result += " xmlns='";
  result += xmlns;
  result += '\'';
  result += attributes;
  if (text.empty())
    return result + "/>";
  result += '>';
  result += text;
  result += "</";
  result += name;
  return result + '>';
}

login_step fail(std::string reason) {
  return {login_step::state::failed, {}, std::move(reason)};
}

login_step send(std::string frame) {
  return {login_step::state::going_on, {std::move(frame)}, {}};
}

// The defined condition and the text of an error element.
std::string describe(const scanned_element& x) {
  std::string condition = "no condition";
  std::string text;
  for (auto& child : x.children) {
    if (child.name == "text")
      text = child.text;
    else if (condition == "no condition")
      condition = child.name;
  }
  return text.empty() ? condition : condition + " (" + text + ')';
}

bool offers(const scanned_element& features, std::string_view mechanism) {
  if (auto list = features.child("mechanisms")) {
    for (auto& x : list->children) {
      if (x.text == mechanism)
        return true;
    }
  }
  return false;
}

} // namespace

std::string describe_stream_error(const scanned_element& x) {
  return "stream error " + describe(x);
}

std::string login::open() const {
  return element(
    "open", ns::framing, " to='" + escape(who_.domain) + "' version='1.0'", {});
}

login_step login::handle(const scanned_element& x) {
  if (x.name == "error" && x.xmlns == ns::streams)
    return fail(describe_stream_error(x));
  if (x.name == "close")
    return fail("the server closed the stream");
  if (x.name == "open" || x.name == "r" || x.name == "presence")
    return {};
  switch (phase_) {
  case phase::first_features:
    if (x.name == "features")
      return authenticate(x);
    break;
  case phase::authenticating: return handle_sasl(x);
  case phase::second_features:
    if (x.name == "features")
      return bind(x);
    break;
  case phase::binding:
  case phase::starting_session:
    if (x.name == "iq")
      return handle_reply(x);
    break;
  case phase::enabling:
    if (x.name == "enabled") {
      auto granted = x.tag.value("resume");
      if (who_.resumable && granted != "true" && granted != "1")
        return fail("the server does not grant resumption");
      phase_ = phase::done;
      return {login_step::state::ready, {}, {}};
    }
    if (x.name == "failed")
      return fail("Stream Management refused: " + describe(x));
    break;
  case phase::done: break;
  }
  // Messages and iqs may come early; all else breaks the negotiation.
  if (x.name == "message" || x.name == "iq")
    return {};
  return fail("unexpected <" + x.name + "/> during login");
}

std::string login::choose(const scanned_element& features) const {
  if (who_.mechanism != "auto")
    return offers(features, who_.mechanism) ? who_.mechanism : std::string{};
  for (auto [name, hash] : scram_names) {
    if (offers(features, name))
      return std::string{name};
  }
  return offers(features, "PLAIN") ? "PLAIN" : "";
}

login_step login::authenticate(const scanned_element& features) {
  auto mechanism = choose(features);
  if (mechanism.empty())
    return fail("the server does not offer mechanism " + who_.mechanism);
  phase_ = phase::authenticating;
  std::string initial;
  for (auto [name, hash] : scram_names) {
    if (mechanism == name)
      initial = scram_.emplace(hash, who_.username, who_.password, nonce_)
                  .first_message();
  }
  if (!scram_)
    initial = '\0' + who_.username + '\0' + who_.password;
  return send(element("auth", ns::sasl, " mechanism='" + mechanism + '\'',
    protocol::to_base64(initial)));
}

login_step login::handle_sasl(const scanned_element& x) {
  auto what = "authentication of " + who_.username;
  if (x.name == "failure")
    return fail(what + " failed: " + describe(x));
  auto data = protocol::from_base64(x.text);
  if (!data)
    return fail(what + ": the server's data is not base64");
  if (x.name == "challenge" && scram_) {
    auto response = scram_->final_message(*data);
    if (!response)
      return fail(what + ": bad SCRAM challenge " + *data);
    return send(
      element("response", ns::sasl, {}, protocol::to_base64(*response)));
  }
  if (x.name != "success")
    return fail(what + ": unexpected <" + x.name + "/>");
  if (scram_ && !scram_->verify(*data))
    return fail(
      what + ": the server does not prove that it knows the password");
  phase_ = phase::second_features;
  return send(open());
}

login_step login::bind(const scanned_element& features) {
  if (!features.child("bind"))
    return fail("the server does not offer resource binding");
  for (auto& x : features.children) {
    sm_offered_ |= x.name == "sm" && x.xmlns == ns::stream_management;
    session_wanted_ |= x.name == "session" && !x.child("optional");
  }
  phase_ = phase::binding;
  return send(element("iq", ns::client, " type='set' id='bind'",
    element("bind", ns::bind, {}, {})));
}

login_step login::handle_reply(const scanned_element& iq) {
  auto binding = phase_ == phase::binding;
  if (iq.tag.value("id") != (binding ? "bind" : "session"))
    return {};
  auto error = iq.child("error");
  if (error)
    return fail(
      (binding ? "bind failed: " : "session failed: ") + describe(*error));
  if (!binding)
    return enable_or_finish();
  auto result = iq.child("bind");
  auto jid = result ? result->child("jid") : nullptr;
  if (!jid || jid->text.empty())
    return fail("the reply to bind holds no JID");
  jid_ = jid->text;
  if (!session_wanted_)
    return enable_or_finish();
  phase_ = phase::starting_session;
  return send(element("iq", ns::client, " type='set' id='session'",
    element("session", ns::session, {}, {})));
}

login_step login::enable_or_finish() {
  if (!who_.stream_management) {
    phase_ = phase::done;
    return {login_step::state::ready, {}, {}};
  }
  if (!sm_offered_)
    return fail("the server does not offer Stream Management (urn:xmpp:sm:3)");
  phase_ = phase::enabling;
  std::string_view wish = who_.resumable ? " resume='true'" : "";
  return send(element("enable", ns::stream_management, wish, {}));
}

} // namespace causeway::load
