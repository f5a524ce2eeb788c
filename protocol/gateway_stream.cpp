/// RFC 7395 section 3 towards the client, RFC 6120 sections 6 and 7 as the
/// upstream server has them.
#include "protocol/gateway_stream.hpp"

#include "protocol/feature_rewrite.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

// RFC 6455 section 7.4.1 and the registry that it founds.
constexpr std::uint16_t try_again_later = 1013;
constexpr std::uint16_t service_restart = 1012;

// What a user may know of it.
std::string_view explanation(upstream_failure x) {
  switch (x) {
  case upstream_failure::unreachable:
    return "The server of this domain cannot be reached.";
  case upstream_failure::tls:
    return "The connection to the server of this domain is not secure.";
  case upstream_failure::bad_stream:
    return "The server of this domain cannot be understood.";
  case upstream_failure::stream_error:
    return "The server of this domain refuses the connection.";
  case upstream_failure::closed:
    return "The server of this domain closed the connection.";
  case upstream_failure::redirected:
    return "The server of this domain has moved.";
  }
  return {};
}

} // namespace

gateway_stream::gateway_stream(
  gateway_settings settings, stream_wish wish, std::string id, bool allow_plain)
  : settings_{std::move(settings)}, wish_{std::move(wish)}, id_{std::move(id)},
    lang_{wish_.lang.empty() ? "en" : wish_.lang}, allow_plain_{allow_plain} {}

gateway_actions gateway_stream::start() {
  return {open_upstream{wish_}};
}

bool gateway_stream::is_waiting() const {
  return is_opening() || std::holds_alternative<authenticating>(state_)
         || std::holds_alternative<binding>(state_)
         || std::holds_alternative<resuming>(state_)
         || std::holds_alternative<resuming_here>(state_);
}

bool gateway_stream::is_established() const {
  return std::holds_alternative<established>(state_);
}

bool gateway_stream::is_closed() const {
  return std::holds_alternative<closed>(state_);
}

// The client has sent an `<open/>` that is not answered.
bool gateway_stream::is_opening() const {
  return std::holds_alternative<connecting>(state_)
         || std::holds_alternative<reopening>(state_);
}

bool gateway_stream::is_authenticated() const {
  return std::visit(overload{
                      [](const connecting&) { return false; },
                      [](const unauthenticated&) { return false; },
                      [](const authenticating&) { return false; },
                      [](const challenged&) { return false; },
                      [](const auto&) { return true; },
                    },
    state_);
}

std::string_view gateway_stream::state_name() const {
  return std::visit(
    overload{
      [](const connecting&) { return "connecting"; },
      [](const unauthenticated&) { return "unauthenticated"; },
      [](const authenticating&) { return "authenticating"; },
      [](const challenged&) { return "challenged"; },
      [](const awaiting_restart&) { return "awaiting-restart"; },
      [](const reopening&) { return "reopening"; },
      [](const unbound&) { return "unbound"; },
      [](const binding&) { return "binding"; },
      [](const resuming&) { return "resuming"; },
      [](const resuming_here&) { return "resuming-here"; },
      [](const established&) { return "established"; },
      [](const closed&) { return "closed"; },
    },
    state_);
}

gateway_actions gateway_stream::handle(const gateway_event& event) {
  if (is_closed())
    return {};
  return std::visit(
    overload{
      [this](connecting&, const upstream_opened& x) { return open(x, false); },
      [this](reopening&, const upstream_opened& x) { return open(x, true); },
      [this](unauthenticated&, const client_element& x) {
        return handle_unauthenticated(x);
      },
      [this](authenticating& state, const server_element& x) {
        return continue_auth(std::move(state.mechanism), x.element);
      },
      [this](challenged& state, const client_element& x) {
        return handle_challenged(state, x);
      },
      // A server may lose patience before the client has answered.
      [this](challenged& state, const server_element& x) {
        if (!x.element->is("failure", ns::sasl))
          return gateway_actions{};
        return continue_auth(std::move(state.mechanism), x.element);
      },
      [this](awaiting_restart&, const client_element& x) {
        return handle_restart(x);
      },
      [this](awaiting_restart&, const xml_refused& x) {
        return say(
          opening_error_reply(header(), x.error.condition, x.error.detail));
      },
      [this](unbound&, const client_element& x) { return handle_unbound(x); },
      [this](unbound&, const server_element& x) { return pass(x.element); },
      [this](binding& state, const server_element& x) {
        return answer_bind(state, x.element);
      },
      [this](resuming& state, const server_element& x) {
        return answer_resume(state, x.element);
      },
      [this](
        resuming_here&, const server_element& x) { return pass(x.element); },
      [this](resuming_here&, const resume_taken&) {
        state_ = closed{};
        return gateway_actions{};
      },
      [this](resuming_here&, const resume_refused& x) {
        state_ = unbound{};
        return gateway_actions{send_text{sm_failed(x.condition, x.h)}};
      },
      [this](established&, const client_element& x) {
        return handle_established(x);
      },
      [this](established&, const server_element& x) { return pass(x.element); },
      [this](auto&, const client_element& x) { return interrupt(x); },
      [this](auto&, const xml_refused& x) {
        return fail(x.error.condition, x.error.detail);
      },
      [this](auto&, const stream_broken& x) {
        return fail(x.condition, x.text, x.application);
      },
      [this](auto&, const upstream_lost& x) { return lose(x); },
      // What the server says unasked before it knows the client, and answers
      // that nothing waits for.
      [](auto&, const auto&) { return gateway_actions{}; },
    },
    state_, event);
}

