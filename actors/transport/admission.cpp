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

std::uint32_t admission::open() const {
  std::lock_guard guard{mutex_};
  return open_;
}

} // namespace causeway
