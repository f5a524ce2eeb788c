#include "actors/transport/admission.hpp"

namespace causeway {

admission::ticket admission::enter(token_bucket::time_point now) {
  {
    std::lock_guard guard{mutex_};
    if (open_ >= max_open_ || !bucket_.take(now))
      return nullptr;
    ++open_;
  }
  return {this, [self = shared_from_this()](const void*) { self->leave(); }};
}

void admission::leave() {
  std::lock_guard guard{mutex_};
  --open_;
}

void admission::set_limits(std::uint32_t max_open, std::uint32_t per_second) {
  std::lock_guard guard{mutex_};
  max_open_ = max_open;
  bucket_.set_rate(per_second);
}

std::uint32_t admission::open() const {
  std::lock_guard guard{mutex_};
  return open_;
}

} // namespace causeway