// -- RFC 7395 sections 3.4 and 3.7: opening and restart -----------------------

gateway_actions gateway_stream::open(
  const upstream_opened& x, bool authenticated) {
  if (!x.header.id.empty())
    id_ = x.header.id;
  if (!x.header.lang.empty())
    lang_ = x.header.lang;
  allow_plain_ = allow_plain_ && x.is_private;
  auto features = rewrite_features(x.features,
    {authenticated, settings_.offer_sm, allow_plain_,
      authenticated ? settings_.limits : settings_.limits_before_auth});
  mechanisms_ = mechanisms_in(features);
  has_client_states_ = features.child("csi", ns::client_state) != nullptr;
  has_sm_ = x.features.child("sm", ns::stream_management) != nullptr;
  if (authenticated)
    state_ = unbound{};
  else
    state_ = unauthenticated{};
  return {send_text{open_element(header())}, send_text{to_xml(features)}};
}

gateway_actions gateway_stream::handle_restart(const client_element& x) {
  auto answer = header();
  answer.to = x.tree.value_of("from");
  auto reply = refuse_opening(x.tree, x.element->is_stanza(), answer);
  if (!reply.empty())
    return say(std::move(reply));
  // The identity that was proved belongs to one domain (G-45).
  if (auto* to = x.tree.find("to"); to && !to->empty()) {
    auto domain = normalize_domain(*to);
    if (!domain || *domain != settings_.domain)
      return say(opening_error_reply(answer, stream_error::host_unknown));
  }
  wish_.from = std::move(answer.to);
  wish_.lang = x.tree.value_of("xml:lang");
  state_ = reopening{};
  return {reopen_upstream{wish_.from, wish_.lang}};
}

stream_header gateway_stream::header() const {
  return {settings_.domain, wish_.from, id_, lang_};
}

// -- established --------------------------------------------------------------

gateway_actions gateway_stream::handle_established(const client_element& x) {
  auto is_client_state = x.tree.is("active", ns::client_state)
                         || x.tree.is("inactive", ns::client_state);
  if (!is_client_state)
    return misplaced(x);
  // Clients send them unasked, and Prosody ends a stream over an element that
  // it does not know.
  if (!has_client_states_)
    return {};
  return {send_upstream{x.element}};
}

// What belongs to the server's own leg is not meant for a client: Stream
// Management, which the tracker has a part in where it is on, and all that has
// its time before bind. A `<close/>` of the framing could even send the client
// elsewhere (G-60).
gateway_actions gateway_stream::pass(const element_ptr& x) {
  for (auto ns : {ns::stream_management, ns::old_stream_management, ns::framing,
         ns::sasl, ns::tls, ns::compress})
    if (x->ns == ns)
      return {};
  return {send_client{x}};
}

// -- what comes at a moment of its own, or at the wrong one -------------------

gateway_actions gateway_stream::misplaced(const client_element& x) {
  return say(misplaced_reply(x.tree, x.element->is_stanza()));
}

gateway_actions gateway_stream::interrupt(const client_element& x) {
  auto ends = x.tree.ns == ns::framing || x.tree.is("error", ns::streams);
  if (is_opening() && !ends)
    return fail(stream_error::policy_violation, "Wait for the answer.");
  return say(interruption_reply(x.tree, x.element->is_stanza()));
}

gateway_actions gateway_stream::lose(const upstream_lost& x) {
  if (x.cause == upstream_failure::stream_error && x.error) {
    stream_reply reply;
    if (is_opening())
      reply.emplace_back(send_text{open_element(header())});
    reply.emplace_back(send_text{x.error->bytes});
    append(reply, finish_reply("stream error of the server"));
    return say(std::move(reply));
  }
  if (std::holds_alternative<connecting>(state_))
    return say(
      opening_error_reply(header(), stream_error::remote_connection_failed,
        explanation(x.cause), try_again_later));
  if (x.cause == upstream_failure::closed
      || x.cause == upstream_failure::stream_error)
    return say(finish_reply("closed by the server"));
  if (!is_authenticated())
    return say(stream_error_reply(stream_error::remote_connection_failed,
      explanation(x.cause), {}, try_again_later));
  // The client cannot be logged in again here, but may do so itself.
  state_ = closed{};
  return {cut_stream{service_restart, "the server of the domain is gone"}};
}

// RFC 7395 section 3.5: an `<open/>` that is due comes first.
gateway_actions gateway_stream::fail(
  stream_error condition, std::string_view text, std::string_view application) {
  stream_reply reply;
  if (is_opening())
    reply.emplace_back(send_text{open_element(header())});
  append(reply, stream_error_reply(condition, text, application));
  return say(std::move(reply));
}

gateway_actions gateway_stream::say(stream_reply x) {
  if (ends_stream(x))
    state_ = closed{};
  gateway_actions actions;
  append(actions, std::move(x));
  return actions;
}

} // namespace causeway::protocol
