#pragma once

#include "actors/domain/journal_records.hpp"
#include "actors/interfaces.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace causeway {

/// The sessions of a node, and which of them wait for their client. Belongs to
/// the node, so that a new supervisor takes over the sessions of one that
/// died. Every member may be called from any thread.
class session_table {
 public:
  /// `key` names one that began in an earlier process.
  void add(session_actor x, const session_key& key = {});
  void remove(caf::actor_id id);
  std::size_t size() const;
  /// Invalid if there is no such session.
  session_actor find(caf::actor_id id) const;
  /// The same for one that began in an earlier process.
  session_actor find(const session_key& key) const;
  /// In the order in which they began.
  std::vector<session_actor> all() const;

  /// Notes that a session of an account waits for its client. Returns the
  /// session that has waited longest, of the account or of all, where that
  /// makes one too many; it has to end.
  session_actor park(caf::actor_id id, const std::string& bare,
    std::size_t max_of_account, std::size_t max);
  /// Its client is back, or it ends.
  void unpark(caf::actor_id id);
  std::size_t parked() const;

 private:
  /// How many of an account wait.
  using account_map = std::unordered_map<std::string, std::size_t>;

  struct parked_session {
    caf::actor_id id = 0;
    /// Entries of a node-based map keep their address.
    account_map::const_pointer account = nullptr;
  };
  using parked_list = std::list<parked_session>;

  void forget_parked(caf::actor_id id);

  mutable std::mutex mutex_;
  std::map<caf::actor_id, session_actor> sessions_;
  /// Those of earlier processes.
  std::map<session_key, caf::actor_id> by_key_;
  std::unordered_map<caf::actor_id, session_key> keys_;
  /// Longest first.
  parked_list parked_;
  std::unordered_map<caf::actor_id, parked_list::iterator> places_;
  account_map of_account_;
};

} // namespace causeway
