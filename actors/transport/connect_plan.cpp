#include "actors/transport/connect_plan.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

bool is_v6(const std::string& address) {
  return address.find(':') != address.npos;
}

/// Alternates between the families, beginning with that of the first address
/// (RFC 8305 section 4).
std::vector<std::string> interleaved(const std::vector<std::string>& x) {
  std::deque<std::string> first, second;
  for (auto& address : x)
    (is_v6(address) == is_v6(x.front()) ? first : second).push_back(address);
  std::vector<std::string> mixed;
  while (!first.empty() || !second.empty()) {
    for (auto family : {&first, &second}) {
      if (family->empty())
        continue;
      mixed.push_back(std::move(family->front()));
      family->pop_front();
    }
  }
  return mixed;
}

} // namespace

connect_plan::connect_plan(std::vector<upstream_target> targets) {
  for (auto& x : targets)
    targets_.emplace_back().target = std::move(x);
}

std::optional<connect_step> connect_plan::next_address() {
  if (addresses_.empty())
    return {};
  auto out = std::move(addresses_.front());
  addresses_.pop_front();
  --targets_[out.target].waiting;
  ++targets_[out.target].under_way;
  return out;
}

std::optional<std::size_t> connect_plan::next_name() {
  if (resolving_ || !addresses_.empty() || next_target_ == targets_.size())
    return {};
  resolving_ = next_target_++;
  return resolving_;
}

void connect_plan::resolved(const std::vector<std::string>& addresses) {
  if (addresses.empty()) {
    unresolved("no address");
    return;
  }
  auto i = *std::exchange(resolving_, {});
  targets_[i].waiting = addresses.size();
  for (auto& x : interleaved(addresses))
    addresses_.push_back({i, std::move(x)});
}

void connect_plan::unresolved(const std::string& why) {
  note(targets_[*std::exchange(resolving_, {})], "DNS: " + why);
}

void connect_plan::failed(const connect_step& x, const std::string& why) {
  auto& of = targets_[x.target];
  --of.under_way;
  of.counts = true;
  note(of, x.address == of.target.host ? why : x.address + ": " + why);
}

void connect_plan::postpone(const connect_step& x) {
  --targets_[x.target].under_way;
  ++targets_[x.target].waiting;
  addresses_.push_front(x);
}

void connect_plan::tls_failed(
  std::size_t i, const std::string& why, bool counts) {
  auto& x = targets_[i];
  x.tls = true;
  x.counts = counts;
  x.under_way = 0;
  note(x, why);
  std::erase_if(addresses_, [i](auto& step) { return step.target == i; });
  x.waiting = 0;
}

void connect_plan::time_out(const std::string& why) {
  if (resolving_)
    unresolved(why);
  for (auto& x : targets_)
    if (std::exchange(x.under_way, 0) > 0)
      note(x, why);
  for (auto& x : targets_)
    x.waiting = 0;
  addresses_.clear();
  next_target_ = targets_.size();
}

bool connect_plan::exhausted() const {
  return !resolving_ && addresses_.empty() && next_target_ == targets_.size();
}

std::size_t connect_plan::open_targets() const {
  auto busy = std::ranges::count_if(
    targets_, [](auto& x) { return x.waiting + x.under_way > 0; });
  return static_cast<std::size_t>(busy) + (resolving_ ? 1 : 0) + targets_.size()
         - next_target_;
}

std::vector<connect_failure> connect_plan::failures() const {
  std::vector<connect_failure> out;
  for (auto& x : targets_)
    if (!x.detail.empty() && x.waiting == 0 && x.under_way == 0)
      out.push_back({x.target.endpoint, x.detail, x.tls, x.counts});
  return out;
}

void connect_plan::note(state& x, const std::string& why) {
  if (!x.detail.empty())
    x.detail += "; ";
  x.detail += why;
}

} // namespace causeway
