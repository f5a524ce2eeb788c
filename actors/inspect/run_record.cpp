#include "actors/inspect/run_record.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace causeway {

namespace {

using clock = run_record::clock;

/// A turn out of so many is measured, on average. By chance, since the actors
/// along the way of a stanza take their turns in the same order each time.
constexpr std::uint32_t stride = 64;

/// Actors that a thread keeps sums of; the least busy ones are forgotten.
constexpr std::size_t most_actors = 8'192;

/// How fast the past fades.
constexpr double fading_seconds = 5;

/// How long actors are kept in reach after a look.
constexpr std::chrono::seconds look{10};

double seconds(clock::duration x) {
  return std::chrono::duration<double>{x}.count();
}

double faded(double sum, clock::duration by) {
  return sum * std::exp(-seconds(by) / fading_seconds);
}

// Xorshift (Marsaglia 2003).
std::uint32_t next_random(std::uint32_t x) {
  x ^= x << 13;
  x ^= x >> 17;
  return x ^ (x << 5);
}

bool has_ended(const caf::weak_actor_ptr& x) {
  return x && x->strong_refs.load(std::memory_order_relaxed) == 0;
}

template <class Sums>
void forget_least(Sums& sums) {
  std::vector<double> values;
  values.reserve(sums.size());
  for (auto& [id, x] : sums)
    values.push_back(x.all);
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  std::erase_if(
    sums, [limit = *middle](auto& x) { return x.second.all <= limit; });
}

} // namespace

run_record::run_record(std::size_t threads) : slots_(threads) {}

void run_record::begin_sample(
  slot& x, caf::actor_control_block* actor) noexcept {
  x.began = clock::now();
  // It keeps the memory of an actor that has ended: not for long.
  auto until = looked_at_until_.load(std::memory_order_relaxed);
  if (actor && x.began.time_since_epoch().count() < until)
    x.sampled = caf::weak_actor_ptr{actor};
}

void run_record::take_sample(slot& x) noexcept {
  x.random = next_random(x.random);
  // From 1 to twice the stride less one.
  x.until_sample = 1 + x.random % (2 * stride - 1);
  auto now = clock::now();
  auto stands_for = seconds(now - x.began) * stride;
  auto id = x.id.load(std::memory_order_relaxed);
  auto kind = x.kind.load(std::memory_order_relaxed);
  try {
    std::lock_guard guard{x.mutex};
    auto& all = x.busy.by_actor;
    if (!x.sampled && std::exchange(x.keeps_actors, false))
      for (auto& [_, y] : all)
        y.actor = caf::weak_actor_ptr{};
    auto& sum = all[id];
    sum.kind = kind;
    sum.all += stands_for;
    sum.late = faded(sum.late, now - sum.last) + stands_for;
    sum.last = now;
    if (x.sampled) {
      x.keeps_actors = true;
      sum.actor = std::exchange(x.sampled, caf::weak_actor_ptr{});
    }
    x.busy.by_kind[kind] += stands_for;
    if (all.size() > most_actors)
      forget_least(all);
  } catch (...) {
    // Without memory there is one sample less.
  }
}

std::optional<run_record::running_actor> run_record::now_running(
  std::size_t thread) const noexcept {
  auto& x = slots_[thread];
  auto turn = x.turn.load(std::memory_order_acquire);
  if (turn % 2 == 0)
    return std::nullopt;
  running_actor out{x.id.load(std::memory_order_relaxed),
    x.kind.load(std::memory_order_relaxed), turn};
  std::atomic_thread_fence(std::memory_order_acquire);
  if (x.turn.load(std::memory_order_relaxed) != turn)
    return std::nullopt;
  return out;
}

std::vector<run_record::busy_actor> run_record::busiest(std::size_t most) {
  auto now = clock::now();
  looked_at_until_.store(
    (now + look).time_since_epoch().count(), std::memory_order_relaxed);
  struct sum {
    const char* kind = "";
    double share = 0;
  };
  std::unordered_map<std::uint64_t, sum> sums;
  for (auto& x : slots_) {
    std::lock_guard guard{x.mutex};
    for (auto& [id, y] : x.busy.by_actor) {
      auto share = faded(y.late, now - y.last) / fading_seconds;
      // Whether one without a handle still lives is not known: it has to have
      // run of late.
      auto is_old = !y.actor && seconds(now - y.last) > fading_seconds;
      if (share < 1e-6 || is_old || has_ended(y.actor))
        continue;
      auto& all = sums[id];
      all.kind = y.kind;
      all.share += share;
    }
  }
  std::vector<std::pair<double, std::uint64_t>> order;
  order.reserve(sums.size());
  for (auto& [id, x] : sums)
    order.emplace_back(x.share, id);
  auto count = std::min(order.size(), most);
  std::ranges::partial_sort(
    order, order.begin() + static_cast<std::ptrdiff_t>(count), std::greater{});
  order.resize(count);
  std::vector<busy_actor> out;
  for (auto& [share, id] : order)
    out.push_back({id, sums[id].kind, share, reach(id)});
  return out;
}

caf::strong_actor_ptr run_record::reach(std::uint64_t id) const {
  for (auto& x : slots_) {
    std::lock_guard guard{x.mutex};
    auto known = x.busy.by_actor.find(id);
    if (known == x.busy.by_actor.end())
      continue;
    if (auto strong = known->second.actor.lock())
      return strong;
  }
  return nullptr;
}

std::unordered_map<std::uint64_t, double> run_record::busy_by_actor() const {
  std::unordered_map<std::uint64_t, double> out;
  for (auto& x : slots_) {
    std::lock_guard guard{x.mutex};
    for (auto& [id, sum] : x.busy.by_actor)
      out[id] += sum.all;
  }
  return out;
}

std::map<std::string, double> run_record::busy_by_kind() const {
  std::map<std::string, double> out;
  for (auto& x : slots_) {
    std::lock_guard guard{x.mutex};
    for (auto& [kind, sum] : x.busy.by_kind)
      out[kind] += sum;
  }
  return out;
}

} // namespace causeway
