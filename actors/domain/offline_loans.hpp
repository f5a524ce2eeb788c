#pragma once

#include "actors/domain/offline_database.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/delivery.hpp"

#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace causeway {

/// What a session is sent before the next of it is read: that follows when all
/// of this was written, so that a long backlog fills no write queue.
inline constexpr offline_limits max_offline_batch{100, 256 * 1024};

/// The same where no more than `unacked` may be unacknowledged: so little that
/// a session has room for it as long as half of that is left.
offline_limits offline_batch_for(const offline_limits& unacked);

/// The stored messages that are with sessions right now: no other session may
/// get them, and they are deleted when their client has them. Outlives the
/// store. Every member may be called from any thread.
class offline_loans : public std::enable_shared_from_this<offline_loans> {
 public:
  /// At its end, what clients got at last is deleted there. A session gets at
  /// most `batch` before it has taken what it got.
  explicit offline_loans(std::shared_ptr<offline_database> database,
    offline_limits batch = max_offline_batch);
  offline_loans(const offline_loans&) = delete;
  offline_loans& operator=(const offline_loans&) = delete;
  ~offline_loans();

  /// Lends a message. Settled it counts as delivered; dropped it is only stored
  /// again.
  std::shared_ptr<stored_original> lend(offline_id id);
  /// For all messages of a batch: when the last of them lets go of it, the
  /// session has written them, or is gone.
  read_credit begin_batch(route_id route);
  bool is_lent(offline_id id) const;
  offline_limits batch() const;
  /// For batches that begin from now on.
  void set_batch(const offline_limits& x);
  std::size_t size() const;

  /// Messages that clients have got, to be deleted.
  std::vector<offline_id> delivered() const;
  /// They are.
  void forget(const std::vector<offline_id>& deleted);

  /// The sessions whose batch has ended since the last call.
  std::vector<route_id> take_ended();

  /// Who is told of all this from now on: once, until it has taken it.
  void set_store(const offline_store_actor& store);

 private:
  class loan;

  void end_loan(offline_id id, bool delivered) noexcept;
  void end_batch(route_id route) noexcept;
  /// Tells the store, unless it knows.
  void tell(std::unique_lock<std::mutex> guard);

  std::shared_ptr<offline_database> database_;
  offline_limits batch_;
  mutable std::mutex mutex_;
  caf::actor_addr store_;
  bool told_ = false;
  std::unordered_set<offline_id> lent_;
  std::vector<offline_id> delivered_;
  std::vector<route_id> ended_;
};

} // namespace causeway
