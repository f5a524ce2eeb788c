#include "actors/inspect/stuck_actors.hpp"

#include <string_view>
#include <utility>

namespace causeway {

std::string_view to_string(stuck_how x) {
  switch (x) {
  case stuck_how::running: return "running";
  case stuck_how::waiting: return "waiting";
  }
  return "unknown";
}

stuck_actors::changes stuck_actors::update(const std::vector<entry>& found) {
  std::lock_guard guard{mutex_};
  changes out;
  std::map<std::uint64_t, entry> now;
  for (auto& x : found) {
    auto before = all_.extract(x.id);
    if (!before)
      out.begun.push_back(x);
    auto& kept = now[x.id] = x;
    if (before && before.mapped().since < kept.since)
      kept.since = before.mapped().since;
  }
  for (auto& [id, x] : all_)
    out.ended.push_back(x);
  all_ = std::move(now);
  return out;
}

std::map<std::uint64_t, stuck_actors::entry> stuck_actors::all() const {
  std::lock_guard guard{mutex_};
  return all_;
}

std::size_t stuck_actors::size() const {
  std::lock_guard guard{mutex_};
  return all_.size();
}

} // namespace causeway
