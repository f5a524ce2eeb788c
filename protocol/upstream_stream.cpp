/// RFC 6120 sections 4 and 5: the initiating side.
#include "protocol/upstream_stream.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/overload.hpp"
#include "protocol/stanza_translation.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

// RFC 6120 section 4.7.5; servers of old have none, and no features either.
bool is_supported_version(std::string_view version) {
  return version.empty() || version == "1" || version.starts_with("1.");
}

// RFC 5646 section 4.4.1: 35 bytes are enough for every tag in use.
bool is_language(std::string_view x) {
  constexpr std::size_t longest = 35;
  auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-';
  };
  return x.size() <= longest && std::ranges::all_of(x, is_allowed);
}

const element* starttls_in(const element& features) {
  return features.child("starttls", ns::tls);
}

} // namespace

std::string_view to_string(upstream_failure x) {
  switch (x) {
  case upstream_failure::unreachable: return "unreachable";
  case upstream_failure::tls: return "tls";
  case upstream_failure::bad_stream: return "bad-stream";
  case upstream_failure::stream_error: return "stream-error";
  case upstream_failure::closed: return "closed";
  case upstream_failure::redirected: return "redirected";
  }
  return {};
}

upstream_stream::upstream_stream(stream_wish wish, bool require_tls)
  : wish_{std::move(wish)}, require_tls_{require_tls} {}

bool upstream_stream::is_open() const {
  return std::holds_alternative<open>(state_);
}

bool upstream_stream::is_securing() const {
  return std::holds_alternative<securing>(state_);
}

std::string_view upstream_stream::state_name() const {
  return std::visit(
    overload{
      [](const connecting&) { return "connecting"; },
      [](const opening&) { return "opening"; },
      [](const awaiting_features&) { return "awaiting-features"; },
      [](const awaiting_proceed&) { return "awaiting-proceed"; },
      [](const securing&) { return "securing"; },
      [](const open&) { return "open"; },
      [](const failed&) { return "failed"; },
    },
    state_);
}

upstream_actions upstream_stream::handle(const upstream_event& event) {
  if (std::holds_alternative<failed>(state_))
    return {};
  return std::visit(
    overload{
      [this](connecting&, const upstream_connected& x) {
        secure_ = x.secure;
        state_ = opening{};
        return upstream_actions{header()};
      },
      [this](opening&, const upstream_header_received& x) {
        return accept_header(x.header);
      },
      [this](awaiting_features& state, const upstream_element_received& x) {
        return accept_features(state, x.element);
      },
      [this](awaiting_proceed&, const upstream_element_received& x) {
        return accept_proceed(x.element);
      },
      [this](securing&, const upstream_secured&) {
        secure_ = true;
        return reopen();
      },
      [this](securing&, const upstream_header_received&) {
        return refuse_cleartext();
      },
      [this](securing&, const upstream_element_received&) {
        return refuse_cleartext();
      },
      [this](securing&, const upstream_close_received&) {
        return refuse_cleartext();
      },
      [this](
        open&, const upstream_element_received& x) { return pass(x.element); },
      [this](open&, const upstream_restart& x) {
        authenticated_ = true;
        wish_.from = x.from;
        wish_.lang = x.lang;
        return reopen();
      },
      [this](auto&, const upstream_close_received&) {
        return fail(upstream_failure::closed, "closed by the server");
      },
      [this](auto&, const upstream_header_received&) {
        return fail(upstream_failure::bad_stream, "header out of turn");
      },
      [this](auto&, const upstream_element_received&) {
        return fail(upstream_failure::bad_stream, "element before the header");
      },
      // Events of the owner's own that are not due.
      [](auto&, const auto&) { return upstream_actions{}; },
    },
    state_, event);
}

// RFC 6120 section 4.7.1: `from` is not for everybody's eyes. Both are the
// client's words, over which a server must not end the stream.
upstream_send upstream_stream::header() const {
  auto wish = wish_;
  if (require_tls_ && !secure_)
    wish.from.clear();
  if (!wish.from.empty() && !jid::parse(wish.from))
    wish.from.clear();
  if (!is_language(wish.lang))
    wish.lang.clear();
  return {header_for(wish)};
}

upstream_actions upstream_stream::reopen() {
  state_ = opening{};
  return {upstream_expect_header{}, header()};
}

upstream_actions upstream_stream::accept_header(const upstream_header& x) {
  if (!is_supported_version(x.version))
    return fail(upstream_failure::bad_stream, "version " + x.version);
  state_ = awaiting_features{x};
  return {};
}

upstream_actions upstream_stream::accept_features(
  awaiting_features& state, const element_ptr& x) {
  if (x->is("error", ns::streams))
    return fail_with(x);
  if (!x->is("features", ns::streams))
    return fail(upstream_failure::bad_stream, "no stream features");
  auto features = parse_tree(x->bytes);
  if (!features)
    return fail(upstream_failure::bad_stream, features.error().detail);
  if (!secure_) {
    auto* starttls = starttls_in(*features);
    if (require_tls_)
      return begin_tls(starttls);
    if (starttls && starttls->child("required", ns::tls))
      return fail(upstream_failure::tls, "the server demands TLS");
  }
  upstream_features action{std::move(state.header), std::move(*features)};
  state_ = open{};
  return {std::move(action)};
}

// RFC 6120 section 5.4.2.1.
upstream_actions upstream_stream::begin_tls(const element* offered) {
  if (!offered)
    return fail(upstream_failure::tls, "the server offers no STARTTLS");
  state_ = awaiting_proceed{};
  return {upstream_send{to_xml(element{"starttls", ns::tls})}};
}

upstream_actions upstream_stream::accept_proceed(const element_ptr& x) {
  if (x->is("error", ns::streams))
    return fail_with(x);
  if (x->is("proceed", ns::tls)) {
    state_ = securing{};
    return {upstream_start_tls{}};
  }
  if (x->is("failure", ns::tls))
    return fail(upstream_failure::tls, "the server refused STARTTLS");
  return fail(upstream_failure::bad_stream, "no answer to STARTTLS");
}

// RFC 6120 section 5.4.3.3: who put bytes between `<proceed/>` and TLS need not
// be the server whose certificate TLS checks.
upstream_actions upstream_stream::refuse_cleartext() {
  return fail(upstream_failure::tls, "data between <proceed/> and TLS");
}

upstream_actions upstream_stream::pass(const element_ptr& x) {
  if (x->is("error", ns::streams))
    return fail_with(x);
  // Nobody asked for features, and what ends here must not reach the client.
  if (x->is("features", ns::streams))
    return {};
  authenticated_ |= x->is("success", ns::sasl);
  return {upstream_pass{x}};
}

// RFC 6120 section 4.9.
upstream_actions upstream_stream::fail_with(const element_ptr& x) {
  auto tree = parse_tree(x->bytes);
  auto* other =
    tree ? tree->child("see-other-host", ns::stream_errors) : nullptr;
  auto actions = fail(upstream_failure::stream_error,
    tree && !tree->children.empty() ? tree->children.front().name : "");
  auto& failure = std::get<upstream_fail>(actions.front());
  failure.element = x;
  if (!other)
    return actions;
  // The client's login ends with this stream, wherever the server moves it.
  failure.cause = authenticated_ ? upstream_failure::unreachable
                                 : upstream_failure::redirected;
  failure.see_other_host = other->text;
  return actions;
}

upstream_actions upstream_stream::fail(
  upstream_failure cause, std::string detail) {
  state_ = failed{};
  return {upstream_fail{cause, std::move(detail), nullptr, {}}};
}

} // namespace causeway::protocol
