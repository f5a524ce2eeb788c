#pragma once

#include "protocol/stanza_error.hpp"
#include "protocol/stream_element.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace causeway::protocol {

/// Identifies one bound session; never reused. 0 is the server itself.
using route_id = std::uint64_t;

/// Directed presences that are remembered for one session; one more, and the
/// oldest is forgotten: that contact hears no `unavailable` from the server.
inline constexpr std::size_t max_directed_presences = 256;

/// Why a stanza ends without answer.
enum class drop_reason : std::uint8_t {
  /// An error, or an iq result, that nobody waits for.
  unexpected_reply,
  /// A headline or presence for a user who is not there.
  nobody_available,
  /// A client is not to send probes (RFC 6121 section 4.3), nor may it hear
  /// an error for one.
  probe,
  /// The session of the sender is over.
  sender_gone,
  /// A chat state for a user who is not there.
  transient,
};

/// "unexpected-reply", "nobody-available", ...
std::string_view to_string(drop_reason x);

/// The stanza goes as it is to one session.
struct deliver_to {
  route_id route = 0;
  /// Small, dense, reused number of the route: what `add` returned.
  std::uint32_t slot = 0;
};

/// One stanza for one session.
struct routed_copy {
  deliver_to to;
  element_ptr stanza;
};

/// Several stanzas for several sessions, in this order; may be empty.
struct deliver_copies {
  std::vector<routed_copy> copies;
  /// The stanza is a presence after which its sender takes messages to its
  /// account, and did not before (XEP-0160 section 2 step 5).
  bool takes_messages = false;
};

/// The offline store keeps it (XEP-0160).
struct store_offline {
  /// Bare JID, normalised; whether there is such an account, it knows.
  std::string account;
};

/// The server itself answers.
struct hand_to_domain {};

/// The sender gets a stanza error.
struct reply_error {
  stanza_error condition = stanza_error::service_unavailable;
};

/// Nobody gets anything.
struct drop_stanza {
  drop_reason reason = drop_reason::nobody_available;
};

using routing_decision = std::variant<deliver_to, deliver_copies,
  hand_to_domain, store_offline, reply_error, drop_stanza>;

/// Who is bound and available, and where each stanza goes: RFC 6120 section
/// 10 and RFC 6121 section 8 for the domains served here. Pure.
///
/// Choices that the RFC leaves open: a message to a bare JID goes to every
/// resource that ties for the highest non-negative priority; if there is none,
/// `offline_rule_of` decides; a message of type normal or chat to a resource
/// that is not bound goes to the account, a groupchat is refused, a headline
/// dropped. Requests to a bound full JID are delivered even to strangers,
/// since there are no rosters to ask.
class routing_table {
 public:
  /// `domains` are normalised names.
  explicit routing_table(std::vector<std::string> domains);

  /// Serves these domains from now on. Sessions of others stay bound, and may
  /// send; nothing from elsewhere finds them.
  void serve(std::vector<std::string> domains);

  /// Adds a bound session under its normalised full JID and returns its slot.
  std::uint32_t add(route_id id, std::string full);

  /// Forgets a session. Returns the `unavailable` presences that its own
  /// other resources and the targets of its directed presence must get.
  std::vector<routed_copy> remove(route_id id);

  /// Takes over the presence that a session sent earlier, silently.
  void restore(route_id id, const element_ptr& presence);

  /// Decides on a stanza whose `from` is stamped with the sender's full JID,
  /// and notes what its presence says. `failed` is a session that could not
  /// take this stanza and therefore counts as not bound.
  routing_decision route(
    const element_ptr& x, route_id sender, route_id failed = 0);

  /// The bare JID of a session, empty if it is not bound.
  std::string account_of(route_id id) const;
  /// Whether messages to its account may reach a session: it is available, and
  /// its priority is not negative.
  bool takes_messages(route_id id) const;
  /// A session that takes messages to this account; `route` is 0 if none does.
  deliver_to taker_of(const std::string& account) const;

  /// Where a session, or a normalised full JID, is bound; `route` is 0 if it
  /// is not.
  deliver_to find(route_id id) const;
  deliver_to find(const std::string& full) const;

  std::size_t size() const { return by_id_.size(); }
  std::size_t available() const { return available_; }

 private:
  struct route_entry {
    route_id id = 0;
    std::uint32_t slot = 0;
    std::string full;
    /// As it came: whoever gets it, gets it readdressed. Shared with those who
    /// keep it for the session. Null while not available.
    element_ptr presence;
    int priority = 0;
    /// Normalised addresses, oldest first.
    std::vector<std::string> directed;

    std::string bare() const;
    bool takes_messages() const { return presence && priority >= 0; }
  };

  /// An addressee in a domain of ours.
  struct address;
  using entries = std::vector<const route_entry*>;

  routing_decision route_message(
    const element_ptr& x, const address& to, route_id failed) const;
  routing_decision route_iq(
    const stream_element& x, const address& to, route_id failed) const;
  routing_decision route_presence(
    const element_ptr& x, const address& to, route_id sender, route_id failed);
  routing_decision broadcast(const element_ptr& x, route_id sender);
  routing_decision deliver_presence(
    const element_ptr& x, const address& to, route_id sender, route_id failed);
  void set_presence(route_entry& x, element_ptr presence);
  void say_unavailable(
    route_entry& x, const element_ptr& presence, std::vector<routed_copy>& out);

  const route_entry* find_full(const std::string& full, route_id failed) const;
  entries available_of(const std::string& bare, route_id failed) const;
  entries most_available_of(const std::string& bare, route_id failed) const;
  entries non_negative_of(const std::string& bare, route_id failed) const;

  std::unordered_set<std::string> domains_;
  std::unordered_map<route_id, route_entry> by_id_;
  /// Entries of a node-based map keep their address; the names are theirs.
  std::unordered_map<std::string_view, route_entry*> by_full_;
  std::unordered_map<std::string, std::vector<route_entry*>> by_bare_;
  std::vector<std::uint32_t> free_slots_;
  std::uint32_t next_slot_ = 0;
  std::size_t available_ = 0;
};

} // namespace causeway::protocol
