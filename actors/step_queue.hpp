#pragma once

#include <deque>
#include <optional>
#include <utility>

namespace causeway {

/// Steps for a consumer in another actor that sees one at a time: the next one
/// goes out when it says that it has done with the last. Without a bound of
/// its own: each step holds the read credit of its source.
template <class Step>
class step_queue {
 public:
  void push(Step x) { waiting_.push_back(std::move(x)); }

  /// The next step, which the consumer is busy with from now on; nothing while
  /// it is busy or none waits.
  std::optional<Step> next() {
    if (busy_ || waiting_.empty())
      return std::nullopt;
    busy_ = true;
    auto x = std::move(waiting_.front());
    waiting_.pop_front();
    return x;
  }

  /// The consumer has done with the last one.
  void done() { busy_ = false; }

  const std::deque<Step>& waiting() const { return waiting_; }
  std::deque<Step> take_all() { return std::exchange(waiting_, {}); }

 private:
  std::deque<Step> waiting_;
  bool busy_ = false;
};

} // namespace causeway
