/// The half of `tracker` for sessions in an upstream server: XEP-0198 on both
/// legs (G-01 to G-16).
#include "actors/c2s/tracker_relay.hpp"

#include "actors/c2s/tracker.hpp"
#include "actors/inspect/event_log.hpp"
#include "actors/inspect/redaction.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/offline_rules.hpp"
#include "protocol/overload.hpp"
#include "protocol/server_replies.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace causeway {

namespace {

// Of the moment, such as presence, or worth to be told of.
bool is_lasting(const protocol::stream_element& x) {
  if (x.kind == protocol::element_kind::presence)
    return false;
  return x.kind == protocol::element_kind::iq
         || protocol::offline_rule_of(x) != protocol::offline_rule::drop;
}

// XEP-0359: an archive has it, and tells the user by `by` that it is theirs. An
// `<origin-id/>` is of the sender.
bool is_archived_for(
  const protocol::stream_element& x, std::string_view full_jid) {
  auto user = protocol::jid::parse(full_jid);
  // It was checked when it came, by the limits for servers.
  auto tree = protocol::parse_tree(x.bytes, protocol::no_limits());
  return user && tree && std::ranges::any_of(tree->children, [&](auto& y) {
    if (!y.is("stanza-id", protocol::ns::stanza_ids))
      return false;
    auto by = protocol::jid::parse(y.value_of("by"));
    return by && *by == user->bare();
  });
}

// Not what came from a room, which would remove who answers so, nor what the
// archive of the server has.
bool shall_bounce(
  const protocol::stream_element& x, std::string_view full_jid) {
  return x.type != "groupchat" && !is_archived_for(x, full_jid);
}

} // namespace

void tracker_state::establish_relay(relay_established& x) {
  life.touch();
  protocol::lockstep_settings settings{
    environment->management_of(x.domain), x.upstream_offers_sm, x.edge_resume};
  auto lockstep = std::make_unique<protocol::lockstep>(
    x.resumed ? protocol::lockstep{settings, *x.resumed}
              : protocol::lockstep{settings});
  leave_negotiation(tracker_relay{std::move(x.full), std::move(x.domain),
    std::move(x.link), std::move(lockstep)});
}

void tracker_state::relay(tracker_relay& x, element_in& received) {
  auto& element = *received.element;
  if (element.is_stanza()) {
    ++stanzas_in;
    environment->count->add(counter::stanzas_in);
    auto bytes = element.bytes.size();
    // Once both ends count, the answer to a probe must pass as well.
    if (x.lockstep->is_counting() || !is_probe_answer(element))
      self->send(x.link,
        stanza_in{std::make_shared<delivery>(std::move(received.element), 0,
          nullptr, std::move(received.credit), 0, direction::relayed)});
    perform(x.lockstep->client_stanza());
    perform(management.stanza_received(bytes));
  } else if (element.ns != protocol::ns::stream_management) {
    if (edge && element.is("close", protocol::ns::framing))
      edge->closed_by_client = true;
    self->send(owner, std::move(received));
  } else if (management.is_enabled()) {
    answer(element, management.nonza_received(element, unacked));
  } else {
    if (element.name == "a")
      environment->count->add(counter::acks_received);
    answer(element, x.lockstep->client_nonza(element));
    release_if_roomy();
  }
}

void tracker_state::receive_upstream(upstream_element& x) {
  life.touch();
  auto* now = std::get_if<tracker_relay>(&phase);
  if (now && x.element->ns == protocol::ns::stream_management)
    perform(now->lockstep->upstream_nonza(*x.element), x.credit);
  else
    self->send(owner, std::move(x));
}

void tracker_state::timer_due(lockstep_due x) {
  life.touch();
  if (auto* now = std::get_if<tracker_relay>(&phase))
    perform(now->lockstep->timer_due(x.which));
}

void tracker_state::perform(
  protocol::lockstep_actions actions, const read_credit& credit) {
  for (auto& action : actions)
    std::visit(
      protocol::overload{
        [this](protocol::tell_client& x) { write_nonza(std::move(x.nonza)); },
        [&](protocol::tell_upstream& x) {
          self->send(std::get<tracker_relay>(phase).link,
            nonza_in{std::move(x.nonza), credit, x.may_wait});
        },
        [this](const protocol::seal_upstream_id& x) { seal(x); },
        [this](protocol::lockstep_begun x) {
          environment->count->add(counter::sm_enabled);
          // Before the client knows: it may be gone at once.
          if (x.max_seconds > 0)
            self->send(
              owner, session_resumable{std::chrono::seconds{x.max_seconds}});
        },
        [this](const protocol::count_at_edge& x) { count_here(x); },
        [this](protocol::start_timer x) {
          environment->after(x.after, [me = self->address(), x] {
            if (auto strong = caf::actor_cast<tracker_actor>(me))
              caf::anon_send(strong, lockstep_due{x.which});
          });
        },
        [this](protocol::refuse_upstream& x) {
          life.last_error = x.detail;
          self->send(
            std::get<tracker_relay>(phase).link, link_refused{std::move(x)});
        },
        [this](protocol::sm_fail_stream& x) {
          perform(protocol::sm_actions{std::move(x)});
        },
      },
      action);
}

