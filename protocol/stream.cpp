/// RFC 7395 sections 3.3 to 3.7; RFC 6120 section 4.
#include "protocol/stream.hpp"

#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"
#include "protocol/stream_management.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

std::string value_of(const element& x, std::string_view name) {
  auto* value = x.find(name);
  return value ? *value : std::string{};
}

void append(stream_actions& to, stream_actions from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

bool is(const element& x, std::string_view name, std::string_view name_space) {
  return x.name == name && x.ns == name_space;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

// RFC 6120 section 4.7.5. Clients that leave the version out are let in.
bool is_supported_version(const element& open) {
  auto* version = open.find("version");
  if (!version)
    return true;
  std::string_view text = *version;
  auto dot = text.find('.');
  auto major = text.substr(0, dot);
  auto minor = dot == text.npos ? "0" : text.substr(dot + 1);
  if (!is_number(major) || !is_number(minor))
    return false;
  auto first = std::min(major.find_first_not_of('0'), major.size());
  return major.substr(first) == "1";
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
      [](const checking&) { return "checking"; },
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
      [this](
        awaiting_open&, const element_received& x) { return open(x, false); },
      [this](awaiting_open&, const xml_refused& x) {
        return fail_opening(x.error.condition, x.random, {}, x.error.detail);
      },
      [this](awaiting_open&, const stream_broken&) { return give_up(); },
      [this](unauthenticated&, const element_received& x) {
        return handle_unauthenticated(x);
      },
      [this](authenticating& state, const element_received& x) {
        return continue_auth(state, x);
      },
      [this](checking&, const element_received& x) { return interrupt(x); },
      [this](checking& state, const credentials_found& x) {
        auto next =
          state.run.sasl->credentials_found(x.credentials, x.account_exists);
        return perform(std::move(state.run), std::move(next));
      },
      [this](checking& state, const password_checked& x) {
        auto next = state.run.sasl->password_checked(x.correct);
        return perform(std::move(state.run), std::move(next));
      },
      [this](checking&, const check_failed&) {
        return auth_failure(sasl_error::temporary_auth_failure);
      },
      [this](
        awaiting_restart&, const element_received& x) { return open(x, true); },
      [this](awaiting_restart&, const xml_refused& x) {
        return fail_opening(x.error.condition, x.random, {}, x.error.detail);
      },
      [this](unbound& state, const element_received& x) {
        return begin_bind(state, x);
      },
      [this](binding&, const element_received& x) { return interrupt(x); },
      [this](
        binding& state, const resource_bound& x) { return end_bind(state, x); },
      [this](binding& state, const bind_refused& x) {
        return refuse_bind(state, x);
      },
      [this](established&, const element_received& x) {
        return handle_established(x);
      },
      [this](auto&, const xml_refused& x) {
        return fail(x.error.condition, x.error.detail);
      },
      [this](auto&, const stream_broken& x) {
        return fail(x.condition, x.text, x.application);
      },
      // An answer that nothing waits for.
      [](auto&, const auto&) { return stream_actions{}; },
    },
    state_, event);
}

// -- RFC 7395 sections 3.4 and 3.7: opening and restart -----------------------

stream_actions stream::open(const element_received& x, bool restart) {
  auto& tree = x.tree;
  if (is(tree, "close", ns::framing))
    return finish("closed by the client");
  if (is(tree, "error", ns::streams))
    return finish("stream error from the client");
  if (is(tree, "open", ns::framing))
    return accept_open(tree, x.random, restart);
  auto from = value_of(tree, "from");
  if (x.is_stanza)
    return fail_opening(stream_error::not_authorized, x.random, from);
  if (tree.ns != ns::framing)
    return fail_opening(stream_error::invalid_namespace, x.random, from);
  return fail_opening(stream_error::unsupported_stanza_type, x.random, from);
}

