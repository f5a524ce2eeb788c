#include "actors/upstream/srv_records.hpp"

#include <algorithm>

namespace causeway {

namespace {

std::chrono::seconds lifetime_of(const std::vector<srv_record>& x) {
  auto life = srv_records::longest_life;
  for (auto& record : x)
    life = std::min(life, std::chrono::seconds{record.ttl});
  return std::max(life, srv_records::shortest_life);
}

} // namespace

void srv_records::take(const resolver::srv_answer& x, clock::time_point now) {
  asked_ = false;
  if (!x && !x.error().absent) {
    error_ = x.error().detail.empty() ? "no answer" : x.error().detail;
    expires_ = now + retry_after;
    return;
  }
  error_.clear();
  known_ = true;
  if (x) {
    list_ = *x;
    absent_since_.reset();
    expires_ = now + lifetime_of(list_);
    return;
  }
  expires_ = now + shortest_life;
  if (!absent_since_)
    absent_since_ = now;
  if (now - *absent_since_ >= doubt)
    list_.clear();
}

} // namespace causeway
