#include "actors/inspect/recent_events.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

bool log_filter::wants(const log_record& x) const {
  if (x.level < least || (component && x.component != *component)
      || (without_wire && x.event == "wire"))
    return false;
  return key.empty()
         || std::any_of(x.fields.begin(), x.fields.end(),
           [this](auto& y) { return y.first == key && y.second == value; });
}

log_record_ptr recent_events::add(log_record x) {
  std::lock_guard guard{mutex_};
  x.number = ++last_;
  auto record = std::make_shared<const log_record>(std::move(x));
  if (capacity_ == 0)
    return record;
  if (records_.size() >= capacity_)
    records_.pop_front();
  records_.push_back(record);
  return record;
}

void recent_events::resize(std::size_t capacity) {
  std::lock_guard guard{mutex_};
  capacity_ = capacity;
  while (records_.size() > capacity_)
    records_.pop_front();
}

// To look through the copy takes no lock: the writer never waits for that.
std::vector<log_record_ptr> recent_events::copy() const {
  std::lock_guard guard{mutex_};
  return {records_.begin(), records_.end()};
}

recent_events::page recent_events::newest(
  std::size_t limit, const log_filter& filter) const {
  page out;
  auto all = copy();
  for (auto i = all.rbegin(); i != all.rend(); ++i) {
    out.last = std::max(out.last, (*i)->number);
    if (out.records.size() < limit && filter.wants(**i))
      out.records.push_back(*i);
  }
  std::reverse(out.records.begin(), out.records.end());
  return out;
}

recent_events::page recent_events::after(
  std::uint64_t number, std::size_t limit, const log_filter& filter) const {
  page out;
  auto all = copy();
  if (all.empty() || number > all.back()->number)
    number = 0;
  out.last = number;
  for (auto& x : all) {
    if (x->number <= number)
      continue;
    if (out.last == number)
      out.missed = x->number - number - 1;
    if (filter.wants(*x)) {
      if (out.records.size() == limit)
        break;
      out.records.push_back(x);
    }
    out.last = x->number;
  }
  return out;
}

} // namespace causeway
