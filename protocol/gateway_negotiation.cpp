/// The steps of `gateway_stream` between its two `<open/>` and its first
/// stanza, as the upstream server has them: RFC 6120 section 6 (SASL) and
/// section 7 (resource binding).
#include "protocol/bind.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/feature_rewrite.hpp"
#include "protocol/gateway_stream.hpp"
#include "protocol/namespaces.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

// The condition comes first (RFC 6120 section 6.4.5). A server may know more
// conditions than we.
sasl_error condition_of(const stream_element& failure) {
  for (std::size_t i = 0; i < sasl_error_count; ++i)
    if (auto x = static_cast<sasl_error>(i); to_string(x) == failure.child_name)
      return x;
  return sasl_error::not_authorized;
}

// The full JID in the result of a bind, "" if there is none.
std::string bound_jid(std::string_view bytes) {
  auto iq = parse_tree(bytes);
  auto* bind = iq ? iq->child("bind", ns::bind) : nullptr;
  auto* jid = bind ? bind->child("jid", ns::bind) : nullptr;
  return jid ? jid->text : std::string{};
}

} // namespace

// -- RFC 6120 section 6: SASL -------------------------------------------------

gateway_actions gateway_stream::handle_unauthenticated(
  const client_element& x) {
  auto& tree = x.tree;
  if (tree.ns != ns::sasl)
    return misplaced(x);
  if (tree.name == "auth")
    return begin_auth(x);
  // COMPAT(nbxmpp): aborts what has just failed; that is no other attempt.
  if (tree.name == "abort")
    return {send_text{sasl_failed(sasl_error::aborted)}};
  return fail_auth(sasl_error::malformed_request, "no negotiation runs");
}

gateway_actions gateway_stream::begin_auth(const client_element& x) {
  auto mechanism = x.tree.value_of("mechanism");
  if (std::ranges::find(mechanisms_, mechanism) == mechanisms_.end()) {
    auto withheld = !allow_plain_ && shows_secret(mechanism);
    return fail_auth(withheld ? sasl_error::encryption_required
                              : sasl_error::invalid_mechanism,
      std::move(mechanism));
  }
  witness_.begin(x.tree);
  state_ = authenticating{std::move(mechanism)};
  return {send_upstream{x.element}};
}

gateway_actions gateway_stream::handle_challenged(
  challenged& state, const client_element& x) {
  auto& tree = x.tree;
  if (tree.ns != ns::sasl)
    return misplaced(x);
  // RFC 6120 section 6.4.2: another `<auth/>` replaces what has begun.
  if (tree.name == "auth")
    return begin_auth(x);
  if (tree.name != "response" && tree.name != "abort")
    return fail_auth(sasl_error::malformed_request, tree.name);
  witness_.respond(tree);
  state_ = authenticating{std::move(state.mechanism)};
  return {send_upstream{x.element}};
}

gateway_actions gateway_stream::continue_auth(
  std::string mechanism, const element_ptr& x) {
  if (x->is("challenge", ns::sasl)) {
    state_ = challenged{std::move(mechanism)};
    return {send_client{x}};
  }
  if (x->is("success", ns::sasl)) {
    state_ = awaiting_restart{};
    return {send_client{x}, authenticated{{}, std::move(mechanism)}};
  }
  if (!x->is("failure", ns::sasl)) {
    state_ = authenticating{std::move(mechanism)};
    return {};
  }
  witness_.failed();
  return count_failure({send_client{x},
    authentication_failed{condition_of(*x), std::move(mechanism)}});
}

gateway_actions gateway_stream::fail_auth(
  sasl_error condition, std::string detail) {
  return count_failure({send_text{sasl_failed(condition)},
    authentication_failed{condition, std::move(detail)}});
}

