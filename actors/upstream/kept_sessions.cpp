#include "actors/upstream/kept_sessions.hpp"

#include <utility>

namespace causeway {

void kept_sessions::add(const std::string& full, entry x) {
  std::lock_guard guard{mutex_};
  entries_.insert_or_assign(full, std::move(x));
}

void kept_sessions::remove(const std::string& full, caf::actor_id link) {
  std::lock_guard guard{mutex_};
  auto at = entries_.find(full);
  if (at != entries_.end() && at->second.link->id() == link)
    entries_.erase(at);
}

kept_sessions::entry kept_sessions::find(const std::string& full) const {
  std::lock_guard guard{mutex_};
  auto at = entries_.find(full);
  return at == entries_.end() ? entry{} : at->second;
}

} // namespace causeway
