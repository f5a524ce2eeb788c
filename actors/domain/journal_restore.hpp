#pragma once

#include "actors/domain/journal_records.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway {

/// What a new process does with what an earlier one left.
struct restore_plan {
  struct dropped_session {
    session_key key;
    std::string full;
    std::string reason;
  };
  std::vector<saved_session_ptr> sessions;
  std::vector<dropped_session> dropped;
  /// For the router, in this order: nobody has them, or their session is
  /// dropped.
  std::vector<saved_stanza> loose;
  /// No stanzas.
  std::vector<journal_id> unreadable;
};

/// A session goes on if its account is there, its domain is served here, and
/// its window is not over.
restore_plan plan_restore(journal_contents x,
  const std::function<bool(const std::string& domain)>& is_local,
  journal_time now);

} // namespace causeway
