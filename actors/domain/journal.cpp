#include "actors/domain/journal.hpp"

#include "actors/domain/journal_database.hpp"
#include "actors/inspect/event_log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <iterator>
#include <unordered_map>
#include <utility>

namespace causeway {

journal::journal(std::shared_ptr<journal_database> database, journal_id last)
  : database_{std::move(database)}, last_{last} {}

// Nobody else uses the database any more.
journal::~journal() {
  if (auto fault = commit(); !fault.empty())
    log_event(log_level::error, "journal_failed", {{"reason", fault}});
}

journal_row_ptr journal::make_row() {
  return row(last_.fetch_add(1) + 1);
}

journal_row_ptr journal::row(journal_id x) {
  return std::make_shared<journal_row>(shared_from_this(), x);
}

void journal::release(
  const saved_stanza& x, const std::shared_ptr<return_address>& router) {
  // Dropped unsettled, it is the router's.
  delivery{x.stanza, 0, router, nullptr, 0, direction::restored,
    stanza_origin{0, x.stamp, nullptr, row(x.id)}};
}

void journal::write(journal_change x) {
  add({std::move(x), {}, 0});
}

void journal::write(
  journal_change x, const tracker_actor& waiter, std::uint64_t number) {
  add({std::move(x), waiter.address(), number});
}

// The writer takes all of it, or none.
void journal::write(std::vector<journal_change> x, const tracker_actor& waiter,
  std::uint64_t number) {
  std::unique_lock guard{mutex_};
  for (auto& change : x)
    waiting_.push_back({std::move(change), waiter.address(), number});
  call_writer(std::move(guard));
}

void journal::erase(journal_id x) noexcept {
  try {
    add({stanza_erased{x}, {}, 0});
  } catch (...) {
    // Without memory the row stays, and its stanza may come twice.
  }
}

void journal::add(entry x) {
  std::unique_lock guard{mutex_};
  waiting_.push_back(std::move(x));
  call_writer(std::move(guard));
}

void journal::call_writer(std::unique_lock<std::mutex> guard) {
  if (std::exchange(told_, true))
    return;
  auto writer = caf::actor_cast<journal_writer_actor>(writer_);
  guard.unlock();
  if (writer)
    caf::anon_send(writer, journal_due{});
}

void journal::set_writer(const journal_writer_actor& x) {
  std::lock_guard guard{mutex_};
  writer_ = x.address();
  told_ = true;
  caf::anon_send(x, journal_due{});
}

std::string journal::commit() {
  {
    std::lock_guard guard{mutex_};
    told_ = false;
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(taken_));
    waiting_.clear();
  }
  if (taken_.empty())
    return {};
  std::vector<const journal_change*> changes;
  for (auto& x : taken_)
    changes.push_back(&x.change);
  if (auto fault = database_->apply(changes); !fault.empty())
    return fault;
  std::vector<entry> written;
  {
    std::lock_guard guard{mutex_};
    written.swap(taken_);
  }
  tell(written);
  return {};
}

void journal::tell(const std::vector<entry>& written) {
  std::unordered_map<caf::actor_addr, std::uint64_t> reached;
  for (auto& x : written)
    if (x.waiter)
      reached[x.waiter] = x.number;
  for (auto& [waiter, number] : reached)
    if (auto strong = caf::actor_cast<tracker_actor>(waiter))
      caf::anon_send(strong, journal_committed{number});
}

std::size_t journal::waiting() const {
  std::lock_guard guard{mutex_};
  return waiting_.size() + taken_.size();
}

} // namespace causeway
