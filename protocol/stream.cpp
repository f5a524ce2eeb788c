/// RFC 7395 sections 3.4 to 3.7; RFC 6120 sections 4.9, 6.4 and 7.
#include "protocol/stream.hpp"

#include <algorithm>
#include <utility>

#include "protocol/bind.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"
#include "protocol/stream_management.hpp"

namespace causeway::protocol {

namespace {

std::string value_of(const element& x, std::string_view name) {
  auto* value = x.find(name);
  return value ? *value : std::string{};
}

std::string sasl_element(std::string_view name, const std::string* data) {
  element x{name, ns::sasl};
  if (data)
    x.with_text(data->empty() ? "=" : to_base64(*data));
  return to_xml(x);
}

// RFC 6120 section 6.4.2: "=" stands for an empty initial response, no text
// for none at all.
struct decoded_response {
  bool valid = true;
  std::optional<std::string> data;
};

decoded_response decode(const std::string& text) {
  if (text.empty())
    return {true, std::nullopt};
  if (text == "=")
    return {true, std::string{}};
  auto data = from_base64(text);
  return {data.has_value(), std::move(data)};
}

void append(stream_actions& to, stream_actions from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

bool is(const element& x, std::string_view name, std::string_view name_space) {
  return x.name == name && x.ns == name_space;
}

} // namespace

stream::stream(
  std::shared_ptr<const stream_settings> settings, bool allow_plain)
  : settings_{std::move(settings)}, allow_plain_{allow_plain} {}

bool stream::is_established() const {
  return std::holds_alternative<established>(state_);
}

bool stream::is_closed() const {
  return std::holds_alternative<closed>(state_);
}

std::string_view stream::state_name() const {
  return std::visit(
    overload{
      [](const awaiting_open&) { return "awaiting-open"; },
      [](const unauthenticated&) { return "unauthenticated"; },
      [](const authenticating&) { return "authenticating"; },
      [](const awaiting_restart&) { return "awaiting-restart"; },
      [](const unbound&) { return "unbound"; },
      [](const binding&) { return "binding"; },
      [](const established&) { return "established"; },
      [](const closed&) { return "closed"; },
    },
    state_);
}

stream_actions stream::handle(const stream_event& event) {
  if (is_closed())
    return {};
  return std::visit(
    overload{
      [this](awaiting_open&, const element_received& x) {
        return open(x, false);
      },
      [this](awaiting_open&, const xml_refused& x) {
        return fail_opening(x.error.condition, x.random, {}, x.error.detail);
      },
      [this](unauthenticated&, const element_received& x) {
        return handle_unauthenticated(x);
      },
      [this](authenticating& state, const element_received& x) {
        return continue_auth(state, x);
      },
      [this](authenticating& state, const credentials_found& x) {
        return perform(state,
          state.sasl->credentials_found(x.credentials, x.account_exists));
      },
      [this](authenticating& state, const password_checked& x) {
        return perform(state, state.sasl->password_checked(x.correct));
      },
      [this](authenticating&, const check_failed&) {
        return auth_failure(sasl_error::temporary_auth_failure);
      },
      [this](awaiting_restart&, const element_received& x) {
        return open(x, true);
      },
      [this](unbound& state, const element_received& x) {
        return begin_bind(state, x);
      },
      [this](binding& state, const resource_bound& x) {
        auto reply = bind_result(state.iq_id, x.full_jid);
        state_ = established{};
        return stream_actions{send_text{std::move(reply)}, establish{}};
      },
      [this](binding& state, const bind_refused& x) {
        stream_element iq;
        iq.kind = element_kind::iq;
        iq.name = "iq";
        iq.type = "set";
        iq.id = state.iq_id;
        auto reply = error_reply(iq, x.condition);
        state_ = unbound{std::move(state.bare_jid)};
        return stream_actions{send_text{std::move(reply)}};
      },
      [this](auto&, const xml_refused& x) {
        return fail(x.error.condition, x.error.detail);
      },
      [this](auto&, const stream_broken& x) {
        return fail(x.condition, x.text, x.application);
      },
      // Whatever may come at any moment, or comes at the wrong one.
      [this](auto&, const element_received& x) { return misplaced(x); },
      [](auto&, const auto&) { return stream_actions{}; },
    },
    state_, event);
}

// -- RFC 7395 section 3.4: opening --------------------------------------------

stream_actions stream::open(const element_received& x, bool restart) {
  auto& tree = x.tree;
  if (is(tree, "close", ns::framing))
    return finish("closed by the client");
  auto from = value_of(tree, "from");
  if (x.is_stanza)
    return fail_opening(stream_error::not_authorized, x.random, from);
  if (tree.ns != ns::framing)
    return fail_opening(stream_error::invalid_namespace, x.random, from);
  if (tree.name != "open")
    return fail_opening(stream_error::unsupported_stanza_type, x.random, from);
  auto to = value_of(tree, "to");
  auto known = settings_->domains.contains(to);
  if (!to.empty() && !known && settings_->validate_host)
    return fail_opening(stream_error::host_unknown, x.random, from);
  auto& domain = known ? to : settings_->default_domain;
  if (restart && domain != domain_)
    return fail_opening(stream_error::host_unknown, x.random, from);
  domain_ = domain;
  lang_ = value_of(tree, "xml:lang");
  stream_header header{domain_, std::move(from), std::string{x.random},
    lang_.empty() ? "en" : lang_};
  stream_actions actions{send_text{open_element(header)}};
  if (restart) {
    actions.push_back(send_text{
      features_after_auth(settings_->offer_sm, settings_->limits)});
    state_ = unbound{std::get<awaiting_restart>(state_).bare_jid};
  } else {
    actions.push_back(
      send_text{features_before_auth(mechanisms(), settings_->limits)});
    state_ = unauthenticated{};
  }
  return actions;
}

// RFC 7395 section 3.5: `<open/>` comes first, then the error.
stream_actions stream::fail_opening(stream_error condition,
  std::string_view id, std::string_view to, std::string_view text) {
  stream_header header{domain_.empty() ? settings_->default_domain : domain_,
    std::string{to}, std::string{id}};
  stream_actions actions{send_text{open_element(header)}};
  append(actions, fail(condition, text));
  return actions;
}

std::vector<std::string> stream::mechanisms() const {
  auto i = settings_->domains.find(domain_);
  if (i == settings_->domains.end())
    return {};
  auto offered = i->second;
  if (!allow_plain_)
    std::erase(offered, "PLAIN");
  return offered;
}

// -- RFC 6120 section 6: SASL -------------------------------------------------

stream_actions stream::handle_unauthenticated(const element_received& x) {
  auto& tree = x.tree;
  if (tree.ns != ns::sasl)
    return misplaced(x);
  if (tree.name == "auth")
    return begin_auth(x);
  if (tree.name == "abort")
    return auth_failure(sasl_error::aborted);
  return auth_failure(sasl_error::malformed_request, "no negotiation runs");
}

stream_actions stream::begin_auth(const element_received& x) {
  auto mechanism = value_of(x.tree, "mechanism");
  auto offered = mechanisms();
  if (std::find(offered.begin(), offered.end(), mechanism) == offered.end()) {
    auto withheld = mechanism == "PLAIN" && !allow_plain_;
    return auth_failure(withheld ? sasl_error::encryption_required
                                 : sasl_error::invalid_mechanism,
      mechanism);
  }
  auto initial = decode(x.tree.text);
  if (!initial.valid)
    return auth_failure(sasl_error::incorrect_encoding);
  std::string random{x.random};
  auto sasl = std::make_unique<sasl_server>(mechanism, domain_, random);
  auto& state = state_.emplace<authenticating>(
    std::move(sasl), std::move(mechanism), std::move(random));
  return perform(state, state.sasl->handle(std::move(initial.data)));
}

stream_actions stream::continue_auth(
  authenticating& state, const element_received& x) {
  auto& tree = x.tree;
  if (is(tree, "abort", ns::sasl))
    return auth_failure(sasl_error::aborted);
  if (!is(tree, "response", ns::sasl))
    return misplaced(x);
  auto response = decode(tree.text);
  if (!response.valid)
    return auth_failure(sasl_error::incorrect_encoding);
  // A response without text is an empty one.
  return perform(
    state, state.sasl->handle(std::move(response.data).value_or("")));
}

stream_actions stream::perform(authenticating& state, sasl_action action) {
  return std::visit(
    overload{
      [](sasl_send_challenge& x) {
        return stream_actions{send_text{sasl_element("challenge", &x.data)}};
      },
      [this](sasl_find_credentials& x) {
        return stream_actions{
          find_credentials{domain_, std::move(x.username), x.hash}};
      },
      [this](sasl_check_password& x) {
        return stream_actions{check_password{
          domain_, std::move(x.username), std::move(x.password)}};
      },
      [&](sasl_succeed& x) { return succeed(state, x); },
      [this](sasl_fail& x) {
        return auth_failure(x.condition, std::move(x.detail));
      },
    },
    action);
}

stream_actions stream::succeed(authenticating& state, const sasl_succeed& x) {
  // ANONYMOUS: a name that nobody can guess (XEP-0175).
  auto& name = x.username.empty() ? state.random : x.username;
  auto bare = name + '@' + domain_;
  stream_actions actions{
    send_text{sasl_element("success", x.data ? &*x.data : nullptr)},
    authenticated{bare, state.mechanism}};
  state_ = awaiting_restart{std::move(bare)};
  return actions;
}

stream_actions stream::auth_failure(
  sasl_error condition, std::string detail) {
  element failure{"failure", ns::sasl};
  failure.add(element{to_string(condition), ns::sasl});
  stream_actions actions{send_text{to_xml(failure)},
    authentication_failed{condition, std::move(detail)}};
  state_ = unauthenticated{};
  if (++failures_ >= settings_->max_auth_failures)
    append(actions,
      fail(stream_error::policy_violation, "Too many failed attempts."));
  return actions;
}

// -- RFC 6120 section 7: bind -------------------------------------------------

stream_actions stream::begin_bind(unbound& state, const element_received& x) {
  auto wish = x.is_stanza ? parse_bind(x.tree) : std::nullopt;
  if (!wish)
    return misplaced(x);
  bind_resource action{state.bare_jid, std::move(wish->resource)};
  state_ = binding{std::move(state.bare_jid), std::move(wish->id)};
  return {std::move(action)};
}

// -- everything that comes at a moment of its own -----------------------------

stream_actions stream::misplaced(const element_received& x) {
  auto& tree = x.tree;
  if (is(tree, "close", ns::framing))
    return finish("closed by the client");
  if (is(tree, "open", ns::framing))
    return {};
  if (is(tree, "error", ns::streams))
    return finish("stream error from the client");
  if (tree.ns == ns::tls)
    return refuse_starttls();
  if (tree.ns == ns::compress) {
    element failure{"failure", ns::compress};
    failure.add(element{"setup-failed", ns::compress});
    return {send_text{to_xml(failure)}};
  }
  if (tree.ns == ns::stream_management) {
    if (tree.name == "r" || tree.name == "a")
      return {};
    auto resume = tree.name == "resume"
                  && std::holds_alternative<unbound>(state_);
    return {send_text{
      sm_failed(resume ? stanza_error::feature_not_implemented
                       : stanza_error::unexpected_request)}};
  }
  if (x.is_stanza)
    return fail(stream_error::not_authorized,
      "Do not send stanzas before authentication and resource binding.");
  return fail(stream_error::unsupported_stanza_type);
}

// W33: TLS belongs to the WebSocket layer; such a client cannot go on.
stream_actions stream::refuse_starttls() {
  stream_actions actions{send_text{to_xml(element{"failure", ns::tls})}};
  append(actions, finish("starttls on a WebSocket"));
  return actions;
}

stream_actions stream::finish(std::string_view reason) {
  state_ = closed{};
  return {send_text{std::string{close_element}},
    close_stream{std::string{reason}}};
}

stream_actions stream::fail(stream_error condition, std::string_view text,
  std::string_view application) {
  state_ = closed{};
  return {send_text{to_xml(condition, text, application)},
    send_text{std::string{close_element}},
    close_stream{std::string{to_string(condition)}}};
}

} // namespace causeway::protocol
