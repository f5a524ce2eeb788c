#pragma once

#include <mutex>
#include <utility>

namespace causeway {

/// The current handle of a service that its supervisor may replace. Those who
/// send to the service hold the cell, not the handle. Every member may be
/// called from any thread.
template <class Handle>
class handle_cell {
 public:
  Handle get() const {
    std::lock_guard guard{mutex_};
    return handle_;
  }
  void set(Handle x) {
    std::lock_guard guard{mutex_};
    handle_ = std::move(x);
  }

 private:
  mutable std::mutex mutex_;
  Handle handle_;
};

} // namespace causeway
