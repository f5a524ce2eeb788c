#pragma once

#include "actors/routing/journal_row.hpp"
#include "actors/transport/frame.hpp"
#include "protocol/stream_element.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace causeway {

/// Identifies one bound session for as long as the process lives; never
/// reused, so that a late message about an old session cannot hit a new one.
/// 0 stands for no session: the server itself.
using route_id = std::uint64_t;

class delivery;

/// Where a stanza goes whose holder died or gave up before it was settled.
class return_address {
 public:
  virtual ~return_address() = default;
  /// Takes over what `dropped` held. Called from whatever thread dropped it.
  virtual void give_back(delivery& dropped) noexcept = 0;
};

/// Which way a stanza travels.
enum class direction : std::uint8_t {
  /// From its sender to the router.
  in,
  /// From the router to its addressee.
  out,
  /// The same, and other sessions of the addressee have it too.
  out_copy,
  /// With the router until the link of its addressee is ready: given back, it
  /// tells of the router's death, not of the addressee's.
  waiting,
  /// The same, and other sessions of the addressee have it too.
  waiting_copy,
  /// On its way to the offline store: given back, it tells of the store's
  /// death.
  storing,
  /// From an upstream server, or to it: no router has a part in it. On the way
  /// to the client its credit is held until that has read it.
  relayed,
  /// Left by an earlier process: given to the router by its own end.
  restored,
};

/// What the offline store keeps of a stanza until its client has it. Dropped
/// without `delivered`, it stays stored.
class stored_original {
 public:
  virtual ~stored_original() = default;
  /// Called from whatever thread settles the stanza.
  virtual void delivered() noexcept = 0;
  /// Its number in the offline store.
  virtual std::int64_t number() const noexcept = 0;
};

/// What a stanza keeps wherever it goes.
struct stanza_origin {
  using time_point = std::chrono::system_clock::time_point;

  /// Place among the stanzas of its sender; 0 draws a new one.
  std::uint64_t order = 0;
  /// When the server took it from its sender; none stands for now.
  time_point born;
  /// Null unless it comes from the offline store.
  std::shared_ptr<stored_original> stored;
  /// Null unless the journal keeps it.
  journal_row_ptr row = nullptr;
};

/// Responsibility for one stanza on its way. Whoever drops the last reference
/// without `settle` hands the stanza back to the router: an actor that dies
/// with stanzas in its mailbox or queues therefore loses none. One actor holds
/// it at a time.
class delivery {
 public:
  /// `route` is the session whose actors hold the stanza: the sender's on the
  /// way in, the addressee's on the way out. `origin` is that of the
  /// stanza this one stands for.
  delivery(protocol::element_ptr x, route_id route,
    std::shared_ptr<return_address> back, read_credit credit = nullptr,
    std::uint32_t returns = 0, direction way = direction::in,
    stanza_origin origin = {})
    : stanza_{std::move(x)}, back_{std::move(back)}, credit_{std::move(credit)},
      origin_{std::move(origin)}, route_{route}, returns_{returns}, way_{way} {
    if (origin_.order == 0)
      origin_.order = next_order();
    if (origin_.born == stanza_origin::time_point{})
      origin_.born = std::chrono::system_clock::now();
  }
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;
  ~delivery() {
    if (back_ && !settled_.load(std::memory_order_acquire))
      back_->give_back(*this);
  }

  const protocol::element_ptr& stanza() const { return stanza_; }
  route_id route() const { return route_; }
  direction way() const { return way_; }
  /// Grows from stanza to stanza of one sender: restores their order where
  /// they came back in another.
  std::uint64_t order() const { return origin_.order; }
  /// When the server took it from its sender (XEP-0203).
  stanza_origin::time_point born() const { return origin_.born; }
  const stanza_origin& origin() const { return origin_; }
  /// Whether the offline store keeps it until it is settled.
  bool is_stored() const { return origin_.stored != nullptr; }
  /// How often the stanza was given back already.
  std::uint32_t returns() const { return returns_; }
  const read_credit& credit() const { return credit_; }

  /// The stanza has reached a queue with a bound of its own.
  read_credit take_credit() { return std::exchange(credit_, nullptr); }

  /// For the delivery that stands for this one from now on.
  stanza_origin take_origin() {
    auto x = origin_;
    origin_.stored = nullptr;
    origin_.row = nullptr;
    return x;
  }

  /// For the answer to this one: until the journal has that, the request
  /// stays.
  stanza_origin begin_answer() {
    stanza_origin x;
    x.row = std::exchange(origin_.row, nullptr);
    return x;
  }

  /// The journal has written it under this row.
  void set_row(journal_row_ptr x) { origin_.row = std::move(x); }

  /// The same stanza in other words.
  void reword(protocol::element_ptr x) { stanza_ = std::move(x); }

  /// Others have overtaken it.
  void renew_order() { origin_.order = next_order(); }

  /// Turns it around, for the router when it is the only holder.
  void redirect(route_id addressee) {
    route_ = addressee;
    way_ = direction::out;
  }

  /// The link of the addressee is not ready, or is so at last: for the router
  /// on the way out.
  void set_waiting(bool x) {
    auto is_copy =
      way_ == direction::out_copy || way_ == direction::waiting_copy;
    if (x)
      way_ = is_copy ? direction::waiting_copy : direction::waiting;
    else
      way_ = is_copy ? direction::out_copy : direction::out;
  }

  void set_storing() { way_ = direction::storing; }

  /// The next holder has it, or it was answered: nothing to give back.
  void settle() noexcept {
    if (origin_.stored)
      origin_.stored->delivered();
    if (origin_.row)
      origin_.row->done();
    settled_.store(true, std::memory_order_release);
  }

  bool is_settled() const noexcept {
    return settled_.load(std::memory_order_acquire);
  }

  /// The journal has it for another process.
  void leave() noexcept {
    origin_.row = nullptr;
    settle();
  }

  /// Another keeps it now, and not the offline store.
  std::shared_ptr<stored_original> take_stored() noexcept {
    return std::exchange(origin_.stored, nullptr);
  }

  /// The process ends before it does: what is on disk stays there.
  void abandon() noexcept {
    origin_.row = nullptr;
    discard();
  }

  /// It ends here, delivered or not; what is stored stays stored.
  void discard() noexcept {
    origin_.stored = nullptr;
    settle();
  }

 private:
  static std::uint64_t next_order() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  protocol::element_ptr stanza_;
  std::shared_ptr<return_address> back_;
  read_credit credit_;
  stanza_origin origin_;
  route_id route_;
  std::uint32_t returns_;
  direction way_;
  std::atomic<bool> settled_{false};
};

using delivery_ptr = std::shared_ptr<delivery>;

} // namespace causeway
