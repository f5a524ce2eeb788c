#pragma once

#include "actors/transport/frame.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace causeway {

/// Read credit of stanzas whose client owes many acks: whoever sent them reads
/// no more meanwhile. Each holds the credit of a bounded window. Every member
/// may be called from any thread, a timer's for instance.
class held_credit {
 public:
  /// Of a sender that must not wait for long: it may be waiting for something
  /// from this client. Returns true if it is the first of them.
  bool keep_sender(read_credit x) {
    std::lock_guard guard{mutex_};
    senders_.push_back(std::move(x));
    return senders_.size() == 1;
  }

  /// Of the offline store, which has time.
  void keep_stored(read_credit x) {
    std::lock_guard guard{mutex_};
    stored_.push_back(std::move(x));
  }

  /// The senders may go on.
  void release_senders() { take(senders_); }
  /// There is room again.
  void release() {
    take(senders_);
    take(stored_);
  }

 private:
  // What they let go of may lead anywhere: not under the mutex.
  void take(std::vector<read_credit>& from) {
    std::vector<read_credit> released;
    std::lock_guard guard{mutex_};
    released.swap(from);
  }

  std::mutex mutex_;
  std::vector<read_credit> senders_;
  std::vector<read_credit> stored_;
};

} // namespace causeway
