/// RFC 7395 sections 3.3 to 3.7; RFC 6120 section 4.
#include "protocol/stream.hpp"

#include "protocol/domain_pattern.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"

#include <utility>

namespace causeway::protocol {

namespace {

// The entry of `patterns` for a domain, "" if there is none.
std::string_view pattern_for(
  const std::set<std::string, std::less<>>& patterns, std::string_view domain) {
  auto i = find_domain(patterns, domain);
  return i != patterns.end() ? std::string_view{*i} : std::string_view{};
}

} // namespace

stream::stream(
  std::shared_ptr<const stream_settings> settings, bool allow_plain)
  : settings_{std::move(settings)}, allow_plain_{allow_plain} {}

void stream::restore(std::string domain, std::string lang) {
  domain_ = std::move(domain);
  lang_ = std::move(lang);
  state_ = established{};
}

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
      [](const relayed&) { return "relayed"; },
      [](const unauthenticated&) { return "unauthenticated"; },
      [](const authenticating&) { return "authenticating"; },
      [](const checking&) { return "checking"; },
      [](const awaiting_restart&) { return "awaiting-restart"; },
      [](const unbound&) { return "unbound"; },
      [](const binding&) { return "binding"; },
      [](const resuming&) { return "resuming"; },
      [](const established&) { return "established"; },
      [](const handed_over&) { return "handed-over"; },
      [](const closed&) { return "closed"; },
    },
    state_);
}

stream_actions stream::handle(const stream_event& event) {
  if (is_closed() || std::holds_alternative<relayed>(state_)
      || std::holds_alternative<handed_over>(state_))
    return {};
  return std::visit(
    overload{
      [this](
        awaiting_open&, const element_received& x) { return open(x, false); },
      [this](awaiting_open&, const xml_refused& x) { return fail_opening(x); },
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
      [this](
        awaiting_restart&, const xml_refused& x) { return fail_opening(x); },
      [this](unbound& state, const element_received& x) {
        return handle_unbound(state, x);
      },
      [this](binding&, const element_received& x) { return interrupt(x); },
      [this](
        binding& state, const resource_bound& x) { return end_bind(state, x); },
      [this](binding& state, const bind_refused& x) {
        return refuse_bind(state, x);
      },
      [this](resuming&, const element_received& x) { return interrupt(x); },
      [this](resuming&, const resume_taken&) {
        state_ = handed_over{};
        return stream_actions{};
      },
      [this](resuming& state, const resume_refused& x) {
        return refuse_resume(state, x);
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
  auto reply = refuse_opening(
    x.tree, x.is_stanza, header(x.random, x.tree.value_of("from")));
  if (!reply.empty())
    return say(std::move(reply));
  return accept_open(x.tree, x.random, restart);
}

stream_actions stream::accept_open(
  const element& tree, std::string_view random, bool restart) {
  auto from = tree.value_of("from");
  auto wanted = wanted_domain(tree);
  // The identity that was proved belongs to one domain.
  if (!wanted || (restart && *wanted != domain_))
    return say(
      opening_error_reply(header(random, from), stream_error::host_unknown));
  domain_ = std::move(*wanted);
  lang_ = tree.value_of("xml:lang");
  if (!settings_->domains.contains(domain_)) {
    state_ = relayed{};
    return {relay_stream{std::string{pattern_for(settings_->upstream, domain_)},
      {domain_, std::move(from), lang_}, std::string{random}}};
  }
  auto answer = header(random, from);
  if (!lang_.empty())
    answer.lang = lang_;
  stream_actions actions{send_text{open_element(answer)}};
  if (restart) {
    actions.push_back(
      send_text{features_after_auth(settings_->offer_sm, settings_->limits)});
    state_ = unbound{std::move(std::get<awaiting_restart>(state_).who)};
  } else {
    actions.push_back(send_text{
      features_before_auth(mechanisms(), settings_->limits_before_auth)});
    state_ = unauthenticated{};
  }
  return actions;
}

// Nothing if the domain in `to` is not served.
std::optional<std::string> stream::wanted_domain(const element& open) const {
  auto* to = open.find("to");
  if (to && !to->empty()) {
    auto wanted = normalize_domain(*to);
    if (wanted && is_served(*wanted))
      return std::move(*wanted);
    if (settings_->validate_host)
      return std::nullopt;
  }
  auto& domain = domain_.empty() ? settings_->default_domain : domain_;
  return is_served(domain) ? std::optional{domain} : std::nullopt;
}

bool stream::is_served(std::string_view domain) const {
  return !domain.empty()
         && (settings_->domains.contains(std::string{domain})
             || !pattern_for(settings_->upstream, domain).empty());
}

// For an `<open/>` before an error; that of a stream that opens adds the
// language of the client.
stream_header stream::header(std::string_view id, std::string_view to) const {
  return {domain_.empty() ? settings_->default_domain : domain_,
    std::string{to}, std::string{id}};
}

// -- what comes at a moment of its own, or at the wrong one -------------------

stream_actions stream::interrupt(const element_received& x) {
  return say(interruption_reply(x.tree, x.is_stanza));
}

stream_actions stream::handle_established(const element_received& x) {
  // XEP-0352 allows a server to do nothing about it.
  if (x.tree.is("active", ns::client_state)
      || x.tree.is("inactive", ns::client_state))
    return {};
  return misplaced(x);
}

stream_actions stream::misplaced(const element_received& x) {
  return say(misplaced_reply(x.tree, x.is_stanza));
}

// -- RFC 7395 sections 3.5 and 3.6: ending ------------------------------------

// No stream was opened: there is nothing that an error could end.
stream_actions stream::give_up() {
  state_ = closed{};
  return {close_stream{"no stream was opened"}};
}

stream_actions stream::fail(
  stream_error condition, std::string_view text, std::string_view application) {
  return say(stream_error_reply(condition, text, application));
}

stream_actions stream::fail_opening(const xml_refused& x) {
  return say(opening_error_reply(
    header(x.random, {}), x.error.condition, x.error.detail));
}

stream_actions stream::say(stream_reply x) {
  if (ends_stream(x))
    state_ = closed{};
  stream_actions actions;
  append(actions, std::move(x));
  return actions;
}

} // namespace causeway::protocol
