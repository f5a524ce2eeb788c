#include "actors/c2s/session_table.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

void session_table::add(session_actor x, const session_key& key) {
  std::lock_guard guard{mutex_};
  auto id = x.id();
  if (key) {
    by_key_[key] = id;
    keys_[id] = key;
  }
  sessions_.emplace(id, std::move(x));
}

void session_table::remove(caf::actor_id id) {
  std::lock_guard guard{mutex_};
  forget_parked(id);
  if (auto known = keys_.extract(id))
    by_key_.erase(known.mapped());
  sessions_.erase(id);
}

std::size_t session_table::size() const {
  std::lock_guard guard{mutex_};
  return sessions_.size();
}

session_actor session_table::find(caf::actor_id id) const {
  std::lock_guard guard{mutex_};
  auto i = sessions_.find(id);
  return i == sessions_.end() ? session_actor{} : i->second;
}

session_actor session_table::find(const session_key& key) const {
  std::lock_guard guard{mutex_};
  auto known = by_key_.find(key);
  return known == by_key_.end() ? session_actor{} : sessions_.at(known->second);
}

std::vector<session_actor> session_table::all() const {
  std::lock_guard guard{mutex_};
  std::vector<session_actor> list;
  list.reserve(sessions_.size());
  for (auto& [id, x] : sessions_)
    list.push_back(x);
  return list;
}

session_actor session_table::park(caf::actor_id id, const std::string& bare,
  std::size_t max_of_account, std::size_t max) {
  std::lock_guard guard{mutex_};
  forget_parked(id);
  auto& account = *of_account_.try_emplace(bare).first;
  places_[id] = parked_.insert(parked_.end(), {id, &account});
  auto victim = parked_.end();
  if (++account.second > max_of_account)
    victim = std::find_if(parked_.begin(), parked_.end(),
      [&account](auto& x) { return x.account == &account; });
  else if (parked_.size() > max)
    victim = parked_.begin();
  if (victim == parked_.end())
    return {};
  auto loser = victim->id;
  forget_parked(loser);
  auto i = sessions_.find(loser);
  return i == sessions_.end() ? session_actor{} : i->second;
}

void session_table::unpark(caf::actor_id id) {
  std::lock_guard guard{mutex_};
  forget_parked(id);
}

std::size_t session_table::parked() const {
  std::lock_guard guard{mutex_};
  return parked_.size();
}

void session_table::forget_parked(caf::actor_id id) {
  auto i = places_.find(id);
  if (i == places_.end())
    return;
  auto account = of_account_.find(i->second->account->first);
  if (--account->second == 0)
    of_account_.erase(account);
  parked_.erase(i->second);
  places_.erase(i);
}

} // namespace causeway