stream_actions stream::accept_open(
  const element& tree, std::string_view random, bool restart) {
  auto from = value_of(tree, "from");
  if (!is_supported_version(tree))
    return fail_opening(stream_error::unsupported_version, random, from);
  auto domain = restart ? domain_ : settings_->default_domain;
  if (auto* to = tree.find("to"); to && !to->empty()) {
    auto wanted = normalize_domain(*to);
    if (wanted && settings_->domains.contains(*wanted))
      domain = std::move(*wanted);
    else if (settings_->validate_host)
      return fail_opening(stream_error::host_unknown, random, from);
  }
  // The identity that was proved belongs to one domain.
  if (restart && domain != domain_)
    return fail_opening(stream_error::host_unknown, random, from);
  domain_ = std::move(domain);
  lang_ = value_of(tree, "xml:lang");
  stream_header header{domain_, std::move(from), std::string{random},
    lang_.empty() ? "en" : lang_};
  stream_actions actions{send_text{open_element(header)}};
  if (restart) {
    actions.push_back(
      send_text{features_after_auth(settings_->offer_sm, settings_->limits)});
    state_ = unbound{std::move(std::get<awaiting_restart>(state_).bare_jid)};
  } else {
    actions.push_back(send_text{
      features_before_auth(mechanisms(), settings_->limits_before_auth)});
    state_ = unauthenticated{};
  }
  return actions;
}

// RFC 7395 section 3.5: `<open/>` comes first, then the error.
stream_actions stream::fail_opening(stream_error condition, std::string_view id,
  std::string_view to, std::string_view text) {
  stream_header header{domain_.empty() ? settings_->default_domain : domain_,
    std::string{to}, std::string{id}};
  stream_actions actions{send_text{open_element(header)}};
  append(actions, fail(condition, text));
  return actions;
}

// -- what comes at a moment of its own, or at the wrong one -------------------

stream_actions stream::interrupt(const element_received& x) {
  if (x.tree.ns == ns::framing || is(x.tree, "error", ns::streams))
    return misplaced(x);
  return fail(stream_error::policy_violation, "Wait for the answer.");
}

stream_actions stream::handle_established(const element_received& x) {
  // XEP-0352 allows a server to do nothing about it.
  if (is(x.tree, "active", ns::client_state)
      || is(x.tree, "inactive", ns::client_state))
    return {};
  return misplaced(x);
}

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
    auto resume =
      tree.name == "resume" && std::holds_alternative<unbound>(state_);
    return {send_text{sm_failed(resume ? stanza_error::feature_not_implemented
                                       : stanza_error::unexpected_request)}};
  }
  if (x.is_stanza)
    return fail(stream_error::not_authorized,
      "Do not send stanzas before authentication and resource binding.");
  // RFC 7395 section 3.3.3: each message declares its namespaces itself.
  if (tree.ns.empty())
    return fail(stream_error::invalid_namespace);
  return fail(stream_error::unsupported_stanza_type);
}

// W33: TLS belongs to the WebSocket layer; such a client cannot go on.
stream_actions stream::refuse_starttls() {
  stream_actions actions{send_text{to_xml(element{"failure", ns::tls})}};
  append(actions, finish("starttls on a WebSocket"));
  return actions;
}

// -- RFC 7395 sections 3.5 and 3.6: ending ------------------------------------

// No stream was opened: there is nothing that an error could end.
stream_actions stream::give_up() {
  state_ = closed{};
  return {close_stream{"no stream was opened"}};
}

stream_actions stream::finish(std::string_view reason) {
  state_ = closed{};
  return {
    send_text{std::string{close_element}}, close_stream{std::string{reason}}};
}

stream_actions stream::fail(
  stream_error condition, std::string_view text, std::string_view application) {
  state_ = closed{};
  return {send_text{to_xml(condition, text, application)},
    send_text{std::string{close_element}},
    close_stream{std::string{to_string(condition)}}};
}

} // namespace causeway::protocol
