#include "actors/domain/domain.hpp"

#include "protocol/jid.hpp"
#include "protocol/server_replies.hpp"

#include <string_view>
#include <utility>

namespace causeway {

namespace {

protocol::addressee addressee_of(const protocol::stream_element& x) {
  if (x.to.empty())
    return protocol::addressee::own_account;
  auto to = protocol::jid::parse(x.to);
  if (!to)
    return protocol::addressee::other_account;
  if (to->local().empty())
    return protocol::addressee::domain;
  std::string_view from = x.from;
  return to_string(*to) == from.substr(0, from.find('/'))
           ? protocol::addressee::own_account
           : protocol::addressee::other_account;
}

protocol::element_ptr answer(const protocol::stream_element& x) {
  switch (x.kind) {
  case protocol::element_kind::iq:
    return protocol::answer_iq(x, addressee_of(x), CAUSEWAY_VERSION);
  case protocol::element_kind::message:
    return protocol::make_error_reply(
      x, protocol::stanza_error::service_unavailable);
  // Nobody is subscribed to a domain.
  case protocol::element_kind::presence:
  case protocol::element_kind::nonza: break;
  }
  return nullptr;
}

} // namespace

void domain_state::take(stanza_in& x) {
  if (auto reply = answer(*x.stanza->stanza())) {
    ++answered;
    if (reply->type == "error")
      counts->add(counter::stanzas_bounced);
    // The reply takes the read credit over, so that requests stay bounded by
    // how fast their answers are taken.
    door->send(stanza_in{std::make_shared<delivery>(std::move(reply), 0, door,
      x.stanza->take_credit(), 0, direction::in, x.stanza->begin_answer())});
  } else {
    counts->add(counter::stanzas_dropped);
  }
  x.stanza->settle();
}

actor_snapshot domain_state::snapshot() {
  auto x = life.snapshot(self);
  std::string served;
  for (auto& name : domains)
    served += served.empty() ? name : ' ' + name;
  x.fields = {
    {"domains", served}, {"stanzas_answered", std::to_string(answered)}};
  return x;
}

domain_actor::behavior_type domain(
  domain_actor::stateful_pointer<domain_state> self,
  std::shared_ptr<router_door> door, std::vector<std::string> domains,
  std::shared_ptr<counters> counts) {
  auto& state = self->state;
  state.door = std::move(door);
  state.domains = std::move(domains);
  state.counts = std::move(counts);
  return {
    [self](stanza_in& x) {
      self->state.life.touch();
      self->state.take(x);
    },
    [self](const domains_changed& x) {
      self->state.domains.clear();
      for (auto& [name, domain] : *x.domains)
        self->state.domains.push_back(name);
    },
    [self](const inspect_request&) {
      self->state.life.touch();
      return self->state.snapshot();
    },
  };
}

} // namespace causeway
