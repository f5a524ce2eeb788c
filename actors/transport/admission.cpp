#include "actors/transport/admission.hpp"

#include <utility>

namespace causeway {

admission_limits admission_limits_of(const config::configuration& x) {
  return {x.node.max_sessions, x.websocket.max_connections_per_second,
    x.websocket.max_connections_per_address};
}

admission::ticket admission::enter(
  token_bucket::time_point now, std::string network) {
  {
    std::lock_guard guard{mutex_};
    auto here = networks_.end();
    if (!network.empty())
      here = networks_.find(network);
    auto is_crowded = limits_.per_network > 0 && here != networks_.end()
                      && here->second >= limits_.per_network;
    if (open_ >= limits_.open || is_crowded || !bucket_.take(now))
      return nullptr;
    ++open_;
    // Also without a limit: there may be one before it ends.
    if (!network.empty())
      ++networks_[network];
  }
  return {this, [self = shared_from_this(), from = std::move(network)](
                  const void*) { self->leave(from); }};
}

void admission::leave(const std::string& network) {
  std::lock_guard guard{mutex_};
  --open_;
  auto here = networks_.find(network);
  if (here != networks_.end() && --here->second == 0)
    networks_.erase(here);
}

void admission::set_limits(const admission_limits& limits) {
  std::lock_guard guard{mutex_};
  limits_ = limits;
  bucket_.set_rate(limits.per_second);
}

std::uint32_t admission::open() const {
  std::lock_guard guard{mutex_};
  return open_;
}

} // namespace causeway
