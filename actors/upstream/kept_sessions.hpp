#pragma once

#include "actors/interfaces.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace causeway {

/// The sessions of this node that a server behind keeps for their clients, by
/// full JID, each until its link has ended. Every member may be called from any
/// thread.
class kept_sessions {
 public:
  struct entry {
    session_actor session;
    upstream_link_actor link;
  };

  /// Takes the place of an earlier one of the same address.
  void add(const std::string& full, entry x);
  /// Does nothing where another link has taken the place of `link`.
  void remove(const std::string& full, caf::actor_id link);
  /// Both invalid if there is none.
  entry find(const std::string& full) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, entry> entries_;
};

} // namespace causeway