void tracker_state::answer(
  const protocol::stream_element& asked, protocol::lockstep_actions actions) {
  for (auto& action : actions)
    if (auto* x = std::get_if<protocol::tell_client>(&action);
        x && x->nonza.starts_with("<failed "))
      note_refusal(asked.name);
  perform(std::move(actions));
}

void tracker_state::seal(const protocol::seal_upstream_id& x) {
  auto& now = std::get<tracker_relay>(phase);
  auto id = identify(now.full);
  id.domain = now.domain;
  id.endpoint = x.location;
  id.upstream_id = x.id;
  now.upstream_sm_id = redact_id(x.id);
  if (auto address = protocol::jid::parse(now.full))
    id.resource = address->resource();
  auto nonce = environment->random_bytes(protocol::sm_nonce_size);
  perform(now.lockstep->id_sealed(environment->keys->seal(id, nonce)));
}

// -- G-04: the session is held here -------------------------------------------

void tracker_state::count_here(const protocol::count_at_edge& x) {
  auto& now = std::get<tracker_relay>(phase);
  if (!x.upstream_counts)
    environment->count->add(counter::sm_edge_only);
  if (x.max_seconds == 0)
    log_event(log_level::warn, "sm_edge_only", {{"jid", now.full}});
  else {
    edge = std::make_unique<edge_hold>(
      edge_hold{now.full, now.link, x.upstream_counts});
    self->monitor(now.link);
  }
  perform(management.begin_at(x.received, x.asked, x.max_seconds));
  if (!management.is_resumable())
    edge = nullptr;
}

void tracker_state::hold_at_edge(std::uint32_t seconds) {
  environment->count->add(counter::sm_edge_held);
  log_event(log_level::info, "sm_edge_held",
    {{"jid", edge->full}, {"window", std::to_string(seconds)},
      {"upstream_counts", edge->upstream_counts ? "true" : "false"},
      {"survives", "the loss of the client, not of this node"}});
}

void tracker_state::tell_handled(std::uint32_t n) {
  if (auto* now = std::get_if<tracker_relay>(&phase))
    perform(now->lockstep->edge_handled(n));
}

void tracker_state::lose_link(upstream_link_ended& x) {
  if (edge)
    edge->link = upstream_link_actor{};
  self->send(owner, std::move(x));
}

void tracker_state::handle_down(const caf::down_msg& x) {
  // The link ends with the session as well.
  if (edge)
    edge->link = upstream_link_actor{};
  if (x.source != owner.address())
    return;
  end_hold();
  self->quit(x.reason);
}

// A server that counts knows best what to do with what the client has not got.
// For any other these stanzas are delivered: their senders hear that they were
// not (XEP-0198 section 5), as far as no archive has them.
void tracker_state::end_hold() {
  auto held_here = std::exchange(edge, nullptr);
  if (!held_here || held_here->upstream_counts)
    return;
  std::size_t unheard = 0;
  std::size_t bounced = 0;
  unacked.for_each([&](const delivery_ptr& x) {
    auto& stanza = *x->stanza();
    if (!is_lasting(stanza))
      return;
    auto is_told = !held_here->closed_by_client
                   && bounce(*held_here, stanza,
                     protocol::stanza_error::recipient_unavailable);
    ++(is_told ? bounced : unheard);
  });
  if (unheard > 0)
    report_unacked(*held_here, unheard, bounced);
}

void tracker_state::report_unacked(
  const edge_hold& hold, std::size_t unheard, std::size_t bounced) {
  // It need not acknowledge what it got last.
  if (hold.closed_by_client) {
    log_event(log_level::info, "edge_stanzas_unacknowledged",
      {{"jid", hold.full}, {"stanzas", std::to_string(unheard)}});
    return;
  }
  environment->count->add(counter::edge_stanzas_lost, unheard);
  log_event(log_level::warn, "edge_stanzas_lost",
    {{"jid", hold.full}, {"stanzas", std::to_string(unheard)},
      {"bounced", std::to_string(bounced)},
      {"reason", !hold.link   ? "upstream-lost"
                 : connection ? "not-acknowledged"
                              : "not-resumed"}});
}

bool tracker_state::bounce(const edge_hold& hold,
  const protocol::stream_element& x, protocol::stanza_error condition) {
  if (!hold.link || !shall_bounce(x, hold.full))
    return false;
  auto addressed = x;
  // The server takes no other `from` of its client.
  addressed.to = hold.full;
  auto reply = protocol::make_error_reply(addressed, condition);
  if (!reply)
    return false;
  environment->count->add(counter::stanzas_bounced);
  self->send(hold.link, stanza_in{std::make_shared<delivery>(std::move(reply),
                          0, nullptr, nullptr, 0, direction::relayed)});
  return true;
}

} // namespace causeway
