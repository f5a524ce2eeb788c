#include "protocol/ack_timing.hpp"

#include <algorithm>
#include <utility>

namespace causeway::protocol {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds never = milliseconds::max();

bool is_over(milliseconds waited, milliseconds delay) {
  return delay.count() > 0 && waited >= delay;
}

milliseconds rest(milliseconds waited, milliseconds delay) {
  return delay.count() > 0 ? delay - waited : never;
}

} // namespace

void ack_timing::received() {
  if (!untold_)
    untold_ = -running_;
}

void ack_timing::sent() {
  quiet_ = -running_;
  if (!unasked_)
    unasked_ = quiet_;
}

milliseconds ack_timing::shortest() const {
  return std::min({rest({}, delays_.acknowledge),
    rest({}, delays_.request_idle), rest({}, delays_.request_age)});
}

std::optional<milliseconds> ack_timing::start() {
  if (running_.count() > 0 || (!untold_ && !unasked_))
    return std::nullopt;
  auto next = never;
  if (untold_)
    next = rest(*untold_, delays_.acknowledge);
  if (unasked_)
    next = std::min({next, rest(quiet_, delays_.request_idle),
      rest(*unasked_, delays_.request_age)});
  if (next == never)
    return std::nullopt;
  // What comes meanwhile must not have to wait for much longer than its time.
  running_ = std::clamp(next, milliseconds{1}, shortest());
  return running_;
}

ack_timing::verdict ack_timing::due() {
  auto passed = std::exchange(running_, milliseconds{0});
  verdict x;
  if (untold_) {
    *untold_ += passed;
    x.acknowledge = is_over(*untold_, delays_.acknowledge);
  }
  if (unasked_) {
    quiet_ += passed;
    *unasked_ += passed;
    x.request = is_over(quiet_, delays_.request_idle)
                || is_over(*unasked_, delays_.request_age);
  }
  return x;
}

} // namespace causeway::protocol
