/// Loss, doubles and order of numbered messages.
#include "tools/load/delivery_check.hpp"

namespace causeway::load {

delivery_counts& delivery_counts::operator+=(const delivery_counts& x) {
  sent += x.sent;
  delivered += x.delivered;
  returned += x.returned;
  doubled += x.doubled;
  misordered += x.misordered;
  contradicted += x.contradicted;
  return *this;
}

bool delivery_check::arrive(std::uint64_t number) {
  if (number >= counts_.sent)
    return false;
  if (number < next_) {
    if (missing_.erase(number) == 0) {
      ++counts_.doubled;
      return true;
    }
    ++counts_.misordered;
    ++counts_.delivered;
    return true;
  }
  if (number > next_)
    remember_gap(number);
  next_ = number + 1;
  if (!returned_.empty() && returned_.erase(number) != 0)
    ++counts_.contradicted;
  else
    ++counts_.delivered;
  return true;
}

bool delivery_check::come_back(std::uint64_t number) {
  if (number >= counts_.sent)
    return false;
  if (number < next_ && missing_.erase(number) == 0) {
    ++counts_.contradicted;
    return true;
  }
  if (number >= next_) {
    if (returned_.size() == max_remembered)
      return true;
    if (!returned_.insert(number).second)
      return true;
  }
  ++counts_.returned;
  return true;
}

void delivery_check::remember_gap(std::uint64_t end) {
  auto first = next_;
  if (end - first > max_remembered)
    first = end - max_remembered;
  for (auto i = first; i < end; ++i) {
    if (!returned_.contains(i))
      missing_.insert(missing_.end(), i);
  }
  returned_.erase(returned_.begin(), returned_.lower_bound(end));
  while (missing_.size() > max_remembered)
    missing_.erase(missing_.begin());
}

} // namespace causeway::load
