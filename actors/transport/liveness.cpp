#include "actors/transport/liveness.hpp"

#include <algorithm>

namespace causeway {

namespace {

constexpr auto never = liveness::time_point::max();

} // namespace

liveness::liveness(const limits& x, time_point now)
  : limits_{x}, heard_{now}, text_{now} {}

void liveness::set_limits(const limits& x, time_point now) {
  limits_ = x;
  text_came(now);
}

void liveness::heard(time_point now) {
  heard_ = now;
  ping_sent_ = false;
}

void liveness::text_came(time_point now) {
  heard(now);
  text_ = now;
  half_told_ = false;
  all_told_ = false;
}

void liveness::resume(time_point now) {
  paused_ = false;
  text_came(now);
}

void liveness::set_deadline(time_point now, milliseconds after) {
  deadline_ = after == milliseconds::zero() ? never : now + after;
}

void liveness::start_closing(time_point now, milliseconds limit) {
  if (close_limit_ == never)
    close_limit_ = now + limit;
}

liveness::time_point liveness::ping_at() const {
  if (paused_ || ping_sent_ || limits_.ping_interval.count() == 0)
    return never;
  return heard_ + limits_.ping_interval;
}

liveness::time_point liveness::pong_at() const {
  if (paused_ || !ping_sent_)
    return never;
  return heard_ + limits_.pong_timeout;
}

liveness::time_point liveness::half_silent_at() const {
  if (paused_ || half_told_ || limits_.idle_timeout.count() == 0)
    return never;
  return text_ + limits_.idle_timeout / 2;
}

liveness::time_point liveness::all_silent_at() const {
  if (paused_ || all_told_ || limits_.idle_timeout.count() == 0)
    return never;
  return text_ + limits_.idle_timeout;
}

liveness::time_point liveness::next() const {
  if (over_)
    return never;
  if (close_limit_ != never)
    return close_limit_;
  return std::min(
    {ping_at(), pong_at(), half_silent_at(), all_silent_at(), deadline_});
}

liveness_event liveness::take_due(time_point now) {
  if (now < next() || over_)
    return liveness_event::nothing;
  if (close_limit_ != never) {
    over_ = true;
    return liveness_event::close_overdue;
  }
  if (now >= pong_at()) {
    over_ = true;
    return liveness_event::pong_missing;
  }
  if (now >= ping_at()) {
    ping_sent_ = true;
    // From here on it is the time of the ping.
    heard_ = now;
    return liveness_event::ping_due;
  }
  if (now >= deadline_) {
    deadline_ = never;
    return liveness_event::deadline_over;
  }
  if (now >= half_silent_at()) {
    half_told_ = true;
    return liveness_event::half_silent;
  }
  all_told_ = true;
  return liveness_event::all_silent;
}

} // namespace causeway
