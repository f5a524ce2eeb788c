#pragma once

#include "actors/transport/frame.hpp"
#include "protocol/stream_element.hpp"

#include <atomic>
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
  /// From an upstream server, or to it: no router has a part in it. On the way
  /// to the client its credit is held until that has read it.
  relayed,
};

/// Responsibility for one stanza on its way. Whoever drops the last reference
/// without `settle` hands the stanza back to the router: an actor that dies
/// with stanzas in its mailbox or queues therefore loses none. One actor holds
/// it at a time.
class delivery {
 public:
  /// `route` is the session whose actors hold the stanza: the sender's on the
  /// way in, the addressee's on the way out. `order` is that of the
  /// stanza this one stands for; 0 draws a new one.
  delivery(protocol::element_ptr x, route_id route,
    std::shared_ptr<return_address> back, read_credit credit = nullptr,
    std::uint32_t returns = 0, direction way = direction::in,
    std::uint64_t order = 0)
    : stanza_{std::move(x)}, back_{std::move(back)}, credit_{std::move(credit)},
      route_{route}, order_{order ? order : next_order()}, returns_{returns},
      way_{way} {}
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
  std::uint64_t order() const { return order_; }
  /// How often the stanza was given back already.
  std::uint32_t returns() const { return returns_; }
  const read_credit& credit() const { return credit_; }

  /// The stanza has reached a queue with a bound of its own.
  read_credit take_credit() { return std::exchange(credit_, nullptr); }

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

  /// The next holder has it, or it was answered: nothing to give back.
  void settle() noexcept { settled_.store(true, std::memory_order_release); }

 private:
  static std::uint64_t next_order() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  protocol::element_ptr stanza_;
  std::shared_ptr<return_address> back_;
  read_credit credit_;
  route_id route_;
  std::uint64_t order_;
  std::uint32_t returns_;
  direction way_;
  std::atomic<bool> settled_{false};
};

using delivery_ptr = std::shared_ptr<delivery>;

} // namespace causeway
