#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace causeway {

/// How many streams each endpoint carries. Every member may be called from any
/// thread.
class endpoint_load : public std::enable_shared_from_this<endpoint_load> {
 public:
  /// Held by a link for as long as its stream lives: counts also where the
  /// link dies.
  using lease = std::shared_ptr<const void>;

  lease take(std::string endpoint) {
    {
      std::lock_guard guard{mutex_};
      ++streams_[endpoint];
    }
    auto give_back = [self = shared_from_this(), name = std::move(endpoint)](
                       const void*) {
      std::lock_guard guard{self->mutex_};
      auto i = self->streams_.find(name);
      if (--i->second == 0)
        self->streams_.erase(i);
    };
    return {this, std::move(give_back)};
  }

  std::uint32_t streams(const std::string& endpoint) const {
    std::lock_guard guard{mutex_};
    auto i = streams_.find(endpoint);
    return i == streams_.end() ? 0 : i->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint32_t> streams_;
};

} // namespace causeway
