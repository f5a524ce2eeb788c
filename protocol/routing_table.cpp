/// RFC 6120 section 10; RFC 6121 sections 4 and 8.
#include "protocol/routing_table.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/offline_rules.hpp"
#include "protocol/server_replies.hpp"
#include "protocol/start_tag.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <utility>

namespace causeway::protocol {

namespace {

bool is_request(const stream_element& x) {
  return x.type == "get" || x.type == "set";
}

bool is_reply(const stream_element& x) {
  return x.type == "error"
         || (x.kind == element_kind::iq && x.type == "result");
}

bool is_subscription(const stream_element& x) {
  return x.type == "subscribe" || x.type == "subscribed"
         || x.type == "unsubscribe" || x.type == "unsubscribed";
}

/// An error for the sender, unless `x` is itself an answer.
routing_decision refuse(const stream_element& x, stanza_error condition) {
  if (is_reply(x))
    return drop_stanza{drop_reason::unexpected_reply};
  return reply_error{condition};
}

/// RFC 6120 section 8.2.3.
bool is_sound_iq(const stream_element& x) {
  if (x.id.empty())
    return false;
  return is_request(x) ? x.children == 1 : is_reply(x);
}

/// RFC 6121 section 4.7.2.3; 0 where it is absent or no number in range.
int priority_of(const stream_element& x) {
  if (x.children == 0)
    return 0;
  auto tree = parse_tree(x.bytes);
  auto* child = tree ? tree->child("priority", ns::client) : nullptr;
  if (!child)
    return 0;
  std::string_view text = child->text;
  auto first = text.find_first_not_of(" \t\r\n+");
  if (first == std::string_view::npos)
    return 0;
  int value = 0;
  auto begin = text.data() + first;
  auto end = text.data() + text.size();
  auto [rest, fault] = std::from_chars(begin, end, value);
  if (fault != std::errc{} || value < -128 || value > 127)
    return 0;
  return value;
}

element_ptr readdress(const stream_element& x, std::string_view to) {
  return std::make_shared<const stream_element>(stamp(x, x.from, {}, to));
}

} // namespace

std::string_view to_string(drop_reason x) {
  switch (x) {
  case drop_reason::unexpected_reply: return "unexpected-reply";
  case drop_reason::nobody_available: return "nobody-available";
  case drop_reason::probe: return "probe";
  case drop_reason::sender_gone: return "sender-gone";
  case drop_reason::transient: return "transient";
  }
  return "unknown";
}

struct routing_table::address {
  /// Empty for the domain itself.
  std::string bare;
  /// Empty for a bare JID.
  std::string full;

