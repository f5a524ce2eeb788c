/// The steps of `stream` between its two `<open/>` and its first stanza: RFC
/// 6120 section 6 (SASL) and section 7 (resource binding), XEP-0198 section 5.
#include "protocol/base64.hpp"
#include "protocol/bind.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"
#include "protocol/stream.hpp"
#include "protocol/stream_management.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

std::string sasl_element(std::string_view name, std::string_view text) {
  return to_xml(element{name, ns::sasl}.with_text(text));
}

// RFC 6120 section 6.4.6: "=" stands for data of zero length.
std::string success_element(const std::optional<std::string>& data) {
  if (!data)
    return sasl_element("success", {});
  return sasl_element("success", data->empty() ? "=" : to_base64(*data));
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

} // namespace

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
  // COMPAT(nbxmpp): aborts what has just failed; that is no other attempt.
  if (tree.name == "abort")
    return {send_text{sasl_failed(sasl_error::aborted)}};
  return auth_failure(sasl_error::malformed_request, "no negotiation runs");
}

stream_actions stream::begin_auth(const element_received& x) {
  auto* wanted = x.tree.find("mechanism");
  auto mechanism = wanted ? *wanted : std::string{};
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
  negotiation run{std::make_unique<sasl_server>(mechanism, domain_, random),
    std::move(mechanism), std::move(random)};
  auto next = run.sasl->handle(std::move(initial.data));
  return perform(std::move(run), std::move(next));
}

stream_actions stream::continue_auth(
  authenticating& state, const element_received& x) {
  auto& tree = x.tree;
  if (tree.ns != ns::sasl)
    return misplaced(x);
  if (tree.name == "abort")
    return auth_failure(sasl_error::aborted);
  // RFC 6120 section 6.4.2: another `<auth/>` replaces what has begun.
  if (tree.name == "auth")
    return begin_auth(x);
  if (tree.name != "response")
    return auth_failure(sasl_error::malformed_request, tree.name);
  auto response = decode(tree.text);
  if (!response.valid)
    return auth_failure(sasl_error::incorrect_encoding);
  // A response without text is an empty one.
  auto next = state.run.sasl->handle(std::move(response.data).value_or(""));
  return perform(std::move(state.run), std::move(next));
}

stream_actions stream::perform(negotiation run, sasl_action action) {
  return std::visit(overload{
                      [&](sasl_send_challenge& x) {
                        state_ = authenticating{std::move(run)};
                        return stream_actions{send_text{
                          sasl_element("challenge", to_base64(x.data))}};
                      },
                      [&](sasl_find_credentials& x) {
                        state_ = checking{std::move(run)};
                        return stream_actions{find_credentials{
                          domain_, std::move(x.username), x.hash}};
                      },
                      [&](sasl_check_password& x) {
                        state_ = checking{std::move(run)};
                        return stream_actions{check_password{domain_,
                          std::move(x.username), std::move(x.password)}};
                      },
                      [&](sasl_succeed& x) { return succeed(run, x); },
                      [&](sasl_fail& x) {
                        return auth_failure(x.condition, std::move(x.detail));
                      },
                    },
    action);
}

stream_actions stream::succeed(const negotiation& run, const sasl_succeed& x) {
  // ANONYMOUS: a name that nobody can guess (XEP-0175).
  auto anonymous = x.username.empty();
  auto bare = (anonymous ? run.random : x.username) + '@' + domain_;
  state_ = awaiting_restart{{bare, anonymous}};
  return {send_text{success_element(x.data)},
    authenticated{std::move(bare), run.mechanism}};
}

stream_actions stream::auth_failure(sasl_error condition, std::string detail) {
  stream_actions actions{send_text{sasl_failed(condition)},
    authentication_failed{condition, std::move(detail)}};
  state_ = unauthenticated{};
  if (++failures_ < settings_->max_auth_failures)
    return actions;
  // RFC 6120 section 6.4.5 lets the server end the stream now.
  auto end = fail(stream_error::policy_violation, "Too many failed attempts.");
  std::move(end.begin(), end.end(), std::back_inserter(actions));
  return actions;
}

// -- RFC 6120 section 7: bind -------------------------------------------------

stream_actions stream::handle_unbound(
  unbound& state, const element_received& x) {
  return x.tree.is("resume", ns::stream_management)
           ? begin_resume(state, x.tree)
           : begin_bind(state, x);
}

stream_actions stream::begin_bind(unbound& state, const element_received& x) {
  auto wish = x.is_stanza ? parse_bind(x.tree) : std::nullopt;
  if (!wish)
    return misplaced(x);
  bind_resource action{state.who.bare_jid, std::move(wish->resource)};
  state_ = binding{std::move(state.who), std::move(wish->id)};
  return {std::move(action)};
}

stream_actions stream::end_bind(binding& state, const resource_bound& x) {
  auto reply = bind_result(state.iq_id, x.full_jid);
  state_ = established{};
  return {send_text{std::move(reply)}, establish{}};
}

stream_actions stream::refuse_bind(binding& state, const bind_refused& x) {
  stream_element iq;
  iq.kind = element_kind::iq;
  iq.type = "set";
  iq.id = std::move(state.iq_id);
  auto reply = error_reply(iq, x.condition);
  state_ = unbound{std::move(state.who)};
  return {send_text{std::move(reply)}};
}

// -- XEP-0198 section 5: resumption -------------------------------------------

stream_actions stream::begin_resume(unbound& state, const element& x) {
  auto refuse = [](stanza_error condition) {
    return stream_actions{resumption_failed{std::string{to_string(condition)}},
      send_text{sm_failed(condition)}};
  };
  if (!settings_->offer_sm || !settings_->offer_resume)
    return refuse(stanza_error::feature_not_implemented);
  if (state.who.anonymous)
    return refuse(stanza_error::unexpected_request);
  auto h = parse_counter(x.value_of("h"));
  if (!h)
    return fail(stream_error::undefined_condition,
      "The h attribute is not an unsigned integer.");
  auto previd = x.value_of("previd");
  if (previd.empty())
    return refuse(stanza_error::item_not_found);
  resume_session action{std::move(previd), *h, state.who.bare_jid};
  state_ = resuming{std::move(state.who)};
  return {std::move(action)};
}

stream_actions stream::refuse_resume(resuming& state, const resume_refused& x) {
  state_ = unbound{std::move(state.who)};
  return {send_text{sm_failed(x.condition, x.h)}};
}

} // namespace causeway::protocol