// RFC 6120 section 6.4.5, here as upstream: what is refused here is not
// counted there (G-53).
gateway_actions gateway_stream::count_failure(gateway_actions actions) {
  state_ = unauthenticated{};
  if (++failures_ < settings_.max_auth_failures)
    return actions;
  auto end = fail(stream_error::policy_violation, "Too many failed attempts.");
  std::move(end.begin(), end.end(), std::back_inserter(actions));
  return actions;
}

// -- RFC 6120 section 7: bind -------------------------------------------------

gateway_actions gateway_stream::handle_unbound(const client_element& x) {
  if (x.tree.is("resume", ns::stream_management))
    return begin_resume(x);
  auto wish = x.element->is_stanza() ? parse_bind(x.tree) : std::nullopt;
  if (!wish)
    return misplaced(x);
  state_ = binding{std::move(wish->id)};
  return {send_upstream{x.element}};
}

gateway_actions gateway_stream::answer_bind(
  const binding& state, const element_ptr& x) {
  if (x->kind != element_kind::iq || x->id != state.iq_id)
    return pass(x);
  if (x->type == "result")
    return end_bind(x);
  if (x->type == "error")
    state_ = unbound{};
  return pass(x);
}

// Here the client's address is learnt: SASL does not always tell.
gateway_actions gateway_stream::end_bind(const element_ptr& x) {
  auto jid = bound_jid(x->bytes);
  if (jid.empty())
    return fail(stream_error::internal_server_error,
      "The server of this domain names no address.");
  state_ = established{};
  auto can_hold = settings_.edge_resume && identity().has_value();
  return {send_client{x}, gateway_bound{std::move(jid), has_sm_, {}, can_hold}};
}

// -- XEP-0198 section 5: resumption -------------------------------------------

gateway_actions gateway_stream::begin_resume(const client_element& x) {
  auto refuse = [](stanza_error condition) {
    return gateway_actions{resumption_failed{std::string{to_string(condition)}},
      send_text{sm_failed(condition)}};
  };
  auto is_possible = has_sm_ || settings_.edge_resume;
  if (!is_possible || !settings_.offer_sm || !settings_.keys)
    return refuse(stanza_error::feature_not_implemented);
  auto h = parse_counter(x.tree.value_of("h"));
  if (!h)
    return fail(stream_error::undefined_condition,
      "The h attribute is not an unsigned integer.");
  auto previd = x.tree.value_of("previd");
  auto id = settings_.keys->open(previd);
  auto is_upstream =
    has_sm_ && id && id->domain == settings_.domain && !id->upstream_id.empty();
  if (!is_upstream && settings_.edge_resume) {
    state_ = resuming_here{};
    return {resume_session{std::move(previd), *h, {}}};
  }
  if (!is_upstream)
    return refuse(stanza_error::item_not_found);
  element out{"resume", ns::stream_management};
  out.set("previd", id->upstream_id).set("h", std::to_string(*h));
  auto jid = id->bare_jid;
  if (!id->resource.empty())
    (jid += '/') += id->resource;
  state_ = resuming{std::move(previd), *h, jid};
  return {resume_upstream{to_xml(out), id->upstream_id, std::move(jid)}};
}

gateway_actions gateway_stream::answer_resume(
  resuming& state, const element_ptr& x) {
  if (x->is("failed", ns::stream_management)) {
    state_ = unbound{};
    return {resumption_failed{x->child_name, true}, send_client{x}};
  }
  if (!x->is("resumed", ns::stream_management))
    return pass(x);
  auto h = stream_management::parse_h(*x);
  if (!h)
    return lose({upstream_failure::bad_stream, "resumed without h", nullptr});
  element out{"resumed", ns::stream_management};
  out.set("previd", state.previd).set("h", std::to_string(*h));
  gateway_bound bound{
    std::move(state.full_jid), has_sm_, resumed_counters{state.h, *h}, false};
  state_ = established{};
  return {send_text{to_xml(out)}, std::move(bound)};
}

} // namespace causeway::protocol
