#include "actors/domain/offline_loans.hpp"

#include "actors/inspect/event_log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace causeway {

/// One message that is with a session.
class offline_loans::loan : public stored_original {
 public:
  loan(std::shared_ptr<offline_loans> from, offline_id id)
    : from_{std::move(from)}, id_{id} {}
  loan(const loan&) = delete;
  loan& operator=(const loan&) = delete;
  ~loan() override {
    if (!ended_)
      from_->end_loan(id_, false);
  }

  std::int64_t number() const noexcept override { return id_; }

  void delivered() noexcept override {
    if (!ended_.exchange(true))
      from_->end_loan(id_, true);
  }

 private:
  std::shared_ptr<offline_loans> from_;
  offline_id id_;
  std::atomic<bool> ended_{false};
};

offline_limits offline_batch_for(const offline_limits& unacked) {
  auto& most = max_offline_batch;
  return {std::clamp<std::size_t>(unacked.messages / 4, 1, most.messages),
    std::min(unacked.bytes / 4, most.bytes)};
}

offline_loans::offline_loans(
  std::shared_ptr<offline_database> database, offline_limits batch)
  : database_{std::move(database)}, batch_{batch} {}

// Nobody else uses the database any more.
offline_loans::~offline_loans() {
  if (delivered_.empty())
    return;
  if (auto done = database_->write({}, delivered_); !done)
    log_event(
      log_level::error, "offline_store_failed", {{"reason", done.error()}});
}

offline_limits offline_loans::batch() const {
  std::lock_guard guard{mutex_};
  return batch_;
}

void offline_loans::set_batch(const offline_limits& x) {
  std::lock_guard guard{mutex_};
  batch_ = x;
}

std::shared_ptr<stored_original> offline_loans::lend(offline_id id) {
  auto x = std::make_shared<loan>(shared_from_this(), id);
  std::lock_guard guard{mutex_};
  lent_.insert(id);
  return x;
}

bool offline_loans::is_lent(offline_id id) const {
  std::lock_guard guard{mutex_};
  return lent_.contains(id);
}

std::size_t offline_loans::size() const {
  std::lock_guard guard{mutex_};
  return lent_.size();
}

std::vector<offline_id> offline_loans::delivered() const {
  std::lock_guard guard{mutex_};
  return delivered_;
}

void offline_loans::forget(const std::vector<offline_id>& deleted) {
  std::lock_guard guard{mutex_};
  // They stand in front, as `delivered` returned them.
  auto n =
    static_cast<std::ptrdiff_t>(std::min(deleted.size(), delivered_.size()));
  delivered_.erase(delivered_.begin(), delivered_.begin() + n);
  for (auto id : deleted)
    lent_.erase(id);
}

read_credit offline_loans::begin_batch(route_id route) {
  return {
    static_cast<const void*>(this), [from = shared_from_this(), route](
                                      const void*) { from->end_batch(route); }};
}

std::vector<route_id> offline_loans::take_ended() {
  std::lock_guard guard{mutex_};
  told_ = false;
  return std::exchange(ended_, {});
}

void offline_loans::set_store(const offline_store_actor& store) {
  std::lock_guard guard{mutex_};
  store_ = store.address();
  told_ = false;
}

void offline_loans::end_loan(offline_id id, bool delivered) noexcept {
  std::unique_lock guard{mutex_};
  if (!delivered) {
    lent_.erase(id);
    return;
  }
  // Until it is deleted, nobody else may get it.
  delivered_.push_back(id);
  tell(std::move(guard));
}

void offline_loans::end_batch(route_id route) noexcept {
  std::unique_lock guard{mutex_};
  ended_.push_back(route);
  tell(std::move(guard));
}

void offline_loans::tell(std::unique_lock<std::mutex> guard) {
  if (std::exchange(told_, true))
    return;
  auto store = caf::actor_cast<offline_store_actor>(store_);
  guard.unlock();
  if (store)
    caf::anon_send(store, offline_released{});
}

} // namespace causeway