  bool is_domain() const { return bare.empty(); }
};

routing_table::routing_table(std::vector<std::string> domains)
  : domains_{std::make_move_iterator(domains.begin()),
    std::make_move_iterator(domains.end())} {}

void routing_table::serve(std::vector<std::string> domains) {
  domains_ = {std::make_move_iterator(domains.begin()),
    std::make_move_iterator(domains.end())};
}

std::string routing_table::route_entry::bare() const {
  return bare_of(full);
}

std::uint32_t routing_table::add(route_id id, std::string full) {
  if (auto known = by_id_.find(id); known != by_id_.end())
    return known->second.slot;
  auto slot = next_slot_;
  if (free_slots_.empty()) {
    ++next_slot_;
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  auto& x = by_id_[id];
  x.id = id;
  x.slot = slot;
  x.full = std::move(full);
  // The name of an older session goes with that.
  by_full_.erase(x.full);
  by_full_[x.full] = &x;
  by_bare_[x.bare()].push_back(&x);
  return slot;
}

std::vector<routed_copy> routing_table::remove(route_id id) {
  std::vector<routed_copy> out;
  auto known = by_id_.find(id);
  if (known == by_id_.end())
    return out;
  auto& x = known->second;
  // A newer session may be bound under the same JID already.
  if (auto i = by_full_.find(x.full); i != by_full_.end() && i->second == &x)
    by_full_.erase(i);
  auto bare = x.bare();
  auto& siblings = by_bare_[bare];
  std::erase(siblings, &x);
  if (x.presence || !x.directed.empty()) {
    element presence{"presence", ns::client};
    presence.set("from", x.full).set("type", "unavailable");
    say_unavailable(x, make_stanza(presence), out);
  }
  if (siblings.empty())
    by_bare_.erase(bare);
  free_slots_.push_back(x.slot);
  by_id_.erase(known);
  return out;
}

void routing_table::restore(route_id id, const element_ptr& presence) {
  auto known = by_id_.find(id);
  if (known != by_id_.end() && presence)
    set_presence(known->second, presence);
}

std::string routing_table::account_of(route_id id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? std::string{} : i->second.bare();
}

bool routing_table::takes_messages(route_id id) const {
  auto i = by_id_.find(id);
  return i != by_id_.end() && i->second.takes_messages();
}

deliver_to routing_table::taker_of(const std::string& account) const {
  auto targets = most_available_of(account, 0);
  return targets.empty() ? deliver_to{}
                         : deliver_to{targets[0]->id, targets[0]->slot};
}

deliver_to routing_table::find(route_id id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? deliver_to{} : deliver_to{id, i->second.slot};
}

deliver_to routing_table::find(const std::string& full) const {
  auto* x = find_full(full, 0);
  return x ? deliver_to{x->id, x->slot} : deliver_to{};
}

routing_decision routing_table::route(
  const element_ptr& x, route_id sender, route_id failed) {
  // Most stanzas are messages to a full JID just as it was bound.
  if (x->kind == element_kind::message)
    if (auto* target = find_full(x->to, failed))
      return deliver_to{target->id, target->slot};
  if (x->kind == element_kind::iq && !is_sound_iq(*x))
    return refuse(*x, stanza_error::bad_request);
  address to;
  if (x->to.empty()) {
    if (x->kind == element_kind::presence)
      return broadcast(x, sender);
    to.bare = bare_of(x->from);
  } else {
    auto parsed = jid::parse(x->to);
    if (!parsed)
      return refuse(*x, stanza_error::jid_malformed);
    if (x->kind == element_kind::presence && x->type == "probe")
      return drop_stanza{drop_reason::probe};
    if (!domains_.contains(parsed->domain()))
      return refuse(*x, stanza_error::remote_server_not_found);
    if (!parsed->local().empty()) {
      to.bare = to_string(parsed->bare());
      if (!parsed->is_bare())
        to.full = to_string(*parsed);
    }
  }
  switch (x->kind) {
  case element_kind::message: return route_message(x, to, failed);
  case element_kind::iq: return route_iq(*x, to, failed);
  case element_kind::presence: return route_presence(x, to, sender, failed);
  case element_kind::nonza: break;
  }
  return drop_stanza{drop_reason::unexpected_reply};
}

routing_decision routing_table::route_message(
  const element_ptr& x, const address& to, route_id failed) const {
  if (to.is_domain()) {
    if (x->type == "error")
      return drop_stanza{drop_reason::unexpected_reply};
    return hand_to_domain{};
  }
  auto is_full = !to.full.empty();
  if (is_full)
    if (auto* target = find_full(to.full, failed))
      return deliver_to{target->id, target->slot};
  if (x->type == "error")
    return drop_stanza{drop_reason::unexpected_reply};
  auto is_headline = x->type == "headline";
  if (is_headline && is_full)
    return drop_stanza{drop_reason::nobody_available};
  if (x->type == "groupchat")
    return reply_error{stanza_error::service_unavailable};
  auto targets = is_headline ? non_negative_of(to.bare, failed)
                             : most_available_of(to.bare, failed);
  if (targets.size() == 1)
    return deliver_to{targets.front()->id, targets.front()->slot};
  if (!targets.empty()) {
    deliver_copies all;
    for (auto* target : targets)
      all.copies.push_back({{target->id, target->slot}, x});
    return all;
  }
  if (is_headline)
    return drop_stanza{drop_reason::nobody_available};
  switch (offline_rule_of(*x)) {
  case offline_rule::store: return store_offline{to.bare};
  case offline_rule::drop: return drop_stanza{drop_reason::transient};
  case offline_rule::refuse: break;
  }
  return reply_error{stanza_error::service_unavailable};
}

routing_decision routing_table::route_iq(
  const stream_element& x, const address& to, route_id failed) const {
  if (!to.full.empty())
    if (auto* target = find_full(to.full, failed))
      return deliver_to{target->id, target->slot};
  if (is_reply(x))
    return drop_stanza{drop_reason::unexpected_reply};
  if (!to.full.empty())
    return reply_error{stanza_error::service_unavailable};
  return hand_to_domain{};
}

routing_decision routing_table::route_presence(
  const element_ptr& x, const address& to, route_id sender, route_id failed) {
  if (x->type == "error") {
    auto* target = to.full.empty() ? nullptr : find_full(to.full, failed);
    if (!target)
      return drop_stanza{drop_reason::unexpected_reply};
    return deliver_to{target->id, target->slot};
  }
  // Nobody can subscribe to anybody before there are rosters.
  if (is_subscription(*x))
    return reply_error{stanza_error::service_unavailable};
  if (!x->type.empty() && x->type != "unavailable")
    return reply_error{stanza_error::bad_request};
  if (to.is_domain())
    return hand_to_domain{};
  return deliver_presence(x, to, sender, failed);
}

routing_decision routing_table::deliver_presence(
  const element_ptr& x, const address& to, route_id sender, route_id failed) {
  auto from = by_id_.find(sender);
  // What a session that is over said of itself holds no longer.
  if (sender != 0 && from == by_id_.end() && x->type.empty())
    return drop_stanza{drop_reason::sender_gone};
  auto& target = to.full.empty() ? to.bare : to.full;
  entries targets;
  if (to.full.empty())
    targets = available_of(to.bare, failed);
  else if (auto* one = find_full(to.full, failed))
    targets.push_back(one);
  if (from != by_id_.end()) {
    auto& directed = from->second.directed;
    std::erase(directed, target);
    if (x->type.empty() && !targets.empty()) {
      if (directed.size() == max_directed_presences)
        directed.erase(directed.begin());
      directed.push_back(target);
    }
  }
  if (targets.empty())
    return drop_stanza{drop_reason::nobody_available};
  deliver_copies all;
  for (auto* one : targets)
    all.copies.push_back({{one->id, one->slot}, x});
  return all;
}

routing_decision routing_table::broadcast(
  const element_ptr& x, route_id sender) {
  if (x->type == "error")
    return drop_stanza{drop_reason::unexpected_reply};
  if (x->type == "probe")
    return drop_stanza{drop_reason::probe};
  if (is_subscription(*x))
    return reply_error{stanza_error::service_unavailable};
  if (!x->type.empty() && x->type != "unavailable")
    return reply_error{stanza_error::bad_request};
  auto known = by_id_.find(sender);
  if (known == by_id_.end())
    return drop_stanza{drop_reason::sender_gone};
  auto& self = known->second;
  auto bare = self.bare();
  deliver_copies all;
  if (x->type == "unavailable") {
    // The session hears its own notice too (RFC 6121 section 4.5.2).
    if (self.presence)
      all.copies.push_back({{self.id, self.slot}, readdress(*x, bare)});
    say_unavailable(self, x, all.copies);
    return all;
  }
  auto is_initial = !self.presence;
  auto took_messages = self.takes_messages();
  set_presence(self, x);
  all.takes_messages = self.takes_messages() && !took_messages;
  auto resources = available_of(bare, 0);
  auto notice = readdress(*x, bare);
  for (auto* one : resources)
    all.copies.push_back({{one->id, one->slot}, notice});
  if (is_initial)
    for (auto* one : resources)
      if (one != &self)
        all.copies.push_back(
          {{self.id, self.slot}, readdress(*one->presence, bare)});
  return all;
}

void routing_table::set_presence(route_entry& x, element_ptr presence) {
  available_ += presence ? 1 : 0;
  available_ -= x.presence ? 1 : 0;
  x.priority = presence ? priority_of(*presence) : 0;
  x.presence = std::move(presence);
}

void routing_table::say_unavailable(
  route_entry& x, const element_ptr& presence, std::vector<routed_copy>& out) {
  auto say = [&](const std::string& to, const entries& targets) {
    if (targets.empty())
      return;
    auto notice = readdress(*presence, to);
    for (auto* one : targets)
      out.push_back({{one->id, one->slot}, notice});
  };
  auto was_available = x.presence != nullptr;
  auto bare = x.bare();
  if (was_available) {
    set_presence(x, nullptr);
    say(bare, available_of(bare, 0));
  }
  for (auto& to : std::exchange(x.directed, {})) {
    if (auto* one = find_full(to, x.id))
      say(to, {one});
    else if (to != bare || !was_available)
      say(to, available_of(to, x.id));
  }
}

const routing_table::route_entry* routing_table::find_full(
  const std::string& full, route_id failed) const {
  auto i = by_full_.find(full);
  return i == by_full_.end() || i->second->id == failed ? nullptr : i->second;
}

routing_table::entries routing_table::available_of(
  const std::string& bare, route_id failed) const {
  entries out;
  if (auto i = by_bare_.find(bare); i != by_bare_.end())
    for (auto* x : i->second)
      if (x->presence && x->id != failed)
        out.push_back(x);
  return out;
}

routing_table::entries routing_table::non_negative_of(
  const std::string& bare, route_id failed) const {
  auto out = available_of(bare, failed);
  std::erase_if(out, [](auto* x) { return !x->takes_messages(); });
  return out;
}

routing_table::entries routing_table::most_available_of(
  const std::string& bare, route_id failed) const {
  auto out = non_negative_of(bare, failed);
  int highest = 0;
  for (auto* x : out)
    highest = std::max(highest, x->priority);
  std::erase_if(out, [highest](auto* x) { return x->priority < highest; });
  return out;
}

} // namespace causeway::protocol
