#pragma once

#include "protocol/stream_element.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace causeway {

/// Identifies one bound session for as long as the process lives; never
/// reused, so that a late message about an old session cannot hit a new one.
using route_id = std::uint64_t;

class delivery;

/// Where a stanza goes whose holder died or gave up before it was settled.
class return_address {
 public:
  virtual ~return_address() = default;
  /// Takes the stanza back. Called from whatever thread dropped it.
  virtual void give_back(protocol::element_ptr stanza, route_id failed_route,
    std::uint32_t returns) noexcept = 0;
};

/// Responsibility for one stanza on its way to one session. Whoever drops the
/// last reference without `settle` hands the stanza back to the router: an
/// actor that dies with stanzas in its mailbox or queues therefore loses none.
class delivery {
 public:
  delivery(protocol::element_ptr stanza, route_id route,
    std::shared_ptr<return_address> back, std::uint32_t returns = 0)
    : stanza_{std::move(stanza)}, back_{std::move(back)}, route_{route},
      returns_{returns} {}
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;
  ~delivery() {
    if (back_ && !settled_.load(std::memory_order_acquire))
      back_->give_back(std::move(stanza_), route_, returns_);
  }

  const protocol::element_ptr& stanza() const { return stanza_; }
  route_id route() const { return route_; }

  /// The peer has it, or it was answered with an error: nothing to return.
  void settle() noexcept { settled_.store(true, std::memory_order_release); }

 private:
  protocol::element_ptr stanza_;
  std::shared_ptr<return_address> back_;
  route_id route_;
  std::uint32_t returns_;
  std::atomic<bool> settled_{false};
};

using delivery_ptr = std::shared_ptr<delivery>;

} // namespace causeway
