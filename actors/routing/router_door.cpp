#include "actors/routing/router_door.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

/// What this thread is sending right now. A message to an actor that is dead
/// is destroyed inside the send, and so is the delivery in it.
struct sending {
  const delivery* original = nullptr;
  delivery_ptr bounced;
};

thread_local sending* current = nullptr;

} // namespace

router_door::router_door(std::shared_ptr<counters> counts)
  : counts_{std::move(counts)} {}

router_door::~router_door() = default;

void router_door::send(stanza_in x) {
  forward({std::move(x.stanza), false});
}

void router_door::send(stanza_made x) {
  auto guarded =
    std::make_shared<delivery>(std::move(x.stanza), 0, shared_from_this());
  forward({std::move(guarded), false});
}

void router_door::send(presence_restored x) {
  router_actor router;
  {
    std::lock_guard guard{mutex_};
    if (closed_)
      return;
    if (suspended_) {
      presences_.push_back(std::move(x));
      return;
    }
    router = router_;
  }
  // Should this router be dead, its successor asks again.
  caf::anon_send(router, std::move(x));
}

void router_door::forward(parcel x) {
  for (;;) {
    router_actor router;
    std::uint64_t generation = 0;
    {
      std::lock_guard guard{mutex_};
      if (closed_) {
        lose(x);
        return;
      }
      if (suspended_) {
        waiting_.push_back(std::move(x));
        return;
      }
      router = router_;
      generation = generation_;
    }
    if (try_send(router, x))
      return;
    // Dead. Unless it was replaced meanwhile, all others wait as well.
    std::lock_guard guard{mutex_};
    if (generation == generation_)
      suspended_ = true;
  }
}

bool router_door::try_send(const router_actor& router, parcel& x) {
  sending frame{x.stanza.get(), nullptr};
  auto* outer = std::exchange(current, &frame);
  if (x.returned)
    caf::anon_send(router, stanza_returned{std::move(x.stanza)});
  else
    caf::anon_send(router, stanza_in{std::move(x.stanza)});
  current = outer;
  if (!frame.bounced)
    return true;
  x.stanza = std::move(frame.bounced);
  return false;
}

void router_door::suspend() {
  std::lock_guard guard{mutex_};
  suspended_ = true;
}

void router_door::set(router_actor router) {
  std::lock_guard guard{mutex_};
  if (closed_)
    return;
  // The old handle ends with the argument, outside the lock.
  std::swap(router_, router);
  ++generation_;
  suspended_ = false;
  for (auto& x : presences_)
    caf::anon_send(router_, std::move(x));
  presences_.clear();
  // The mailbox of the old router and those who met it dead came here side by
  // side.
  std::stable_sort(
    waiting_.begin(), waiting_.end(), [](const parcel& a, const parcel& b) {
      return a.stanza->order() < b.stanza->order();
    });
  auto next = waiting_.begin();
  while (next != waiting_.end() && try_send(router_, *next))
    ++next;
  suspended_ = next != waiting_.end();
  waiting_.erase(waiting_.begin(), next);
}

router_actor router_door::get() const {
  std::lock_guard guard{mutex_};
  return router_;
}

void router_door::close() {
  std::vector<parcel> rest;
  router_actor router;
  {
    std::lock_guard guard{mutex_};
    closed_ = true;
    router = std::exchange(router_, nullptr);
    rest.swap(waiting_);
    presences_.clear();
  }
  for (auto& x : rest)
    lose(x);
}

void router_door::lose(parcel& x) {
  if (!x.stanza->is_stored() && !x.stanza->origin().row)
    counts_->add(counter::stanzas_lost);
  x.stanza->abandon();
}

std::size_t router_door::waiting() const {
  std::lock_guard guard{mutex_};
  return waiting_.size();
}

void router_door::give_back(delivery& dropped) noexcept {
  try {
    // Its route did no wrong if it is the router that is dead.
    auto is_bounce = current && current->original == &dropped;
    auto again = std::make_shared<delivery>(dropped.stanza(), dropped.route(),
      shared_from_this(), dropped.take_credit(),
      dropped.returns() + (is_bounce ? 0 : 1), dropped.way(),
      dropped.take_origin());
    if (is_bounce)
      current->bounced = std::move(again);
    else
      forward({std::move(again), true});
  } catch (...) {
    counts_->add(counter::stanzas_dropped);
  }
}

} // namespace causeway
